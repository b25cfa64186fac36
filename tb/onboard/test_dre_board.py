"""A whole DRE behind its line, simulated, UART and all: the host program of a large board."""

from dataclasses import replace

import numpy as np
import pytest

import selftest
from boards import BOARDS
from dre.bringup import dre_map
from dre.core.register_map import register_map
from dre.driver import AccessRefused, AnotherDevice, Driver
from dre.host import Client, codec
from dre.host.hcu import HCUDevice
from dre.rtl.board import BoardMachine, OnBoard
from onboard import dre_system, simulated
from onboard.play import Player, kind
from onboard.play_dre import Work, small_excerpt
from settings import Usage

pytestmark = pytest.mark.slow  # compiles the system
NAME = dre_system.BOARD.name
MOST_BYTES = 32 * 1024
CHUNKS, PAGE_TOKENS = 4, 32
WORK = Work(
    small_excerpt(tokens=40, query_heads=1),
    {"sink_tokens": 0, "recent_tokens": 1, "Th_r": 0.1},
    held_back=PAGE_TOKENS - 1,
)
"""As little as there can be that fills a page of far memory, and fetches it."""


@pytest.fixture
def line():
    return simulated.wires(NAME)[0]


@pytest.fixture
def board():
    """As it is, with the line's rate and the lanes of the simulation."""
    return replace(dre_system.BOARD, config=simulated.quick(dre_system.BOARD.config))


def parts(board):
    return [kind(board.config).part("beginning", WORK)]


def run(board, connect):
    return selftest.test(board, "sim", connect, 0, parts(board))


def last(capsys):
    return capsys.readouterr().out.splitlines()[-1]


def test_a_dre_passes(board, line, capsys):
    counted = []

    def connect():
        counted.append(Client(line))
        return counted[-1]

    assert run(board, connect) == 0
    assert last(capsys).startswith(f"PASS {dre_system.BOARD.title}: {CHUNKS} chunks, ")
    assert line.traffic < MOST_BYTES
    driver = Driver(counted[-1])  # what the board has counted until now
    assert driver.counts()["kvmu_pages_read"] == 1
    assert driver.errors() == {}


def test_a_wrong_byte_of_what_is_delivered_fails(board, line, capsys):
    """One bit of an entry, on its way to the host, with a CRC that is right."""
    changed = []

    def change(data):
        frames = data.split(b"\0")
        for place, stuffed in enumerate(frames[:-1]):
            content = bytearray(codec.decode(stuffed))
            if len(content) == 2 + 128 and not changed:  # nothing else is as long
                content[40] ^= 16
                changed.append(1)
                frames[place] = codec.encode(content)[:-1]
        return b"\0".join(frames)

    line.from_device = change
    assert run(board, lambda: Client(line)) == 1
    assert last(capsys).startswith(
        "FAIL beginning, chunk 1: content: keys and values are not those of the tokens; again"
    )


def test_an_unplugged_board_begins_anew(board, line):
    away, said = [], []

    def connect():
        line.unplugged = False
        line.reset()
        return Client(line)

    def say(part, done):
        said.append(done)
        line.unplugged = said.count(2) == 1 and done == 2

    player = Player(connect, kind(board.config), say=say, away=away.append, patience_seconds=0.1)
    player.open()
    player.run(parts(board))
    assert away == ["beginning: the simulated line is gone: unplugged"]
    assert (player.cuts, said.count(0), said.count(CHUNKS)) == (1, 2, 1)


def test_another_bitstream_is_told(board, line):
    small, _ = simulated.wires("icebreaker")
    with pytest.raises(
        Usage, match="another bitstream: id must be V-BD, not b'V-HC'; make program"
    ):
        run(board, lambda: Client(small))
    with pytest.raises(AnotherDevice, match="id must be V-HC, but there is none"):
        HCUDevice(Client(line), BOARDS["icebreaker"].config)
    other = replace(board.config, clock_hz=2 * board.config.clock_hz)
    with pytest.raises(AnotherDevice, match="clock_hz must be 80000000, not 40000000"):
        OnBoard(Client(line), other)
    other = replace(board.config, dre=replace(board.config.dre, lanes=4))
    with pytest.raises(AnotherDevice, match=r"lanes must be 4, not 2"):
        OnBoard(Client(line), other)
    running = register_map(board.config.dre).address_of("state")
    assert Client(line).read(dre_map.DRE + running) & 1 == 0, "another device has been started"


def test_all_of_both_memories_is_seen(board, line, seed):
    """Windows show every part, and nothing beside what is written changes."""
    rng = np.random.default_rng(seed)
    machine = BoardMachine(Client(line), board.config)
    sizes = {name: pages * 4_096 for name, pages in board.config.pages.items()}
    for name, size in sizes.items():
        memory = machine.memory(name, 0, size)
        places = [0, 16_380, size // 2 - 8, size - 64]
        held = [rng.integers(0, 256, 64, np.uint8) for _ in places[:-1]]
        held.append(rng.integers(0, 256, 64, np.uint8))
        for place, content in zip(places, held, strict=True):
            memory.write(place, content)
        for place, content in zip(places, held, strict=True):
            assert np.array_equal(memory.read(place, 64), content)
        for place in (64, 16_380 - 4, 16_380 + 64, size // 2 + 56):
            assert not memory.read(place, 4).any()
        with pytest.raises(ValueError, match=f"within {size} bytes, not {size - 4} and 8"):
            memory.read(size - 4, 8)
        with pytest.raises(ValueError, match="must be multiples of 4"):
            memory.read(2, 4)
        with pytest.raises(ValueError, match="bytes, not 0 and 6"):
            memory.write(0, np.ones(6, np.uint8))
        assert np.array_equal(memory.read(0, 64), held[0])


def test_on_hold_nobody_answers(board, line):
    client = Client(line)
    machine = BoardMachine(client, board.config)
    machine.put("control", 0)
    for address in (dre_map.DRE, dre_map.NEAR, dre_map.FAR, 0x2000):
        with pytest.raises(AccessRefused):
            client.read(address)
    assert client.push(0, [0]) == 0
    machine.put("control", 1)
    assert client.read(dre_map.DRE) == int.from_bytes(b"V-RX", "big")
