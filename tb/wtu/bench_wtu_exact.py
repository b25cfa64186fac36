"""The WTU where one token or one unit of mass decides: quotas and sums at exact numbers."""

import cocotb
import numpy as np

from dre.layouts import ScoreMode
from resv.wicsum_integer import MAX_COUNT, MAX_TOKENS
from wtu.chunks import Job
from wtu.scene import BUILD, begin
from wtu.workload import bf16_bits, split

MOST = BUILD.max_clusters
BEATS = BUILD.beats
TURNS = max(12, 3_000 // (BEATS + 60))
LOWEST, HIGHEST = 31 << 11, 2**16 - 1
"""Weights of the highest first digit, which share a sum."""


def equal_row(rng, mode, size):
    """A row of one key, any fraction or weight."""
    if mode == ScoreMode.WEIGHT:
        return np.full(size, rng.choice([1, 2, 3, rng.randint(1, 2**16 - 1), 2**16 - 1]), np.uint16)
    return np.full(size, bf16_bits([1 + rng.randrange(128) / 128])[0])


@cocotb.test(timeout_time=20, timeout_unit="ms", skip=MOST < 2)
@cocotb.parametrize(mode=list(ScoreMode))
async def a_quota_is_exact(dut, mode):
    """Ties of which the first ones hold just as many tokens as are needed, or one too few."""
    scene = await begin(dut)
    rng = scene.rng
    for _ in range(TURNS):
        size = rng.randint(2, min(MOST, 40))
        most = min(MAX_TOKENS, size * MAX_COUNT)
        cut = rng.randint(1, size - 1)
        held = rng.randint(1, min(cut * MAX_COUNT, max(1, most // rng.choice([2, 20, 300]))))
        TH = rng.randint(max(1, held * 2**16 // most + 1), 65_535)
        enough = -(-held * 2**16 // TH)  # of so many tokens the first ones are just too few
        for total in (enough - 1, enough):
            rest = total - held
            if not 0 <= rest <= min(most - held, (size - cut) * MAX_COUNT):
                continue
            counts = np.concatenate([split(rng, held, cut), split(rng, rest, size - cut)])
            row = equal_row(rng, mode, size)[None]
            scene.engine.offer(Job(1, row, counts, TH=TH, mode=mode, K=2**15, k=15))
    await scene.play()
    await scene.end()


def of_sum(rng, total, most):
    """Weights of the highest digit, and counts, of exactly this mass; None if it takes too many."""
    weights, counts = [], []
    while total > 120_000_000:
        weight = rng.randint(LOWEST, HIGHEST)
        count = min(MAX_COUNT, (total - 100_000_000) // weight)
        weights, counts, total = [*weights, weight], [*counts, count], total - weight * count
    count = total // 64_000  # and one token more, whose weight is what is left
    weight = (total - LOWEST) // count
    weights, counts = [*weights, weight, total - weight * count], [*counts, count, 1]
    fits = len(weights) <= most and all(LOWEST <= weight <= HIGHEST for weight in weights)
    return (weights, counts) if fits else None


@cocotb.test(timeout_time=20, timeout_unit="ms", skip=BEATS < 4)
async def a_sum_carries_into_its_highest_bits(dut):
    """One lane's sum just below a power of two, and at it."""
    scene = await begin(dut)
    done = 0
    for bit in (30, 32, 33, 34, 35):
        for total in (2**bit - 1, 2**bit):
            for lane in range(BUILD.lanes):
                made = of_sum(scene.rng, total, (MOST - lane - 1) // BUILD.lanes + 1)
                if made is None or sum(made[1]) > MAX_TOKENS:
                    continue
                weights, counts = np.zeros(MOST, np.uint16), np.zeros(MOST, np.int64)
                for n, (weight, count) in enumerate(zip(*made, strict=True)):
                    weights[lane + n * BUILD.lanes] = weight
                    counts[lane + n * BUILD.lanes] = count
                TH = scene.rng.randint(1, 65_535)
                mode = ScoreMode.WEIGHT
                scene.engine.offer(Job(2, weights[None], counts, TH=TH, mode=mode))
                done += 1
    await scene.play()
    await scene.end()
    assert done >= 2 * BUILD.lanes
