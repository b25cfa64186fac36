"""The tree of bits that puts pages in order, against a plain set."""

import random
from itertools import permutations

import pytest
from amaranth.sim import Simulator

from dre.kvmu.config import PRESETS
from dre.kvmu.keeper.page_set import PageSet


@pytest.mark.parametrize("count", [1, 2, 40, 64, 65, 300, 4_096, 4_097, 70_000, 2**20])
@pytest.mark.parametrize("preset", PRESETS)
def test_the_least_one_comes_first(count, preset, seed):
    dut, rng = PageSet(count, PRESETS[preset]), random.Random(seed + count)

    async def use(ctx):
        there = set()
        for step in range(200):
            assert ctx.get(dut.some) == bool(there)
            if there and rng.random() < (0.3 if step < 120 else 0.8):
                ctx.set(dut.take, 1)
                (least,) = await ctx.tick().sample(dut.least).until(dut.done)
                assert least == min(there)
                there.remove(least)
                ctx.set(dut.take, 0)
                continue
            near = rng.randrange(min(count, 130))
            number = rng.choice([near, rng.randrange(count), count - 1 - near])
            if number in there:
                continue
            ctx.set(dut.insert, 1)
            ctx.set(dut.number, number)
            await ctx.tick().until(dut.done)
            there.add(number)
            ctx.set(dut.insert, 0)

    simulator = Simulator(dut)
    simulator.add_clock(1e-9)
    simulator.add_testbench(use)
    simulator.run()


@pytest.mark.parametrize("preset", PRESETS)
def test_every_pair_of_a_word(preset):
    """Of two numbers in one word the lower one comes first, in whichever order they came."""
    dut = PageSet(64, PRESETS[preset])

    async def use(ctx):
        for pair in permutations(range(64), 2):
            for number in pair:
                ctx.set(dut.insert, 1)
                ctx.set(dut.number, number)
                await ctx.tick().until(dut.done)
                ctx.set(dut.insert, 0)
            for expected in sorted(pair):
                ctx.set(dut.take, 1)
                (least,) = await ctx.tick().sample(dut.least).until(dut.done)
                ctx.set(dut.take, 0)
                assert least == expected, pair
            assert not ctx.get(dut.some)

    simulator = Simulator(dut)
    simulator.add_clock(1e-9)
    simulator.add_testbench(use)
    simulator.run()
