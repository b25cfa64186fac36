"""fast_wicsum: the same selections as the plain forms, to the bit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resv import fast_wicsum, numerics, wicsum, wicsum_integer
from resv.numerics import BF16

SCALE = 128**-0.5
THRESHOLDS = (0, 1, 19_661, 32_768, 52_429, 65_535, None)


def bf16(values):
    return np.asarray(values, np.float32).astype(BF16)


def random_scores(rng, rows, clusters):
    """Rows of every kind: spread, equal, two-valued, tiny, huge, subnormal, of mixed zeros."""
    kinds = (
        lambda: rng.normal(-40, 50, clusters),
        lambda: np.full(clusters, rng.normal()),
        lambda: rng.choice([-8.0, 8.0], clusters),
        lambda: rng.normal(0, 1e-3, clusters),
        lambda: rng.normal(0, 3e4, clusters),
        lambda: rng.normal(0, 2.0**-132, clusters),
        lambda: rng.choice([0.0, -0.0], clusters),
        lambda: np.sort(rng.normal(0, 30, clusters)),
        lambda: rng.integers(-3, 3, clusters).astype(float),
    )
    return bf16(np.array([kinds[rng.integers(len(kinds))]() for _ in range(rows)]))


def random_counts(rng, clusters):
    kind = rng.integers(4)
    if kind == 0:
        return np.ones(clusters, np.int64)
    if kind == 1:
        return rng.integers(0, 3, clusters)
    if kind == 2:
        return np.minimum(rng.pareto(1, clusters) * 3, 60_000).astype(np.int64)
    return rng.integers(0, 65_536, clusters) * (rng.random(clusters) < 10 / clusters)


@given(st.integers(0, 2**32), st.integers(1, 400))
@settings(max_examples=150)
def test_selections_are_those_of_the_plain_forms(seed, clusters):
    rng = np.random.default_rng(seed)
    scores = random_scores(rng, int(rng.integers(1, 6)), clusters)
    counts = random_counts(rng, clusters)
    TH = THRESHOLDS[rng.integers(len(THRESHOLDS))]
    scale = float(rng.choice([SCALE, 1.0, 0.01]))
    fast = fast_wicsum.select(scores, counts, TH, scale)
    assert (fast == wicsum.select(scores, counts, TH, scale)[1]).all()
    fast = fast_wicsum.select_integer(scores, counts, TH, scale)
    assert (fast == wicsum_integer.select(scores, counts, TH, scale)[1]).all()


def test_long_rows_that_need_more_than_the_prefix(seed):
    rng = np.random.default_rng(seed)
    scores, counts = bf16(rng.normal(0, 3, (4, 3_000))), rng.integers(0, 40, 3_000)
    for TH in THRESHOLDS:
        fast = fast_wicsum.select(scores, counts, TH, SCALE)
        assert (fast == wicsum.select(scores, counts, TH, SCALE)[1]).all()
        fast = fast_wicsum.select_integer(scores, counts, TH, SCALE)
        assert (fast == wicsum_integer.select(scores, counts, TH, SCALE)[1]).all()


def test_where_rounding_could_decide_the_plain_form_does(monkeypatch):
    """Equal masses: every other prefix of 16 lies exactly on a threshold of eighths."""
    asked = []
    plain = wicsum.select_row
    monkeypatch.setattr(wicsum, "select_row", lambda *a: asked.append(1) or plain(*a))
    scores, counts = bf16(np.zeros((1, 16))), np.ones(16, np.int64)
    for eighths in range(1, 8):
        fast = fast_wicsum.select(scores, counts, 8_192 * eighths, SCALE)
        assert np.flatnonzero(fast).tolist() == list(range(2 * eighths + 1))
    assert len(asked) == 7
    fast_wicsum.select(bf16(np.zeros((1, 7))), np.ones(7, np.int64), 30_000, SCALE)
    assert len(asked) == 7


def test_sums_as_large_as_the_format_allows():
    counts = np.full(16, 65_535, np.int64)
    scores = bf16(np.linspace(100, 99, 16)[None])
    for TH in (1, 40_000, 65_535):
        fast = fast_wicsum.select_integer(scores, counts, TH, SCALE)
        assert (fast == wicsum_integer.select(scores, counts, TH, SCALE)[1]).all()
    more = np.append(counts, 17)
    scores = bf16(np.linspace(100, 99, 17)[None])
    assert fast_wicsum.select_integer(scores, more, 1, SCALE).all()


def keys_and_norms(keys):
    wide = keys.astype(np.float64)
    return wide, np.sqrt(np.square(wide).sum(axis=1))


@given(st.integers(0, 2**32))
@settings(max_examples=100)
def test_scores_are_those_of_the_plain_form(seed):
    rng = np.random.default_rng(seed)
    d = int(rng.choice([1, 2, 16, 128]))
    size = float(rng.choice([1.0, 1e-20, 1e8]))
    q = bf16(rng.normal(0, size, (3, d)) * rng.choice([0.0, 1.0], (3, d)))
    keys = bf16(rng.normal(0, 1, (20, d)))
    keys[3] = -keys[2]
    keys[4] = 0
    if d > 1:  # sums that cancel, and sums in the middle between two BF16 numbers
        q[0, :2], keys[5, :2] = bf16([1, 1]), bf16([256.0, 1.0])
        keys[6] = 0
        keys[6, :2] = bf16([3.0, -3.0])
    fast = fast_wicsum.scores(q, *keys_and_norms(keys))
    plain = wicsum.scores(q, keys)
    assert (fast.view(np.uint16) == plain.view(np.uint16)).all()


def test_close_calls_are_summed_exactly(seed, monkeypatch):
    """Middles between two BF16 numbers, and a hair beside them."""
    asked = []
    monkeypatch.setattr(fast_wicsum.math, "fsum", lambda terms: asked.append(1) or sum(terms))
    q = bf16([[1.0, 1.0, 2.0**-20]])
    keys = bf16([[256.0, 1.0, 0.0], [256.0, 1.0, 2.0**-20], [256.0, 1.0, -(2.0**-20)], [256, 2, 0]])
    fast = fast_wicsum.scores(q, *keys_and_norms(keys))
    assert fast.astype(float).tolist() == [[256.0, 258.0, 256.0, 258.0]]
    assert 1 <= len(asked) <= 3


def test_a_score_beyond_bf16_is_refused_as_in_the_plain_form():
    q, keys = bf16([[2.0**100]]), bf16([[2.0**100]])
    with pytest.raises(ValueError, match="scores must be finite everywhere"):
        fast_wicsum.scores(q, *keys_and_norms(keys))
    assert np.isinf(numerics.dot(q, keys)).all()
