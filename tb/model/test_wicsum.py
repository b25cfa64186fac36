"""wicsum: scores against exact fractions, selections by hand and against 60-digit decimals."""

from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from resv import Config, to_bfloat16, wicsum
from resv.numerics import BF16

HALF = 32_768
ALL = None


def chosen(scores, counts, TH, scale=1.0) -> list[int]:
    """Indices that a row of Python numbers selects."""
    row = np.array(scores, BF16)
    assert row.tolist() == list(scores), "the test's scores must be BF16 numbers"
    return np.flatnonzero(wicsum.select_row(row, np.array(counts, int), TH, scale)).tolist()


# -- by hand ---------------------------------------------------------------------------------------


def test_the_prefix_must_sum_to_more_than_the_threshold():
    """Four equal masses of 1, half of 4 is 2: two clusters sum to 2, which is not more."""
    assert chosen([0, 0, 0, 0], [1, 1, 1, 1], HALF) == [0, 1, 2]
    assert chosen([0, 0, 0, 0], [1, 1, 1, 1], HALF - 1) == [0, 1]


def test_counts_weigh_but_do_not_order():
    """Masses e^0 * 1 and e^-1 * 100, in that order: the heavy cluster still comes second."""
    assert chosen([-1, 0], [100, 1], 0) == [1]
    assert chosen([-1, 0], [100, 1], HALF) == [0, 1]
    assert chosen([-1, 0], [1, 100], HALF) == [1]


def test_a_row_by_hand():
    """Scores 2, 1, 0 with counts 1, 2, 4: masses 1, 0.7358, 0.5413; sum 2.2771.

    The prefixes reach 0.4391, 0.7623 and 1 of it: 28,780 and 49,956 in 2^-16.
    """
    row, counts = [0, 2, 1], [4, 1, 2]
    assert chosen(row, counts, 28_779) == [1]
    assert chosen(row, counts, 28_781) == [1, 2]
    assert chosen(row, counts, 49_955) == [1, 2]
    assert chosen(row, counts, 49_957) == [0, 1, 2]


def test_ties_go_to_the_lowest_index():
    assert chosen([0, 1, 1, 1], [5, 5, 5, 5], 0) == [1]
    assert chosen([0, 1, 1, 1], [5, 5, 5, 5], 20_000) == [1, 2]


def test_the_zeros_are_a_tie():
    assert chosen([-0.0, 0.0], [1, 1], 0) == [0]
    assert chosen([0.0, -0.0], [1, 1], 0) == [0]


def test_the_threshold_ratio_is_rounded_to_2_to_the_minus_16():
    """0.3 is 19,661 / 65,536: of a mass of 65,536 just 19,661 is not more, though above 0.3."""
    TH = Config(Th_r=0.3).TH
    assert chosen([1, 1], [19_661, 45_875], TH) == [0, 1]
    assert chosen([1, 1], [19_662, 45_874], TH) == [0]


def test_th_r_0_takes_the_first_of_the_order():
    assert chosen([-5, 3, 3, 7], [9, 9, 9, 0], Config(Th_r=0).TH) == [1]


def test_th_r_1_takes_every_cluster_with_a_count():
    assert chosen([-5, 3, -(2.0**100), 7], [9, 0, 1, 2], Config(Th_r=1).TH) == [0, 2, 3]


def test_the_largest_register_still_leaves_out_what_weighs_nothing():
    assert chosen([0, -(2.0**100)], [1, 65_535], 65_535) == [0]
    assert chosen([0, -1], [1, 1], 65_535) == [0, 1]


def test_a_cluster_without_a_count_is_never_selected_and_sets_no_maximum():
    """If the score 2^20 counted for the maximum, all masses would be 0."""
    assert chosen([0, -1, 2.0**20], [1, 1, 0], HALF) == [0]
    assert chosen([0, -1, 2.0**20], [1, 1, 0], ALL) == [0, 1]


@pytest.mark.parametrize("TH", [0, HALF, 65_535, ALL])
def test_without_counts_nothing_is_selected(TH):
    assert chosen([3, 1], [0, 0], TH) == []
    assert chosen([], [], TH) == []


def test_the_scale_sharpens():
    """Masses 1 and e^(-scale): the first alone is more than 0.75 of both if e^-scale < 1/3."""
    assert chosen([1, 0], [1, 1], 49_152, scale=1.0) == [0, 1]
    assert chosen([1, 0], [1, 1], 49_152, scale=1.2) == [0]


def test_huge_scores_are_no_trouble():
    assert chosen([2.0**127, -(2.0**127)], [1, 1], HALF) == [0]
    assert chosen([-(2.0**127), -(2.0**127)], [1, 1], HALF) == [0, 1]


# -- against decimals ------------------------------------------------------------------------------

small_scores = st.one_of(st.sampled_from([-2.0, -1.0, 0.0, 1.0]), st.integers(-400, 40)).map(
    lambda number: float(to_bfloat16(np.array([number / 8]))[0])
)
rows = st.lists(st.tuples(small_scores, st.integers(0, 50)), max_size=12)


def by_decimals(row, TH, scale) -> list[int]:
    """D19 and D20 with 60 digits; rows that float64 may decide either way are not asked for."""
    with localcontext(prec=60):
        counted = [(score, index, n) for index, (score, n) in enumerate(row) if n > 0]
        if not counted:
            return []
        largest = max(score for score, _, _ in counted)
        ordered = sorted(counted, key=lambda entry: (-entry[0], entry[1]))
        masses = [(Decimal(scale) * Decimal(s - largest)).exp() * n for s, _, n in ordered]
        total = sum(masses)
        running, taken = Decimal(0), []
        for mass, (_, index, _) in zip(masses, ordered, strict=True):
            running += mass
            taken.append(index)
            if TH is not None:
                margin = 65_536 * running - TH * total
                assume(margin == 0 or abs(margin) > Decimal("1e-9") * total)
                if margin > 0:
                    break
        return sorted(taken)


@given(rows, st.one_of(st.none(), st.integers(0, 65_535)), st.sampled_from([1.0, 0.125, 0.3]))
def test_rows_select_like_decimals(row, TH, scale):
    scores, counts = [s for s, _ in row], [n for _, n in row]
    assert chosen(scores, counts, TH, scale) == by_decimals(row, TH, scale)


@given(rows, st.integers(0, 65_535), st.integers(0, 65_535))
def test_a_higher_threshold_never_selects_less(row, one, other):
    scores, counts = [s for s, _ in row], [n for _, n in row]
    low, high = sorted([one, other])
    sets = [set(chosen(scores, counts, TH)) for TH in (0, low, high, ALL)]
    assert sets[0] <= sets[1] <= sets[2] <= sets[3]
    assert len(sets[0]) == any(counts)


@given(rows, st.integers(0, 65_535), st.randoms(use_true_random=False))
def test_the_place_of_a_cluster_matters_only_for_ties(row, TH, random):
    assume(len({score for score, _ in row}) == len(row))
    order = random.sample(range(len(row)), len(row))
    moved = [row[index] for index in order]
    first = chosen([s for s, _ in row], [n for _, n in row], TH)
    second = chosen([s for s, _ in moved], [n for _, n in moved], TH)
    assert first == sorted(order[index] for index in second)


# -- rows, scores, errors --------------------------------------------------------------------------


def test_the_or_of_the_rows_is_the_selection():
    scores = np.array([[3, 0, 0, 1], [0, 3, 0, 1]], BF16)
    by_row, selected = wicsum.select(scores, np.array([1, 1, 1, 0]), HALF, 1.0)
    assert by_row.tolist() == [[True, False, False, False], [False, True, False, False]]
    assert selected.tolist() == [True, True, False, False]


@given(st.integers(0, 2**32 - 1))
def test_every_row_selects_as_it_does_alone(seed):
    rng = np.random.default_rng(seed)
    scores = to_bfloat16(rng.standard_normal((4, 9)) * 20)
    counts = rng.integers(0, 4, 9)
    by_row, selected = wicsum.select(scores, counts, 19_661, 0.2)
    for mask, row in zip(by_row, scores, strict=True):
        assert np.array_equal(mask, wicsum.select_row(row, counts, 19_661, 0.2))
    assert selected.tolist() == [any(column) for column in by_row.T.tolist()]


def test_no_rows_select_nothing():
    by_row, selected = wicsum.select(np.zeros((0, 3), BF16), np.ones(3, int), HALF, 1.0)
    assert by_row.shape == (0, 3)
    assert not selected.any()


@given(st.integers(0, 2**32 - 1))
def test_scores_are_exact_sums_rounded_to_bfloat16(seed):
    rng = np.random.default_rng(seed)
    q, keys = (to_bfloat16(rng.standard_normal((n, 32))) for n in (3, 4))
    found = wicsum.scores(q, keys)
    assert found.dtype == BF16
    exact = [
        [
            float(sum(map(Fraction.__mul__, map(Fraction, a), map(Fraction, b))))
            for b in keys.tolist()
        ]
        for a in q.tolist()
    ]
    assert found.tolist() == to_bfloat16(np.array(exact)).tolist()


def test_scores_are_not_scaled():
    assert wicsum.scores(np.full((1, 4), 2, BF16), np.full((1, 4), 3, BF16)).tolist() == [[24]]


def test_scores_without_clusters_are_empty():
    assert wicsum.scores(np.ones((2, 4), BF16), np.ones((0, 4), BF16)).shape == (2, 0)


@pytest.mark.parametrize(
    ("q", "keys", "error", "message"),
    [
        (np.ones((1, 2), np.float32), None, TypeError, "q must be a bfloat16 array, not float32"),
        (np.ones((1, 3), BF16), None, ValueError, r"mean_keys must have shape \[any, 3\]"),
        (
            np.full((1, 2), np.nan, BF16),
            None,
            ValueError,
            r"q must be finite everywhere, not nan at \[0, 0\]",
        ),
        (
            np.full((1, 2), 2.0**127, BF16),
            np.full((1, 2), 2, BF16),
            ValueError,
            r"scores must be finite everywhere, not inf at \[0, 0\]",
        ),
    ],
)
def test_wrong_queries_and_keys_are_refused(q, keys, error, message):
    with pytest.raises(error, match=f"^{message}"):
        wicsum.scores(q, np.ones((1, 2), BF16) if keys is None else keys)


GOOD = {"scores": np.ones((1, 2), BF16), "token_count": np.ones(2, int), "TH": 0, "scale": 1.0}


@pytest.mark.parametrize(
    ("bad", "error", "message"),
    [
        ({"scores": np.ones((1, 2))}, TypeError, "scores must be a bfloat16 array, not float64"),
        ({"scores": np.full((1, 2), np.inf, BF16)}, ValueError, "scores must be finite everywhere"),
        ({"token_count": [1, 1]}, TypeError, "token_count must be an integer array, not list"),
        (
            {"token_count": np.ones(2)},
            TypeError,
            "token_count must be an integer array, not float64",
        ),
        ({"token_count": np.ones(3, int)}, ValueError, r"token_count must have shape \[2\]"),
        ({"token_count": np.array([1, -1])}, ValueError, "token_count must be at least 0, not -1"),
        ({"TH": 65_536}, ValueError, "TH must be between 0 and 65535, not 65536"),
        ({"TH": -1}, ValueError, "TH must be between 0 and 65535, not -1"),
        ({"TH": 0.3}, TypeError, "TH must be an integer, not float"),
        ({"scale": 0.0}, ValueError, r"scale must be above 0, not 0\.0"),
    ],
)
def test_wrong_rows_are_refused(bad, error, message):
    with pytest.raises(error, match=f"^{message}"):
        wicsum.select(**GOOD | bad)
    if "scores" in bad:
        bad = {"scores": bad["scores"][0]}
    with pytest.raises(error, match=f"^{message}"):
        wicsum.select_row(**GOOD | {"scores": GOOD["scores"][0]} | bad)
