"""The WTU's arithmetic in both forms: at once, and with a register behind each step."""

import random

import pytest
from amaranth.sim import Simulator

from dre.wtu.arithmetic import Divider, Fraction
from dre.wtu.staged_arithmetic import StagedDivider, StagedFraction
from dre.wtu.staged_sums import StagedSums
from dre.wtu.sums import SUM_BITS, TAG_BITS, LaneSums


def simulate(unit, bench):
    simulator = Simulator(unit)
    simulator.add_clock(1e-9)
    simulator.add_testbench(bench)
    simulator.run()


@pytest.mark.parametrize("form", [Fraction, StagedFraction])
def test_fractions_are_exact(form, seed):
    rng = random.Random(seed)
    unit = form(bits=57)
    cases = [(0, 0), (2**57 - 1, 65_535), (1, 65_535), (65_536, 1), (2**56, 32_768)]
    cases += [(rng.getrandbits(rng.randint(1, 57)), rng.getrandbits(16)) for _ in range(60)]

    async def bench(ctx):
        for number, TH in cases:
            ctx.set(unit.number, number)
            ctx.set(unit.TH, TH)
            ctx.set(unit.start, 1)
            await ctx.tick()
            ctx.set(unit.start, 0)
            while not ctx.get(unit.done):
                await ctx.tick()
            assert ctx.get(unit.result) == number * TH >> 16

    simulate(unit, bench)


@pytest.mark.parametrize("form", [Divider, StagedDivider])
def test_quotients_are_exact(form, seed):
    rng = random.Random(seed)
    unit = form(divisor_bits=16, quotient_bits=20)
    cases = []
    for _ in range(80):
        divisor = rng.getrandbits(rng.randint(1, 16)) | 1
        cases.append((rng.randrange(divisor << 20), divisor))
    cases += [(65_535 * 2**20 - 1, 65_535), (0, 1), (2**20 - 1, 1)]

    async def bench(ctx):
        for number, divisor in cases:
            ctx.set(unit.number, number)
            ctx.set(unit.start, 1)
            await ctx.tick()
            ctx.set(unit.start, 0)
            ctx.set(unit.number, 0)
            for _ in range(getattr(form, "DIVISOR_LATE", 0)):
                ctx.set(unit.divisor, rng.getrandbits(16))
                await ctx.tick()
            ctx.set(unit.divisor, divisor)
            while not ctx.get(unit.done):
                await ctx.tick()
            assert ctx.get(unit.quotient) == number // divisor

    simulate(unit, bench)


def sums_model(entries):
    """Places after entries of (set, place, tag, tagged, mass), tag above sum where it counts."""
    places = {}
    for which, place, tag, tagged, mass in entries:
        before_tag, total = places.get((which, place), (0, 0))
        if not tagged or tag == before_tag:
            places[which, place] = before_tag, total + mass
        elif tag > before_tag:
            places[which, place] = tag, mass
    return {key: (tag << (SUM_BITS - TAG_BITS)) + total for key, (tag, total) in places.items()}


@pytest.mark.parametrize("tagged", [0, 1])
@pytest.mark.parametrize("form", ["at once", "staged"])
@pytest.mark.parametrize("gone_through", [0, 1])
def test_sums_by_place(form, tagged, gone_through, seed):
    """Few places, so that entries of one place follow each other at all distances.

    Each set has 32 places of its own; those above are of the set that is gone through.
    """
    rng = random.Random(seed)
    staged = form == "staged"
    unit = StagedSums() if staged else LaneSums(mass_latency=1, memory_latency=1)
    late, shown_after = (StagedSums.MASS_LATENCY, 3) if staged else (1, 1)
    addresses = [(gone_through, 38), (gone_through, 6), (0, 5), (1, 5)]
    entries = [
        (*rng.choice(addresses), rng.choice((0, 3, 4, 7)), tagged, rng.getrandbits(28))
        if rng.random() < 0.7
        else None
        for _ in range(300)
    ]

    async def bench(ctx):
        for n in range(len(entries) + late + 6):
            entry = entries[n] if n < len(entries) else None
            ctx.set(unit.add, entry is not None)
            if entry:
                ctx.set(unit.address, {"set": entry[0], "place": entry[1]})
                ctx.set(unit.tag, entry[2])
                ctx.set(unit.tagged, entry[3])
            weighed = entries[n - late] if late <= n < len(entries) + late else None
            ctx.set(unit.mass, weighed[4] if weighed else rng.getrandbits(28))
            await ctx.tick()
        ctx.set(unit.scan, 1)
        expected = sums_model([entry for entry in entries if entry])
        for which, clear in ((1, 0), (0, 1), (1, 1), (0, 0), (1, 0)):
            ctx.set(unit.scan_set, which)
            ctx.set(unit.clear, clear)
            for pair in range(32):
                ctx.set(unit.scan_pair, pair)
                await ctx.tick().repeat(shown_after)
                shown = ctx.get(unit.even), ctx.get(unit.odd)
                own = which if pair < 16 else gone_through
                wanted = tuple(expected.get((own, 2 * pair + odd), 0) for odd in range(2))
                assert shown == wanted, (which, pair, clear)
                for odd in range(2) if clear else ():
                    expected.pop((own, 2 * pair + odd), None)

    simulate(unit, bench)
