"""Lines that lose, change and invent bytes: the link says what was wrong, and goes on."""

import random
from collections import Counter

import pytest

from dre.host import Client, LineGone, NoAnswer, codec
from link.frames_link import (
    CRC,
    CUT,
    LENGTH,
    LINE,
    NAMES,
    OVERRUN,
    bad_answer,
    corrupted,
    random_bytes,
    verdict,
)
from link.scene_link import COUNTS, DIVISOR, PLACES, wires

pytestmark = pytest.mark.slow  # compiles the device

IDENTIFY = codec.encode(bytes([0, 1]))
READ_MUCH = codec.encode(bytes([0, 2, 0, 0, 16]))
BYTE_CYCLES = 10 * DIVISOR


@pytest.fixture
def line():
    return wires()


def counts(line):
    """By status."""
    return dict(zip(NAMES, Client(line).read_words(COUNTS, len(NAMES)), strict=True))


def is_well(line):
    """Whether the next command is obeyed."""
    line.send(IDENTIFY)
    return codec.decode(line.receive())[1:5] == b"VRXL"


@pytest.mark.parametrize(
    ("stuffed", "status"),
    [
        (IDENTIFY[:-2], CUT),
        (b"\xff" + bytes(range(1, 100)), CUT),
        (b"\x01", LENGTH),
        (codec.stuff(b"\1\2\3"), LENGTH),
        (codec.stuff(bytes(254)), LENGTH),
        (codec.stuff(b"\1" * 254) + b"\1", LENGTH),
        (codec.stuff(bytes(1_000)), LENGTH),
        (codec.stuff(b"\0\1\0\0"), CRC),
        (codec.stuff(bytes(253)), CRC),
        (IDENTIFY[:-1] + b"\1", CRC),  # a wrong bit in the zero at the end
        (IDENTIFY[:-1] + b"\1\1", CRC),
    ],
)
def test_each_fault_has_its_answer_and_its_count(line, stuffed, status):
    for number in range(1, 3):
        line.send(stuffed + b"\0")
        assert codec.decode(line.receive()) == bad_answer(status)
        assert is_well(line)
        assert counts(line) == dict.fromkeys(NAMES, 0) | {status: number}


def test_the_longest_frame_is_a_frame(line):
    words = b"\xab\xcd\xef\x12" * 16 + bytes(183)
    line.send(codec.encode(bytes([5, 3, 0, 0]) + words))
    assert codec.decode(line.receive()) == bytes([5, 16, 1]), "refused behind the last word"
    assert Client(line).read(PLACES[-1]) == 0x12EFCDAB


def test_a_byte_without_stop_bit_spoils_its_frame(line):
    line.send(IDENTIFY[:3])
    line.run(50)
    line.level(0, 3 * BYTE_CYCLES)  # a break
    line.level(1, BYTE_CYCLES)
    line.send(IDENTIFY[3:])
    assert codec.decode(line.receive()) == bad_answer(LINE)
    assert is_well(line)
    assert counts(line)[LINE] == 1


def test_a_start_bit_that_is_too_short_is_noise(line):
    line.level(0, 1)
    line.level(1, BYTE_CYCLES)
    assert is_well(line)
    assert not any(counts(line).values())


def test_zeros_are_nothing(line):
    line.send(bytes(40))
    line.run(1_000)
    assert is_well(line)
    assert not any(counts(line).values())


def test_who_does_not_wait_for_answers_is_told(line):
    """The second waits for the first one's answer, the third and fourth are lost."""
    line.send(READ_MUCH + READ_MUCH + 3 * IDENTIFY)
    answers = [codec.decode(line.receive()) for _ in range(3)]
    assert [len(answer) for answer in answers[:2]] == [66, 66]
    assert answers[2] == bad_answer(OVERRUN)
    assert is_well(line)
    assert counts(line)[OVERRUN] == 3


def test_garbage_and_damaged_frames(line, seed):
    """Every status and every count is what the specification says of the bytes."""
    rng, expected = random.Random(seed), Counter()
    client = Client(line)
    for _ in range(150):
        stuffed = random_bytes(rng) if rng.random() < 0.3 else corrupted(rng, IDENTIFY[:-1])
        line.send(stuffed + b"\0")
        answer, status = line.receive(), verdict(stuffed)
        if status is not None:
            assert codec.decode(answer) == bad_answer(status)
            expected[status] += 1
    client.connect()
    found = client.read_words(COUNTS, len(NAMES))
    assert found == [expected[status] for status in NAMES]
    assert expected[CUT] > 5
    assert expected[CRC] + expected[LENGTH] > 5


def flipping(rng, share):
    """Bytes with a wrong bit here and there."""

    def flip(data):
        return bytes(b ^ (1 << rng.randrange(8) if rng.random() < share else 0) for b in data)

    return flip


@pytest.mark.parametrize("way", ["to_device", "from_device"])
def test_a_noisy_line_only_costs_time(line, seed, way):
    rng, client = random.Random(seed), Client(line, tries=20)
    setattr(line, way, flipping(rng, 0.01))
    sent = []
    for number in range(40):
        sent.append(number)
        assert client.push(1, [number]) == 1
        if number % 4 == 3:
            found = client.pop(1)
            assert found == sent[: len(found)]
            del sent[: len(found)]
    setattr(line, way, bytes)
    line.run(2_000)
    assert client.pop(1) == sent
    assert client.repeated


def test_reset_in_the_middle_of_a_frame_and_of_an_answer(line):
    line.send(IDENTIFY[:4])
    line.run(60)
    line.reset()
    assert is_well(line)
    line.send(READ_MUCH)
    line.run(300)
    line.reset()
    line.drain()
    assert is_well(line)


def test_a_host_that_died_in_a_frame_leaves_nothing_behind(line):
    line.send(codec.encode(bytes([3, 4, 0, 1, 2, 3]))[:5])
    line.run(200)
    client = Client(line)
    assert client.read(0) == 0
    assert client.pop(0) == []


def test_nobody_there(line):
    line.from_device = lambda data: b""
    with pytest.raises(NoAnswer, match="no answer to command 1, sent 4 times"):
        Client(line)


def test_somebody_else_there(line):
    line.from_device = lambda data: b"login: \0" if data else b""
    with pytest.raises(NoAnswer, match="no answer to command 1, sent 4 times"):
        Client(line)


def test_unplugged_and_back(line):
    client = Client(line)
    client.write(0, 77)
    line.unplugged = True
    with pytest.raises(LineGone, match="the simulated line is gone: unplugged"):
        client.read(0)
    line.unplugged = False
    client.connect()
    assert client.read(0) == 77
