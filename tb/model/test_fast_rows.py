"""fast_rows: every field of every row is the plain form's."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dre import WTUConfig
from dre.layouts import ScoreMode
from resv import fast_rows, wicsum_integer
from resv.numerics import BF16
from wtu.golden import scale_of
from wtu.workload import bf16_bits, random_job

SCALE = 128**-0.5
BUILD = WTUConfig(lanes=4, max_clusters=300)


def same(fast, plain):
    """Whether each row of `fast_rows.Rows` is the one of `wicsum_integer`."""
    assert len(fast.error) == len(plain)
    for n, row in enumerate(plain):
        assert np.array_equal(fast.selected[n], row.selected)
        assert fast.error[n] == row.error
        for name in ("saturated", "mass", "total", "passes"):
            assert getattr(fast, name)[n] == getattr(row, name), name


def hold(scores, counts, TH, scale=SCALE):
    """Hold rows of scores to the plain form."""
    plain = [wicsum_integer.select_row(row, counts, TH, scale) for row in scores]
    same(fast_rows.select_rows(scores, counts, TH, scale), plain)
    return plain


@given(st.integers(0, 2**32))
@settings(max_examples=150)
def test_rows_of_every_kind_are_those_of_the_plain_form(seed):
    rng = random.Random(seed)
    job = random_job(rng, BUILD)
    rows, counts = job.rows, job.token_count
    if job.mode == ScoreMode.WEIGHT:
        plain = [wicsum_integer.select_row_by_weight(row, counts, job.TH) for row in rows]
        same(fast_rows.select_rows_by_weight(rows, counts, job.TH), plain)
        return
    if rows.size and rng.random() < 0.1:
        rows[rng.randrange(len(rows)), -1] = rng.choice([0x7F80, 0xFF80, 0x7FC0, 0xFFC1])
    hold(rows.view(BF16), counts, job.TH, scale_of(job.K, job.k))


def test_sums_as_large_as_the_format_allows_and_one_token_more():
    full = np.append(np.full(16, 65_535, np.int64), 16)
    scores = bf16_bits([np.linspace(100, 99, 17), np.full(17, 7.97)]).view(BF16)
    for TH in (0, 1, 40_000, 65_535, None):
        for row in hold(scores, full, TH, 2.0**-3 / wicsum_integer._LOG2_E):
            assert row.error is None
        for row in hold(scores, full + (np.arange(17) == 16), TH):
            assert row.error == "too_many_tokens"


@pytest.mark.parametrize("TH", [0, 19_661, None])
@pytest.mark.parametrize("count", [0, 1])
def test_a_row_that_is_not_finite_leaves_the_others_alone(TH, count):
    scores = np.ones((3, 5), np.float32).astype(BF16)
    scores[1, 3] = np.nan
    errors = [row.error for row in hold(scores, np.array([1, 1, 0, count, 1]), TH)]
    assert errors == [None, "not_finite", None]


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (2, 0), (2, 3)])
def test_no_rows_no_clusters_no_counts(shape):
    for TH in (0, 9, None):
        hold(np.ones(shape, np.float32).astype(BF16), np.zeros(shape[1], np.int64), TH)
