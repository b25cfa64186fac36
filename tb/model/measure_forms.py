"""How far the forms of WiCSum are apart on a trace: integer, float64, and unrounded scores."""

import numpy as np

import resv
from resv import ReSV, wicsum, wicsum_integer
from resv.replay import for_trace

ROWS = 4_000  # about as many rows of a trace are compared, evenly over its chunks


def measure(trace):
    """Compare selections of rows, on the state that the float64 form leads to.

    For each pair of forms: the share of rows whose sets differ, the retrieved far tokens of the
    second less those of the first in points (per KV head, rows joined), and how far the mass that
    the second covers falls short of Th_r, by the exact weights of the first: mean and largest.
    """
    loaded = resv.load_trace(trace)
    config = for_trace(None, loaded)
    chunks = list(loaded.chunks())
    every = max(1, sum(_rows(chunk) for chunk in chunks) // ROWS)
    stream = ReSV(config, engine="fast").start()
    pairs = {
        "integer against float64": _Pair(config.Th_r),
        "float64 against unrounded": _Pair(config.Th_r),
        "integer against unrounded": _Pair(config.Th_r),
    }
    for chunk in chunks:
        if stream.chunks and chunk.index % every == 0:
            for q, table in _heads(stream, chunk):
                _compare(pairs, q, table, table.token_count(stream.tokens), config)
        stream.step(chunk.q, chunk.k, chunk.v, frame=chunk.frame, kind=chunk.kind)
    return {name: pair.facts() for name, pair in pairs.items()}


def _rows(chunk):
    return chunk.q.shape[0] * chunk.q.shape[1] * chunk.q.shape[2]


def _heads(stream, chunk):
    layers, kv_heads, _, d = chunk.k.shape
    rows = chunk.q.reshape(layers, kv_heads, -1, d)
    for at in np.ndindex(layers, kv_heads):
        yield rows[at], stream.table(*at)


def _compare(pairs, q, table, token_count, config):
    if not token_count.any():
        return
    scale = config.scale_for(q.shape[1])
    means = table.mean_keys()
    rounded = wicsum.scores(q, means)
    exact = q.astype(np.float64) @ means.astype(np.float64).T
    integer, _ = wicsum_integer.select(rounded, token_count, config.TH, scale)
    double, _ = wicsum.select(rounded, token_count, config.TH, scale)
    unrounded, masses = _unrounded(exact, token_count, config.TH, scale)
    _, rounded_masses = _unrounded(rounded.astype(np.float64), token_count, config.TH, scale)
    pairs["integer against float64"].add(double, integer, rounded_masses, token_count)
    pairs["float64 against unrounded"].add(unrounded, double, masses, token_count)
    pairs["integer against unrounded"].add(unrounded, integer, masses, token_count)


def _unrounded(scores, token_count, TH, scale):
    """D19 and D20 on float64 scores: which clusters each row selects, and all masses."""
    selected = np.zeros(scores.shape, bool)
    counted = np.flatnonzero(token_count)
    inside = scores[:, counted]
    masses = np.zeros(scores.shape)
    weights = np.exp(scale * (inside - inside.max(axis=1, keepdims=True)))
    masses[:, counted] = weights * token_count[counted]
    for row, (chosen, values) in enumerate(zip(selected, inside, strict=True)):
        order = counted[np.argsort(-values, kind="stable")]
        sums = np.cumsum(masses[row, order])
        above = np.flatnonzero(sums > (1 if TH is None else TH / 65_536) * sums[-1])
        chosen[order[: above[0] + 1 if above.size else len(order)]] = True
    return selected, masses


class _Pair:
    """What is counted about a pair of forms."""

    def __init__(self, Th_r):
        self.Th_r = Th_r
        self.rows = self.differ = self.tokens = self.far = 0
        self.shortfalls = []

    def add(self, one, other, masses, token_count):
        self.rows += len(one)
        self.differ += int((one != other).any(axis=1).sum())
        self.tokens += int(token_count[other.any(axis=0)].sum())
        self.tokens -= int(token_count[one.any(axis=0)].sum())
        self.far += int(token_count.sum())
        covered = (masses * other).sum(axis=1) / masses.sum(axis=1)
        self.shortfalls += np.maximum(self.Th_r - covered, 0).tolist()

    def facts(self):
        if not self.rows:
            raise ValueError("trace must have far tokens to compare selections on, not none")
        return {
            "rows": self.rows,
            "rows_differ_percent": 100 * self.differ / self.rows,
            "points": 100 * self.tokens / self.far,
            "short_mean_points": 100 * float(np.mean(self.shortfalls)),
            "short_most_points": 100 * max(self.shortfalls),
        }
