"""The link, compiled, behind its wires: every command, and each of them once."""

import random
from collections import deque

import pytest

from dre.driver import AccessRefused
from dre.host import BadCommand, Client, Silent, codec
from link.scene_link import COUNTS, DEPTH, GUARDED, HOLD, MUTE, PLACES, wires

pytestmark = pytest.mark.slow  # compiles the device

OK, REFUSED, SILENT, BAD_COMMAND = range(4)
NARROW, WIDE = range(2)
BITS = (5, 75)
SIZES = (1, 10)


@pytest.fixture
def line():
    return wires()


def ask(line, *content):
    """What is answered to one frame; None if nothing is."""
    line.send(codec.encode(b"".join(bytes([c]) if isinstance(c, int) else c for c in content)))
    answer = line.receive()
    return None if answer is None else codec.decode(answer)


def test_it_says_what_it_is(line):
    assert ask(line, 0, 1) == bytes([0, *b"VRXL", 1, 2, 2, *SIZES, *SIZES, OK])
    assert Client(line).identity.sinks == Client(line).identity.sources == SIZES


def test_registers_word_by_word(line, seed):
    rng, client, words = random.Random(seed), Client(line), dict.fromkeys(PLACES, 0)
    for _ in range(60):
        place = rng.choice(PLACES)
        if rng.random() < 0.5:
            words[place] = rng.getrandbits(32)
            client.write(place, words[place])
        else:
            count = rng.randint(0, min(4, len(PLACES) - place // 4))
            found = client.read_words(place, count)
            assert found == [words[place + 4 * n] for n in range(count)]
    assert client.repeated == line.bad_stops == 0


def test_words_up_to_the_one_that_is_refused(line):
    first = PLACES[-2]
    words = b"".join(number.to_bytes(4, "little") for number in (7, 8, 9, 10))
    assert ask(line, 1, 3, first, 0, words) == bytes([1, 2, REFUSED])
    read = b"".join(number.to_bytes(4, "little") for number in (7, 8, 0, 0))
    assert ask(line, 2, 2, first, 0, 62) == bytes([2, *read, *bytes(4 * 5), REFUSED])
    client = Client(line)
    with pytest.raises(AccessRefused, match="command 3: the registers refused an access"):
        client.write(GUARDED, 1)


def test_the_most_words(line):
    assert len(ask(line, 1, 2, 0, 0, 62)) <= 251
    assert ask(line, 2, 2, 0, 0, 63) == bytes([2, BAD_COMMAND])


def test_silent_registers_do_not_silence_the_link(line):
    client = Client(line)
    with pytest.raises(Silent, match="command 2: the registers do not answer"):
        client.read(MUTE)
    assert ask(line, 0, 2, 0, 0, 1) == bytes([0, SILENT]), "the answer is still to come"
    assert ask(line, 0, 3, 0, 0, bytes(8)) == bytes([0, 0, SILENT])
    line.run(1_000)
    client.connect()
    assert client.read(0) == 0, "what was written while it was silent is not"
    with pytest.raises(Silent):
        client.write(MUTE, 3)
    line.run(1_000)
    client.write(4, 9)
    assert client.read_words(0, 2) == [0, 9]


@pytest.mark.parametrize(
    ("content", "answer"),
    [
        ((0,), (BAD_COMMAND,)),
        ((6, 1, 2), (BAD_COMMAND,)),
        ((255,), (BAD_COMMAND,)),
        ((1, 0), (BAD_COMMAND,)),
        ((2,), (BAD_COMMAND,)),
        ((2, 0, 0), (BAD_COMMAND,)),
        ((2, 0, 0, 1, 0), (BAD_COMMAND,)),
        ((3, 0), (BAD_COMMAND,)),
        ((3, 0, 0), (0, OK)),
        ((3, 0, 0, 1, 2, 3), (0, BAD_COMMAND)),
        ((3, 0, 0, 1, 2, 3, 4, 5), (1, BAD_COMMAND)),
        ((4,), (BAD_COMMAND,)),
        ((4, 2, 1), (BAD_COMMAND,)),
        ((4, 18, 1), (BAD_COMMAND,)),
        ((4, WIDE), (0, OK)),
        ((5, NARROW), (BAD_COMMAND,)),
        ((5, 2, 1), (BAD_COMMAND,)),
        ((5, 17, 1), (BAD_COMMAND,)),
        ((5, NARROW, 1, 1), (BAD_COMMAND,)),
        ((5, NARROW, 250), (BAD_COMMAND,)),
        ((5, NARROW, 249), (OK,)),
        ((5, WIDE, 25), (BAD_COMMAND,)),
        ((5, WIDE, 24), (OK,)),
    ],
)
def test_commands_that_are_none(line, content, answer):
    assert ask(line, 9, *content) == bytes([9, *answer])
    assert ask(line, 0, 1)[-1] == OK


def test_only_whole_beats_are_taken_and_bits_above_them_read_zero(line):
    assert ask(line, 9, 4, WIDE, *range(245, 256), 1, 2) == bytes([9, 1, BAD_COMMAND])
    assert ask(line, 0, 4, WIDE, *range(20)) == bytes([0, 2, OK]), "the part is forgotten"
    beats = *range(245, 254), 254 & 7, *range(9), 9 & 7, *range(10, 19), 19 & 7
    assert ask(line, 0, 5, WIDE, 3) == bytes([0, *beats, OK])


def test_a_command_that_python_gets_wrong_says_so(line):
    with pytest.raises(BadCommand, match="command 2: status 3"):
        Client(line).read_words(0, 200)


def test_beats_come_back_in_order_and_never_more_than_there_is_room_for(line, seed):
    rng, client = random.Random(seed), Client(line)
    under_way = [deque(), deque()]
    for _ in range(40):
        stream = rng.randrange(2)
        if rng.random() < 0.6:
            beats = [rng.getrandbits(BITS[stream]) for _ in range(rng.randint(1, 30))]
            taken = client.push(stream, beats)
            under_way[stream].extend(beats[:taken])
            assert taken == len(beats) or len(under_way[stream]) >= 2 * DEPTH
            assert len(under_way[stream]) <= 2 * DEPTH
        else:
            for beat in client.pop(stream):
                assert beat == under_way[stream].popleft()
    for stream, left in enumerate(under_way):
        line.run(100)
        assert client.pop(stream) + client.pop(stream) == list(left)


def test_hold_empties_the_queues_and_takes_nothing(line):
    client = Client(line)
    assert client.push(WIDE, [1, 2, 3]) == 3
    client.write(HOLD, 1)
    assert client.pop(WIDE) == []
    assert client.push(WIDE, [4]) == client.push(NARROW, [4, 5]) == 0
    client.write(HOLD, 0)
    assert client.pop(WIDE) == []
    assert client.push(WIDE, [5]) == 1
    assert client.pop(WIDE) == [5]


def test_nothing_happens_twice(line):
    push = codec.encode(bytes([7, 4, NARROW, 1, 2, 3]))
    answer = codec.encode(bytes([7, 3, OK]))[:-1]
    line.send(push)
    assert line.receive() == answer
    line.send(b"\x09broken\0")
    assert codec.decode(line.receive()) == bytes([0, 5]), "a bad frame in between"
    for _ in range(2):
        line.send(push)
        assert line.receive() == answer
    # Not even another command with that number, long or short, is obeyed.
    assert ask(line, 7, 5, NARROW, 9) == ask(line, 7, 1) == bytes([7, 3, OK])
    assert ask(line, 8, 5, NARROW, 9) == bytes([8, 1, 2, 3, OK])
    assert ask(line, 7, 5, NARROW, 9) == bytes([7, OK]), "only the last one is remembered"
    ask(line, 0, 1)
    assert ask(line, 7, 4, NARROW, 4) == bytes([7, 1, OK]), "and 0 makes it forget"
    assert ask(line, 0, 5, NARROW, 9) == bytes([0, 4, OK])
    assert ask(line, 0, 5, NARROW, 9) == bytes([0, OK]), "0 itself is never a repetition"


def test_counts_begin_at_zero(line):
    assert Client(line).read_words(COUNTS, 5) == [0] * 5
