"""The self-test, against simulated boards: what passes, what fails, and what is said of it."""

import re
from dataclasses import replace
from types import SimpleNamespace

import pytest
from serial.tools import list_ports

import selftest
from boards import BOARDS
from dre.bringup import HCUSystemConfig
from dre.bringup.hcu_map import register_map
from dre.host import Client, LineGone, codec
from dre.host.hcu import HCUDevice
from onboard import simulated
from onboard.play import Player, kind
from settings import Usage

pytestmark = pytest.mark.slow  # compiles the systems
NAME = "icebreaker"
MOST_BYTES = 32 * 1024
KNOWN = "icebreaker, hx8k, tangnano9k"
HCU_BOARDS = sorted(
    name for name, board in BOARDS.items() if isinstance(board.config, HCUSystemConfig)
)


@pytest.fixture
def line():
    return simulated.wires(NAME)[0]


@pytest.fixture
def board():
    """As it is, with the line's rate of the simulation."""
    return replace(BOARDS[NAME], config=simulated.quick(BOARDS[NAME].config))


def run(board, line, patience_seconds=0):
    return outcome(board, lambda: Client(line), patience_seconds)


def outcome(board, connect, patience_seconds):
    work = kind(board.config).parts(selftest.SEED)
    return selftest.test(board, "sim", connect, patience_seconds, work)


def last(capsys):
    return capsys.readouterr().out.splitlines()[-1]


@pytest.mark.parametrize("name", HCU_BOARDS)
def test_every_board_with_an_hcu_passes(name, capsys):
    line, config = simulated.wires(name)
    assert run(replace(BOARDS[name], config=config), line) == 0
    said = last(capsys)
    assert said.startswith(f"PASS {BOARDS[name].title}: ")
    tokens = 624 + config.hcu.max_clusters + 3 * config.hcu.max_chunk
    assert f" {tokens} decisions as the golden model's, " in said
    if name == NAME:
        assert line.traffic < MOST_BYTES


def damaging(line, wrong):
    """Changes beats of tokens on their way to the host, with a CRC that is right."""

    def change(data):
        frames = data.split(b"\0")
        for place, stuffed in enumerate(frames[:-1]):
            content = bytearray(codec.decode(stuffed))
            if wrong(content):
                frames[place] = codec.encode(content)[:-1]
        return b"\0".join(frames)

    line.from_device = change


def test_a_wrong_decision_fails_and_is_named(board, line, capsys):
    answers = []

    def wrong(content):
        size = -(-board.config.hcu.assignment_packet.size // 8)
        if len(content) == 2 + 12 * size:  # header, ten tokens, trailer
            answers.append(1)
            if len(answers) == 3:
                content[1 + size] ^= 4  # behind `first` and `last`: the first token's cluster
                return True
        return False

    damaging(line, wrong)
    assert run(board, line) == 1
    said = last(capsys)
    golden = re.fullmatch(
        r"FAIL excerpt, chunk 3: token 0: \{'cluster': (\d+), .*\}, not \{'cluster': (\d+), .*\}; "
        r"again: make selftest BOARD=icebreaker PORT=sim",
        said,
    )
    assert int(golden[1]) == int(golden[2]) ^ 1


def test_an_unplugged_board_is_waited_for_and_its_part_begins_anew(board, line, capsys):
    connected, played = [], []

    def connect():
        connected.append(1)
        if len(connected) == 2:
            raise LineGone("sim cannot be opened: not yet")
        line.unplugged = False
        line.reset()
        return Client(line)

    def say(part, done):
        played.append((part.name, done))
        if played.count(("excerpt", 30)) == 1 and done == 30:
            line.unplugged = True

    away = []
    hcu = kind(board.config)
    player = Player(connect, hcu, say=say, away=away.append, patience_seconds=0.1)
    player.open()
    player.run(hcu.parts(1))
    assert away == ["excerpt: the simulated line is gone: unplugged"]
    assert (player.cuts, len(connected)) == (1, 3)
    assert played.count(("excerpt", 0)) == 2
    assert player.decisions == 624 + 256 + 96


def test_a_board_that_stays_away_fails(board, line, capsys):
    def connect():
        if line.cycles > 300_000:
            line.unplugged = True
            raise LineGone("sim cannot be opened: no such port")
        return Client(line)

    send = line.send

    def until_it_is_pulled(data):
        line.unplugged = line.cycles > 300_000
        send(data)

    line.send = until_it_is_pulled
    assert outcome(board, connect, 0) == 1
    assert last(capsys) == (
        "FAIL sim cannot be opened: no such port; it was gone in the middle of the excerpt; "
        "again: make selftest BOARD=icebreaker PORT=sim"
    )


def test_a_noisy_line_passes_all_the_same(board, line, capsys):
    count = [0]

    def noise(data):
        count[0] += 1
        return data[:-1] + bytes([data[-1] ^ 4]) if data and count[0] % 40 == 0 else data

    line.to_device = line.from_device = noise
    assert run(board, line) == 0
    assert last(capsys).startswith("PASS")
    device = HCUDevice(Client(line), board.config)
    assert sum(device.counts()["link"].values()) > 0
    assert device.errors()["link"] <= {"cut", "crc", "length", "line"}


@pytest.mark.parametrize(
    ("address", "word", "message"),
    [
        ("id", 0x562D5258, "id must be V-HC, not b'V-RX'"),
        ("version", 0x0001_0001, "version must be 0.1.0, not 0x00010001"),
        ("build_lanes", 3, "lanes must be 4, not 3"),
        ("build_preset", 0, "preset must be fpga, not asic"),
        ("build_preset", 7, "preset must be fpga, not 7"),
        ("build_clock_hz", 9, "clock_hz must be 24000000, not 9"),
    ],
)
def test_another_bitstream_is_said_before_anything_is_played(board, line, address, word, message):
    place = register_map(board.config).address_of(address)

    def wrong(content):
        if len(content) > 30:  # the words that say what it is
            content[1 + place : 5 + place] = word.to_bytes(4, "little")
            return True
        return False

    damaging(line, wrong)
    with pytest.raises(Usage) as caught:
        run(board, line)
    assert str(caught.value) == (
        f"on PORT=sim is another bitstream: {message}; make program BOARD=icebreaker"
    )


def test_something_else_behind_the_port(board, line):
    line.from_device = lambda data: b""
    with pytest.raises(Usage, match="PORT=sim is not a board of ours: no answer to command 1"):
        run(board, line)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, f"BOARD must be one of {KNOWN}, not ''"),
        ({"BOARD": "ulx"}, f"BOARD must be one of {KNOWN}, not 'ulx'"),
        ({"BOARD": NAME}, "PORT must be a serial port; there are: /dev/a, /dev/b"),
        ({"BOARD": NAME, "PORT": "/dev/none"}, "/dev/none cannot be opened: "),
    ],
)
def test_wrong_use_is_one_line(monkeypatch, capsys, given, message):
    ports = [SimpleNamespace(device=name) for name in ("/dev/a", "/dev/b")]
    monkeypatch.setattr(list_ports, "comports", lambda: ports)
    for name in ("BOARD", "PORT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as left:
        selftest.main()
    assert left.value.code == 2
    said = capsys.readouterr()
    (line,) = said.err.splitlines()
    assert said.out == ""
    assert line.startswith(f"make selftest: {message}")
