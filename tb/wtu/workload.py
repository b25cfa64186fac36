"""Rows and token counts for the WTU: random, but such that every rule gets work.

Scores are made as octaves, so that they mean the same whatever the register of D40 holds.
"""

import numpy as np

from dre.layouts import ScoreMode
from resv.numerics import BF16
from resv.wicsum_integer import MAX_COUNT, MAX_TOKENS
from wtu.chunks import Job

REGISTERS = [(33_428, 18), (2**15, 15), (2**16 - 1, 19), (2**15, 31), (2**16 - 1, 0)]
THRESHOLDS = [0, 1, 65_535, 19_661, 32_768, 52_429, None]


def bf16_bits(values):
    """Numbers rounded to BF16, by their bits."""
    return np.asarray(values, np.float32).astype(BF16).view(np.uint16)


def arrays(rng):
    """A NumPy generator that follows from ``rng``."""
    return np.random.default_rng(rng.getrandbits(64))


def _peaked(random, size):
    values = random.normal(-8, 1, size)
    values[random.integers(0, size, 1 + size // 40)] = random.uniform(0, 3)
    return values


def _last_bit(random, size):
    """Neighbouring BF16 numbers, as a multiple of the smallest difference there."""
    return 5 + random.integers(-2, 3, size) / 32


ROWS = {  # kinds of rows, in octaves
    "normal": lambda random, size: random.normal(-3, 4, size),
    "log-normal": lambda random, size: random.lognormal(0, 1, size),
    "pareto": lambda random, size: np.minimum(random.pareto(1.2, size), 100),
    "peaked": _peaked,
    "one octave": lambda random, size: random.integers(-9, 9) + random.uniform(0, 0.999, size),
    "equal": lambda random, size: np.full(size, random.normal(0, 9)),
    "two values": lambda random, size: random.choice([-0.5, 0.5], size),
    "last bit": _last_bit,
    "sorted": lambda random, size: np.sort(random.normal(0, 3, size)),
    "sorted down": lambda random, size: -np.sort(random.normal(0, 3, size)),
    "zeros": lambda random, size: random.choice([0.0, -0.0], size),
    "around zero": lambda random, size: random.choice(
        [0.0, -0.0, 2.0**-133, -(2.0**-133), 2.0**-127, 2.0**-126, 2.0**-9, -(2.0**-9)], size
    ),
    "negative": lambda random, size: -10 - random.exponential(3, size),
    "deep": lambda random, size: random.choice([0, -1, -23, -24, -24.5, -25, -26, -31, -33], size),
    "turns of 32": lambda random, size: (
        random.choice([0, 0, -32, -64, -96, 32, 64], size) + random.choice([0, 0.25, -1], size)
    ),
    "turns only": lambda random, size: 32.0 * random.integers(-3, 4, size),
    "wide": lambda random, size: random.uniform(-128, 128, size),
    "borders": lambda random, size: random.choice([127.5, 127.75, -127.5, -128, 0, 1e5], size),
    "huge": lambda random, size: random.normal(0, 1e4, size),
}


def score_row(rng, kind, size, K, k):
    """BF16 scores of a kind, for a register, uint16 [size]."""
    octaves = ROWS[kind](arrays(rng), size)
    scores = np.clip(octaves * 2.0**k / K, -3e38, 3e38)
    if kind == "around zero" and rng.random() < 0.5:
        scores = octaves  # subnormal numbers themselves
    return bf16_bits(scores)


def weight_row(rng, size):
    """Weights made elsewhere, uint16 [size]."""
    random = arrays(rng)
    kind = rng.randrange(6)
    if kind == 0:
        return random.integers(0, 2**16, size).astype(np.uint16)
    if kind == 1:
        return np.minimum(random.pareto(0.7, size) * 20, 65_535).astype(np.uint16)
    if kind == 2:
        return random.choice([0, 65_535], size).astype(np.uint16)
    if kind == 3:
        return np.full(size, rng.choice([0, 1, 255, 256, 65_535]), np.uint16)
    if kind == 4:  # what would be no numbers in mode `exp`
        return random.choice([0x7F80, 0x7FC0, 0xFF80, 0xFFFF, 0x8000], size).astype(np.uint16)
    return (256 * random.integers(0, 256, size) + random.integers(0, 2, size)).astype(np.uint16)


def split(rng, total, size):
    """Token counts of exactly this sum, int64 [size]; as few of them 0 as need be."""
    counts = np.zeros(size, np.int64)
    assert total <= size * MAX_COUNT
    order = rng.sample(range(size), size)
    for left, n in zip(range(size - 1, -1, -1), order, strict=True):
        least = max(0, total - left * MAX_COUNT)
        counts[n] = rng.randint(least, min(MAX_COUNT, total)) if left else total
        total -= int(counts[n])
    return counts


def token_counts(rng, size):
    """Token counts of any kind, seldom too many, int64 [size]."""
    random = arrays(rng)
    kind = rng.randrange(9)
    if kind == 0:
        counts = np.ones(size, np.int64)
    elif kind == 1:
        counts = random.integers(0, 3, size)
    elif kind == 2:
        counts = np.minimum(random.pareto(1, size) * 3, MAX_COUNT).astype(np.int64)
    elif kind == 3:
        counts = random.integers(0, MAX_COUNT + 1, size) * (random.random(size) < 10 / (size + 1))
    elif kind == 4:
        counts = MAX_COUNT * (random.random(size) < 14 / (size + 1)).astype(np.int64)
    elif kind == 5:
        counts = np.zeros(size, np.int64)
        counts[random.integers(0, size, 1) if size else []] = rng.choice([1, MAX_COUNT])
    elif kind == 6 and MAX_TOKENS < size * MAX_COUNT:
        return split(rng, MAX_TOKENS + rng.choice([-1, 0, 0, 1]), size)
    elif kind == 7:
        counts = (random.random(size) < 0.2).astype(np.int64)
    else:
        counts = random.integers(0, 2 * MAX_TOKENS // (3 * size + 60) + 2, size)
    return counts.astype(np.int64)


def row_size(rng, build):
    """Clusters around the borders of beats and rows as often as any other."""
    most = build.max_clusters
    borders = [0, 1, build.lanes - 1, build.lanes, build.lanes + 1, 2 * build.lanes, most, most - 1]
    if build.reads_twice:
        borders += [build.on_chip_clusters, build.on_chip_clusters + 1]
    size = rng.choice([*borders, rng.randint(0, most), rng.randint(0, most)])
    return max(0, min(size, most))


def random_job(rng, build, contexts=(0, 1, 4095), **fixed):
    """A chunk of any settings; ``fixed``: fields of `Job`, ``clusters``, ``count`` (of rows)."""
    clusters = fixed.pop("clusters", None)
    clusters = row_size(rng, build) if clusters is None else clusters
    count = fixed.pop("count", None)
    count = min(rng.choice([0, 1, 2, 3, 5]), build.max_rows) if count is None else count
    K, k = rng.choice([*REGISTERS, (rng.randint(2**15, 2**16 - 1), rng.randint(0, 31))])
    mode = ScoreMode.WEIGHT if rng.random() < 0.25 else ScoreMode.EXP
    settings = {"mode": mode, "K": K, "k": k} | fixed
    rows = np.zeros((count, clusters), np.uint16)
    for row in rows if clusters else ():
        if settings["mode"] == ScoreMode.WEIGHT:
            row[:] = weight_row(rng, clusters)
        else:
            kind = rng.choice(list(ROWS))
            row[:] = score_row(rng, kind, clusters, settings["K"], settings["k"])
    counts = fixed.get("token_count", token_counts(rng, clusters))
    uncounted = np.flatnonzero(counts == 0)
    if len(uncounted) and rng.random() < 0.4:  # what does not count must not matter
        rows[:, rng.choice(uncounted)] = bf16_bits([rng.choice([1e30, 0, 100])])[0]
    return Job(
        **{
            "context": rng.choice(contexts),
            "rows": rows,
            "token_count": counts,
            "TH": rng.choice([*THRESHOLDS, rng.randint(0, 65_535)]),
            **settings,
        }
    )


def small_jobs(seed, count=6, rows=3):
    """Chunks of ordinary rows of 21 clusters, each chunk in a context of its own."""
    random = np.random.default_rng(seed)
    return [
        Job(n, random.integers(0x3F80, 0x4380, (rows, 21), np.uint16), random.integers(1, 9, 21))
        for n in range(count)
    ]
