"""Sums of 64 bits out of counters that wrap."""

import random

import pytest
from amaranth.sim import Simulator

from dre.registers.counts import Counts

BITS = {"ones": 6, "twos": 8, "threes": 6}
TURN_BITS = 6  # of the narrowest


class Truth:
    """Counters that move by at most one a cycle, and how far each has come."""

    def __init__(self, dut, rng):
        self.dut, self.rng = dut, rng
        self.sums = dict.fromkeys(BITS, 0)
        self.moves = dict.fromkeys(BITS, 1.0)

    async def run(self, ctx):
        async for _ in ctx.tick():
            stopped = ctx.get(self.dut.stopped)
            for name, bits in BITS.items():
                self.sums[name] += self.rng.random() < self.moves[name]
                if stopped:  # they are in reset, too
                    self.sums[name] = 0
                ctx.set(self.dut.counters[name], self.sums[name] % 2**bits)


def play(latency, seed, bench):
    dut = Counts(BITS, latency)
    assert dut.longest_turn < 2**TURN_BITS
    truth, over = Truth(dut, random.Random(seed)), []

    async def whole(ctx):
        await bench(ctx, dut, truth)
        over.append(True)

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(whole)
    simulator.add_testbench(truth.run, background=True)
    simulator.run()
    assert over


async def read(ctx, dut, number):
    """A copied sum, low word and high word; returns the cycles that took too."""
    words, cycles = [], 0
    for high in (0, 1):
        ctx.set(dut.count.asked, 1)
        ctx.set(dut.count.number, number)
        ctx.set(dut.count.high, high)
        while not ctx.get(dut.count.known):
            await ctx.tick()
            cycles += 1
        words.append(ctx.get(dut.count.word))
        ctx.set(dut.count.asked, 0)
        await ctx.tick()
    return words[0] | words[1] << 32, cycles


async def take(ctx, dut):
    """Copy all sums; returns how many cycles it took."""
    ctx.set(dut.take, 1)
    await ctx.tick()
    ctx.set(dut.take, 0)
    cycles = 0
    while ctx.get(dut.taking):
        await ctx.tick()
        cycles += 1
    return cycles


@pytest.mark.parametrize("latency", [1, 2])
def test_sums_are_those_of_some_cycle_of_the_turn(latency, seed):
    async def bench(ctx, dut, truth):
        rng = random.Random(seed)
        for _ in range(60):
            truth.moves = {name: rng.choice([0.0, 0.1, 1.0]) for name in BITS}
            for _ in range(rng.randrange(200)):
                await ctx.tick()
            before = dict(truth.sums)
            assert await take(ctx, dut) <= 2 * dut.longest_turn
            after = dict(truth.sums)
            for number, name in enumerate(BITS):
                found, cycles = await read(ctx, dut, number)
                assert before[name] - 1 <= found <= after[name]
                assert cycles <= 4 * (latency + 3)
        assert max(truth.sums.values()) > 2 ** (2 + max(BITS.values()))

    play(latency, seed, bench)


@pytest.mark.parametrize("latency", [1, 2])
def test_reading_all_the_time_loses_nothing(latency, seed):
    async def bench(ctx, dut, truth):
        for _ in range(150):
            for number in range(len(BITS)):
                await read(ctx, dut, number)
        truth.moves = dict.fromkeys(BITS, 0.0)
        await ctx.tick()
        await take(ctx, dut)
        await take(ctx, dut)
        for number, name in enumerate(BITS):
            found, _ = await read(ctx, dut, number)
            assert found == truth.sums[name]

    play(latency, seed, bench)


def test_sums_are_longer_than_a_word():
    """A counter of 32 bits that moves far between two looks at it."""
    dut, over = Counts({"far": 32}, 1), []

    async def bench(ctx):
        total = 0
        for _ in range(20):
            total += 0xC000_0123
            ctx.set(dut.counters.far, total % 2**32)
            await take(ctx, dut)
            await take(ctx, dut)
            assert (await read(ctx, dut, 0))[0] == total
        over.append(total > 2**33)

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    assert over == [True]


def test_stopping_clears_all(seed):
    async def bench(ctx, dut, truth):
        for _ in range(300):
            await ctx.tick()
        await take(ctx, dut)
        ctx.set(dut.stopped, 1)
        await ctx.tick()
        cycles = 0
        while not ctx.get(dut.zero):
            await ctx.tick()
            cycles += 1
        assert cycles <= 3 * dut.longest_turn
        for number in range(len(BITS)):
            assert (await read(ctx, dut, number))[0] == 0
        truth.moves = dict.fromkeys(BITS, 0.0)
        ctx.set(dut.stopped, 0)
        await ctx.tick()
        assert not ctx.get(dut.zero)
        await take(ctx, dut)
        for number in range(len(BITS)):
            assert (await read(ctx, dut, number))[0] == 0
        truth.moves = dict.fromkeys(BITS, 1.0)
        for _ in range(100):
            await ctx.tick()
        truth.moves = dict.fromkeys(BITS, 0.0)
        await ctx.tick()
        await take(ctx, dut)
        await take(ctx, dut)
        for number, name in enumerate(BITS):
            assert (await read(ctx, dut, number))[0] == truth.sums[name] >= 100

    play(2, seed, bench)
