"""Rows to measure the WTU with: of traces, and of made-up scores."""

import numpy as np

import resv
from dre.layouts import ScoreMode
from resv import ReSV, named_traces, wicsum, wicsum_integer
from resv.replay import for_trace
from wtu.chunks import Job
from wtu.workload import bf16_bits

THRESHOLDS = (0.3, 0.8)
OCTAVES_PER_SCORE = 2.0**-18 * 33_428  # the register of d = 128


def of_trace(name, chunks, rows):
    """Rows of a trace's first head, from chunks that are spread over its later half.

    Raises
    ------
    FileNotFoundError
        If the trace has not been made.
    """
    trace = resv.load_trace(named_traces.find(name))
    config = for_trace(None, trace)
    stream, groups = ReSV(config, engine="fast").start(), []
    every = list(trace.chunks())
    wanted = set(np.linspace(len(every) // 2, len(every) - 2, chunks).astype(int).tolist())
    for chunk in every:
        if chunk.index in wanted:
            groups += _groups(name, stream, chunk, config, rows)
        stream.step(chunk.q, chunk.k, chunk.v, frame=chunk.frame, kind=chunk.kind)
    return groups


def _groups(name, stream, chunk, config, rows):
    layers, heads, _, d = chunk.k.shape
    queries = chunk.q.reshape(layers, heads, -1, d)[0, 0][:rows]
    table = stream.table(0, 0)
    K, k = wicsum_integer.kappa(config.scale_for(d))
    scores = wicsum.scores(queries, table.mean_keys()).view(np.uint16)
    counts = table.token_count(stream.tokens)
    for Th_r in THRESHOLDS:
        job = Job(0, scores, counts, TH=round(2**16 * Th_r), K=K, k=k)
        yield f"{name}, Th_r {Th_r}", job


def made_up(size, seed):
    """Rows of one size: usual distributions, and those that are hardest to decide.

    In the last ones every entry shares the first digit of its key, then the second one too; so
    every pass goes through the whole row.
    """
    random = np.random.default_rng([seed, size])
    octaves = {
        "normal": random.normal(-3, 4, (2, size)),
        "log-normal": random.lognormal(0, 1, (2, size)),
        "pareto": np.minimum(random.pareto(1.2, (2, size)), 100),
        "one octave": random.uniform(0, 0.999, (2, size)),
        "last bits": 5 + random.integers(-2, 3, (2, size)) / 32,
        "equal": np.full((2, size), 2.5),
    }
    counts = random.integers(1, 64, size)
    for kind, rows in octaves.items():
        scores = bf16_bits(rows / OCTAVES_PER_SCORE)
        for Th_r in THRESHOLDS:
            yield f"{kind}, Th_r {Th_r}", Job(0, scores, counts, TH=round(2**16 * Th_r))
    weights = {
        "weights": random.integers(0, 2**16, (2, size)),
        "weights, equal": np.full((2, size), 40_000),
    }
    for kind, rows in weights.items():
        job = Job(0, rows.astype(np.uint16), counts, mode=ScoreMode.WEIGHT, TH=52_429)
        yield f"{kind}, Th_r 0.8", job
