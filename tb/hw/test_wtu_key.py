"""Keys of the WTU, for every BF16 number, against the golden model."""

import numpy as np
import pytest
from amaranth.hdl import Module, Signal
from amaranth.sim import Simulator

from dre.wtu.key import ZERO, ScoreKey
from resv import wicsum_integer
from resv.numerics import BF16

EVERY = np.arange(65_536, dtype=np.uint32).astype(np.uint16)


def keys(registered, weight, K, k, inputs):
    """What the unit gives for inputs, one a cycle."""
    unit = ScoreKey(registered=registered)
    m = Module()
    m.submodules.unit = unit
    m.d.sync += Signal().eq(1)  # without registers the unit has no clock of its own
    found = []

    async def bench(ctx):
        ctx.set(unit.weight, weight)
        ctx.set(unit.K, K)
        ctx.set(unit.k, k)
        await ctx.tick()
        for n in range(len(inputs) + unit.latency):
            ctx.set(unit.score, int(inputs[min(n, len(inputs) - 1)]))
            if n >= unit.latency:
                found.append((ctx.get(unit.key), ctx.get(unit.saturated), ctx.get(unit.finite)))
            await ctx.tick()

    simulator = Simulator(m)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return found


def expected(K, k, inputs):
    for bits in inputs:
        score = float(np.uint16(bits).view(BF16))
        if np.isfinite(score):
            t, saturated = wicsum_integer.key(score, K, k)
            yield t + ZERO, saturated, 1
        else:
            yield None, None, 0


@pytest.mark.parametrize("registered", [False, True])
@pytest.mark.parametrize(("K", "k"), [(33_428, 18), (32_768, 0), (65_535, 31), (47_000, 16)])
def test_every_score_has_the_key_of_the_model(registered, K, k, seed):
    rng = np.random.default_rng(seed)
    inputs = EVERY if (K, registered) == (33_428, False) else rng.choice(EVERY, 6_000, False)
    for bits, found, wanted in zip(
        inputs, keys(registered, 0, K, k, inputs), expected(K, k, inputs), strict=True
    ):
        assert found[2] == wanted[2], hex(bits)
        if wanted[2]:
            assert found == wanted, hex(bits)


@pytest.mark.parametrize("registered", [False, True])
def test_a_weight_is_its_own_key(registered, seed):
    inputs = np.random.default_rng(seed).choice(EVERY, 500, False)
    assert keys(registered, 1, 40_000, 10, inputs) == [(int(bits), 0, 1) for bits in inputs]
