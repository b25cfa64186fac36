"""Mantissas and masses of the WTU against the golden model."""

import numpy as np
import pytest
from amaranth.hdl import Module, Signal
from amaranth.sim import Simulator

from dre.wtu.mantissa import mantissas
from dre.wtu.mass import EntryMass
from resv import wicsum_integer


def masses(registered, weight, entries):
    """What the unit gives for (key, count), one a cycle."""
    unit = EntryMass(registered=registered)
    m = Module()
    m.submodules.unit = unit
    m.d.sync += Signal().eq(1)  # without registers the unit has no clock of its own
    found = []

    async def bench(ctx):
        ctx.set(unit.weight, weight)
        for n in range(len(entries) + unit.latency):
            key, count = entries[min(n, len(entries) - 1)]
            ctx.set(unit.key, int(key))
            ctx.set(unit.count, int(count))
            if n >= unit.latency:
                found.append(ctx.get(unit.mass))
            await ctx.tick()

    simulator = Simulator(m)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return found


def test_the_table_is_that_of_the_model():
    assert mantissas() == wicsum_integer.mantissas()


@pytest.mark.parametrize("registered", [False, True])
def test_every_fraction_has_its_mantissa(registered):
    entries = [(key, 1) for key in range(0x7F00, 0x8100)]
    expected = [wicsum_integer.mantissas()[key & 255] for key, _ in entries]
    assert masses(registered, 0, entries) == expected


@pytest.mark.parametrize("registered", [False, True])
@pytest.mark.parametrize("weight", [0, 1])
def test_masses_are_exact(registered, weight, seed):
    rng = np.random.default_rng(seed)
    entries = [*rng.integers(0, 65_536, (1_000, 2)).tolist()]
    entries += [[key, count] for key in (0, 255, 65_535) for count in (0, 1, 65_535)]
    table = wicsum_integer.mantissas()
    expected = [(key if weight else table[key & 255]) * count for key, count in entries]
    assert masses(registered, weight, entries) == expected
