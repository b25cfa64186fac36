"""SyncMemory against a list of words and a queue of reads."""

import random

import pytest
from amaranth.lib import data
from amaranth.sim import Simulator

from dre.memory import SyncMemory

WIDTH = 12


class Mirror:
    """What the memory must hold and show; a cycle at a time."""

    def __init__(self, depth, latency):
        self.words = [0] * depth
        self.stages = [0] * latency  # the newest first

    def step(self, write_en, write_address, write_data, read_en, read_address):
        if read_en:
            self.stages = [self.words[read_address], *self.stages[:-1]]
        if write_en:
            self.words[write_address] = write_data
        return self.stages[-1]


def play(depth, latency, cycles):
    """Apply cycles (as of ``Mirror.step``) to memory and mirror; returns what was read."""
    dut = SyncMemory(shape=WIDTH, depth=depth, latency=latency)
    mirror, seen = Mirror(depth, latency), []
    ports = (dut.write_en, dut.write_address, dut.write_data, dut.read_en, dut.read_address)

    async def bench(ctx):
        for cycle in cycles:
            for port, value in zip(ports, cycle, strict=True):
                ctx.set(port, value)
            await ctx.tick()
            seen.append(ctx.get(dut.read_data))
            assert seen[-1] == mirror.step(*cycle)

    simulator = Simulator(dut)
    simulator.add_clock(1e-9)
    simulator.add_testbench(bench)
    simulator.run()
    assert len(seen) == len(cycles)
    return seen


def write(address, word):
    return (1, address, word, 0, 0)


def read(address):
    return (0, 0, 0, 1, address)


def both(address, word):
    return (1, address, word, 1, address)


IDLE = (0, 0, 0xBAD, 0, 0)


@pytest.mark.parametrize("latency", [1, 2])
@pytest.mark.parametrize("depth", [1, 2, 5, 37])
def test_random_traffic(depth, latency, seed):
    """Few addresses, so that reads and writes meet often."""
    rng = random.Random(seed)
    play(
        depth,
        latency,
        [
            (
                rng.random() < 0.5,
                rng.randrange(depth),
                rng.getrandbits(WIDTH),
                rng.random() < 0.6,
                rng.randrange(depth),
            )
            for _ in range(800)
        ],
    )


@pytest.mark.parametrize("latency", [1, 2])
def test_a_word_comes_latency_cycles_later(latency):
    seen = play(4, latency, [write(3, 0x777), read(3), read(0), read(0)])
    assert seen.index(0x777) == latency
    assert seen.count(0x777) == 1


@pytest.mark.parametrize("latency", [1, 2])
def test_a_read_does_not_see_the_write_beside_it(latency):
    seen = play(4, latency, [write(1, 0x111), both(1, 0x222), read(1), read(0), read(0)])
    assert seen[latency : latency + 2] == [0x111, 0x222]


@pytest.mark.parametrize("latency", [1, 2])
def test_a_write_after_the_read_does_not_change_what_was_read(latency):
    seen = play(4, latency, [write(1, 0x111), *[read(1)] * latency, write(1, 0x222), IDLE, IDLE])
    assert seen[latency:] == [0x111] * 4


@pytest.mark.parametrize("latency", [1, 2])
def test_a_read_stands_still_without_its_enable(latency):
    start = [write(0, 0xAAA), write(1, 0xBBB), read(0)]
    seen = play(2, latency, [*start, *[IDLE] * 5, read(1), *[IDLE] * 5, read(1)])
    held = {1: [0xAAA] * 6 + [0xBBB] * 7, 2: [0x000] * 6 + [0xAAA] * 6 + [0xBBB]}
    assert seen[2:] == held[latency]


def test_a_memory_of_one_word_keeps_it():
    assert play(1, 1, [write(0, 0xABC), read(0), both(0, 0xDEF), read(0)])[1:] == [
        0xABC,
        0xABC,
        0xDEF,
    ]


def test_a_word_may_be_a_struct():
    layout = data.StructLayout({"word": 8, "members": 4})
    dut = SyncMemory(shape=layout, depth=3, latency=2)

    async def bench(ctx):
        ctx.set(dut.write_en, 1)
        ctx.set(dut.write_address, 2)
        ctx.set(dut.write_data, {"word": 0xA5, "members": 9})
        await ctx.tick()
        ctx.set(dut.write_en, 0)
        ctx.set(dut.read_en, 1)
        ctx.set(dut.read_address, 2)
        await ctx.tick().repeat(2)
        assert ctx.get(dut.read_data.word) == 0xA5
        assert ctx.get(dut.read_data.members) == 9

    simulator = Simulator(dut)
    simulator.add_clock(1e-9)
    simulator.add_testbench(bench)
    simulator.run()
