"""Edges of buckets: they part the same keys as those of the specification (D51)."""

import random

import numpy as np
import pytest
from amaranth.sim import Simulator

from dre import WTUConfig
from dre.control.bucket_edges import Edges
from resv.wicsum_integer import mantissas

ZERO = 2**15
"""Keys of the hardware are that much above those of the specification."""


def value_of(key, largest, weight, axis):
    """What is cut (D51), of a key of the hardware."""
    if weight or axis == "logit":
        return key
    octaves = (largest >> 8) - (key >> 8)
    return 0 if octaves > 24 else mantissas()[key & 255] << 24 - octaves


def place_of(key, weight, axis):
    """What the lanes compare."""
    if weight or axis == "logit":
        return key
    return (key >> 8) << 11 | mantissas()[key & 255] - 2048


def rows(rng, count):
    """Keys of rows: wide ones, narrow ones, at both ends of the range, and single ones."""
    for _ in range(count):
        largest = rng.choice([0, 1, 300, ZERO, 2**16 - 1, rng.randrange(2**16)])
        span = rng.choice([0, 1, 19, 200, 256, 25 * 256, 4_095, 4_096, 2**16])
        lowest = max(0, largest - span)
        keys = {largest, lowest, *(rng.randint(lowest, largest) for _ in range(60))}
        keys |= {key for key in range(largest - 3, largest) if key >= lowest}
        yield largest, lowest, sorted(keys)


def found(config, given):
    """Edge and ``open`` of every bucket of rows (largest, smallest, mode)."""
    unit, results = Edges(config), []

    async def bench(ctx):
        for n, (largest, smallest, weight) in enumerate(given):
            ctx.set(unit.largest, largest)
            ctx.set(unit.smallest, smallest)
            ctx.set(unit.weight, weight)
            ctx.set(unit.start, 1)
            await ctx.tick()
            ctx.set(unit.start, 0)
            edges = []
            # Every other row is left in the middle, as when its threshold is passed early.
            for _ in range(config.buckets if n % 2 else 1 + config.buckets // 2):
                ctx.set(unit.take, 1)
                edge, is_open = await ctx.tick().sample(unit.edge, unit.open).until(unit.valid)
                ctx.set(unit.take, 0)
                edges.append((edge, is_open))
            results.append(edges)
            for _ in range(n % 9):
                await ctx.tick()

    simulator = Simulator(unit)
    simulator.add_clock(1e-9)
    simulator.add_testbench(bench)
    simulator.run()
    return results


@pytest.mark.parametrize("preset", ["asic", "fpga"])
@pytest.mark.parametrize("axis", ["linear", "logit"])
@pytest.mark.parametrize("buckets", [1, 2, 7, 20, 64, 128])
def test_edges_part_the_right_keys(buckets, axis, preset, seed):
    rng = random.Random(seed)
    config = WTUConfig(
        preset=preset, max_clusters=1024, variant="bucket", buckets=buckets, axis=axis
    )
    given = [(*row, rng.randrange(2)) for row in rows(rng, 24 if buckets < 64 else 8)]
    results = found(config, [(high, low, weight) for high, low, _, weight in given])
    for (largest, smallest, keys, weight), edges in zip(given, results, strict=True):
        values = np.array([value_of(key, largest, weight, axis) for key in keys], dtype=object)
        high = values[-1]
        low = high - 4_095 if axis == "logit" and not weight else values[0]
        step = (high - low) // buckets + 1
        for n, (edge, is_open) in enumerate(edges, 1):
            inside = [is_open or place_of(key, weight, axis) >= edge for key in keys]
            expected = [n == buckets or value > high - n * step for value in values]
            assert inside == expected, (largest, smallest, weight, n)
