"""The mixture of rows that a million of are replayed: those of the benches, and their errors.

Of a chunk's sizes, settings, rows and token counts `wtu.workload` makes what the random bench
makes: nineteen kinds of scores (normal, log-normal, Pareto, all equal, two values, last bits, zeros
of both signs, subnormal numbers, beyond saturation ...) and six of weights, nine kinds of counts
from 0 to 65,535, every register of D40, thresholds over their range, "all". Here sizes are mixed,
and some rows hold NaN or infinity, some chunks are refused.
"""

import random
from dataclasses import replace

from dre.layouts import ScoreMode
from wtu.chunks import K_LEAST
from wtu.replay_wtu import STREAMS, Run
from wtu.workload import random_job, row_size

SIZES = {64: 0.35, 1_024: 0.6, 8_192: 0.05}  # largest rows of a chunk, and how often
ROWS = (0, 1, 2, 3, 5, 16, 16, 24, 32)  # of a chunk
NOT_FINITE, REFUSED = 1 / 30, 1 / 150  # chunks with such a row, chunks that are refused
NUMBERS = (0x7F80, 0xFF80, 0x7FC0, 0xFFC1)  # infinities, NaN


def jobs(seed, build, rows):
    """Yield chunks of so many rows in all, refused ones not counted."""
    rng = random.Random(seed)
    builds = {most: replace(build, max_clusters=min(most, build.max_clusters)) for most in SIZES}
    while rows:
        (most,) = rng.choices(list(SIZES), list(SIZES.values()))
        clusters = row_size(rng, builds[most])
        count = min(rng.choice(ROWS), rows, build.max_rows)
        job = random_job(rng, build, clusters=clusters, count=count)
        if rng.random() < REFUSED:
            yield replace(job, K=rng.randrange(K_LEAST))
            continue
        if job.rows.size and job.mode == ScoreMode.EXP and rng.random() < NOT_FINITE:
            job.rows[rng.randrange(count), rng.randrange(clusters)] = rng.choice(NUMBERS)
        rows -= count
        yield job


def runs(seed):
    """How pieces are replayed, in turn.

    At once, each chunk alone, without being asked, late, with stalls.
    """
    return [
        Run(seed=seed, first_number=seed % 2**16),
        Run(seed=seed, alone=True),
        Run(seed=seed, in_order=True),
        Run(seed=seed, latency=150),
        Run(seed=seed, stalls=dict.fromkeys(STREAMS, 0.6)),
    ]
