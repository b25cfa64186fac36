"""wicsum_buckets: rows by hand, and against the exact selection (D51 to D53)."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resv import wicsum_buckets, wicsum_integer
from resv.numerics import BF16
from resv.wicsum_buckets import AXES, select_row, select_row_by_weight

PLAIN = 1 / (8 * 1.4426950408889634)
"""With this scale a score of 8 is one octave."""

OCTAVE = 8.0


def bf16(*values):
    return np.array(values, np.float32).astype(BF16)


def counts(*values):
    return np.array(values, np.int64)


def weights(*values):
    return np.array(values, np.uint16)


def chosen(row):
    return np.flatnonzero(row.selected).tolist()


def reported(row):
    return row.mass, row.total, row.passes, row.early_exit


# -- rows by hand ----------------------------------------------------------------------------------


def test_buckets_are_cut_between_minimum_and_maximum():
    """0 to 10 in five buckets: 10 9 8 | 7 6 5 | 4 3 2 | 1 0 | nothing."""
    row, one = weights(*range(11)), np.ones(11, np.int64)  # 55 in all; 27, 45, 54, 55 from the top
    for TH, first, passes in (
        (0, 8, 2),
        (65_536 * 27 // 55, 8, 2),
        (65_536 * 27 // 55 + 1, 5, 3),
        (65_536 * 45 // 55, 5, 3),
        (65_536 * 45 // 55 + 1, 2, 4),
        (65_535, 0, 5),
    ):
        found = select_row_by_weight(row, one, TH, buckets=5)
        assert chosen(found) == list(range(first, 11))
        assert reported(found) == (sum(range(first, 11)), 55, passes, True)


def test_exactly_the_threshold_is_not_more():
    row, one = weights(4, 3, 1), counts(1, 1, 1)
    assert chosen(select_row_by_weight(row, one, 32_767, buckets=3)) == [0, 1]
    assert chosen(select_row_by_weight(weights(4, 2, 2), one, 32_767, buckets=3)) == [0]
    assert chosen(select_row_by_weight(weights(4, 2, 2), one, 32_768, buckets=3)) == [0, 1, 2]


def test_the_last_bucket_is_no_early_exit():
    found = select_row_by_weight(weights(9, 0, 1), counts(1, 1, 1), 65_000, buckets=2)
    assert (chosen(found), *reported(found)) == ([0, 1, 2], 10, 10, 3, False)
    found = select_row_by_weight(weights(9, 0, 1), counts(1, 1, 1), 5, buckets=1)
    assert (chosen(found), *reported(found)) == ([0, 1, 2], 10, 10, 2, False)


def test_what_has_no_count_neither_counts_nor_cuts():
    """Bucket 0 reaches from 4 to 3, whatever the clusters without a count weigh."""
    row, token_count = weights(50_000, 4, 3, 2, 1, 0), counts(0, 1, 1, 1, 1, 0)
    found = select_row_by_weight(row, token_count, 0, buckets=2)
    assert chosen(found) == [1, 2]


def test_weights_are_cut_in_mode_exp_too():
    """Octaves 0, 1, 2, 3 down weigh 8, 4, 2, 1: cut from 8 to 1 in two, 8 and 4.5 are the edges."""
    scores, one = bf16(0, -OCTAVE, -2 * OCTAVE, -3 * OCTAVE), counts(1, 1, 1, 1)
    unit = 2**35 // 8
    found = select_row(scores, one, 0, PLAIN, buckets=2)
    assert (chosen(found), *reported(found)) == ([0], 8 * unit, 15 * unit, 2, True)
    found = select_row(scores, one, 65_536 * 8 // 15 + 1, PLAIN, buckets=2)
    assert (chosen(found), *reported(found)) == ([0, 1, 2, 3], 15 * unit, 15 * unit, 3, False)


def test_keys_are_cut_over_sixteen_octaves():
    """With 16 buckets an octave each; at an edge the lower bucket begins."""
    scores = bf16(0, -OCTAVE + 1 / 32, -OCTAVE, -15 * OCTAVE, -16 * OCTAVE, -20 * OCTAVE)
    heavy = counts(1, 1, 1, 1, 60_000, 60_000)
    for TH, last, passes in ((0, 1, 2), (36_000, 2, 3), (50_000, 5, 17)):
        found = select_row(scores, heavy, TH, PLAIN, buckets=16, axis="logit")
        assert chosen(found) == list(range(last + 1))
        assert (found.passes, found.early_exit) == (passes, passes < 17)


def test_weights_made_elsewhere_have_no_axis():
    """D51: a weight is cut as it is in every build."""
    assert "axis" not in select_row_by_weight.__kwdefaults__


@pytest.mark.parametrize("axis", AXES)
def test_rows_without_a_threshold_are_those_of_the_exact_selection(axis):
    full = np.full(17, 65_535, np.int64)
    for scores, token_count, TH in (
        (bf16(5, 2000), counts(1, 1), None),
        (bf16(5, 2000), counts(0, 0), 5),
        (bf16(), counts(), 5),
        (bf16(np.nan, 5), counts(1, 0), 5),
        (bf16(*[2000] * 17), full, 5),
    ):
        found = select_row(scores, token_count, TH, PLAIN, axis=axis)
        exact = wicsum_integer.select_row(scores, token_count, TH, PLAIN)
        assert chosen(found) == chosen(exact)
        assert (found.error, found.saturated) == (exact.error, exact.saturated)
        assert reported(found) == (0, 0, 1, False)
    found = select_row_by_weight(weights(0, 0), counts(1, 1), 7)
    assert (chosen(found), *reported(found)) == ([], 0, 0, 1, False)


# -- against the exact selection -------------------------------------------------------------------


@st.composite
def rows(draw):
    """Scores and token counts of a row that has a threshold to be found."""
    size = draw(st.integers(1, 14))
    value = st.one_of(st.floats(-60, 60), st.sampled_from([0.0, 8.0, 300.0, -200.0, 1e4, -1e4]))
    scores = bf16(*draw(st.lists(value, min_size=size, max_size=size)))
    count = st.sampled_from([0, 0, 1, 2, 17, 60_000])
    token_count = draw(st.lists(count, min_size=size, max_size=size).filter(any))
    return scores, counts(*token_count)


THRESHOLDS = st.one_of(st.sampled_from([0, 1, 19_661, 65_535]), st.integers(0, 65_535))
BUCKETS = st.sampled_from([1, 2, 3, 7, 20, 64, 128])


@given(rows(), THRESHOLDS, BUCKETS, st.sampled_from(AXES))
def test_at_least_the_exact_selection_and_its_mass(row, TH, buckets, axis):
    scores, token_count = row
    exact = wicsum_integer.select_row(scores, token_count, TH, PLAIN)
    found = select_row(scores, token_count, TH, PLAIN, buckets=buckets, axis=axis)
    if exact.error:
        return
    assert found.selected[exact.selected].all()
    assert not found.selected[token_count == 0].any()
    assert found.total == exact.total
    assert 2**16 * found.mass > TH * found.total
    assert 2 <= found.passes <= 1 + buckets
    assert found.early_exit == (found.passes < 1 + buckets)


@given(rows(), THRESHOLDS, BUCKETS, st.sampled_from(AXES))
def test_a_bucket_less_would_not_have_been_enough(row, TH, buckets, axis):
    """Buckets by fractions: what is selected is whole buckets, and no more than needed."""
    scores, token_count = row
    weighed = wicsum_integer.weigh(scores, token_count, PLAIN)
    found = select_row(scores, token_count, TH, PLAIN, buckets=buckets, axis=axis)
    if found.error:
        return
    values = weighed.keys if axis == "logit" else weighed.weights
    inside = [v for v, count in zip(values, token_count, strict=True) if count]
    low = max(inside) - 4_095 if axis == "logit" else min(inside)
    step = Fraction(max(inside) - low, buckets) // 1 + 1
    places = [min(int((max(inside) - v) / step), buckets - 1) for v in inside]
    masses = [m for m, count in zip(weighed.masses, token_count, strict=True) if count]
    gone = found.passes - 1
    taken = [place < gone for place in places]
    assert found.selected[token_count > 0].tolist() == taken
    less = sum(m for m, place in zip(masses, places, strict=True) if place < gone - 1)
    assert 2**16 * less <= TH * found.total


@given(st.data(), THRESHOLDS)
def test_equal_to_the_exact_selection_where_each_bucket_holds_one_cluster(data, TH):
    distinct = data.draw(st.lists(st.integers(0, 100), min_size=1, max_size=20, unique=True))
    row = weights(*(600 * n + 1 for n in distinct))
    token_count = counts(*(n % 7 + 1 for n in distinct))
    exact = wicsum_integer.select_row_by_weight(row, token_count, TH)
    found = select_row_by_weight(row, token_count, TH, buckets=128)
    assert (max(row) - min(row)) // 128 + 1 < 600
    assert chosen(found) == chosen(exact)
    assert (found.mass, found.total) == (exact.mass, exact.total)


def test_ties_are_selected_together():
    """The exact selection cuts them, a bucket cannot."""
    row, one = weights(7, 7, 7, 1), counts(1, 1, 1, 1)
    assert chosen(wicsum_integer.select_row_by_weight(row, one, 0)) == [0]
    assert chosen(select_row_by_weight(row, one, 0, buckets=128)) == [0, 1, 2]


def test_linear_buckets_select_too_much_where_logit_buckets_do_not(seed):
    """Log-normal weights, threshold 0.8: most of the mass is in the lowest of 20 linear buckets.

    Over twenty rows: linear ones select 3.2 times what is needed, with a deviation of 0.17, the
    others 1.08 times, with one of 0.01; a single row may have its threshold at an edge.
    """
    rng = np.random.default_rng(seed)
    linear, logit = [], []
    for _ in range(20):
        scores, token_count = bf16(*(OCTAVE * rng.normal(0, 2, 600))), rng.integers(1, 20, 600)
        exact = wicsum_integer.select_row(scores, token_count, 52_429, PLAIN).selected.sum()
        coarse = select_row(scores, token_count, 52_429, PLAIN)
        fine = select_row(scores, token_count, 52_429, PLAIN, buckets=64, axis="logit")
        linear.append(coarse.selected.sum() / exact)
        logit.append(fine.selected.sum() / exact)
    assert min(linear + logit) >= 1
    assert np.mean(linear) > 2
    assert np.mean(logit) < 1.2


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"buckets": 0}, ValueError, "buckets must be between 1 and 128, not 0"),
        ({"buckets": 129}, ValueError, "buckets must be between 1 and 128, not 129"),
        ({"buckets": 2.0}, TypeError, "buckets must be an integer, not"),
        ({"axis": "log"}, ValueError, "axis must be one of 'linear', 'logit', not 'log'"),
        ({"axis": 1}, TypeError, "axis must be one of .linear., .logit., not int"),
        ({"TH": 65_536}, ValueError, "TH must be between 0 and 65535, not 65536"),
        ({"scores": np.zeros(2)}, TypeError, "scores must be a bfloat16 array, not float64"),
    ],
)
def test_bad_arguments_are_refused(change, error, message):
    good = {"scores": bf16(1, 2), "token_count": counts(1, 1), "TH": 1, "scale": PLAIN}
    with pytest.raises(error, match=message):
        select_row(**good | change)
    if "buckets" in change:
        with pytest.raises(error, match=message):
            select_row_by_weight(weights(1), counts(1), 5, **change)


def test_the_module_is_exported():
    import resv

    assert resv.wicsum_buckets is wicsum_buckets
