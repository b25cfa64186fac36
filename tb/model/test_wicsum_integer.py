"""wicsum_integer: rows (D41 to D43), against exact fractions and by hand."""

from fractions import Fraction

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resv import wicsum_integer
from resv.numerics import BF16
from resv.wicsum_integer import kappa, key, mantissas, select, select_row, select_row_by_weight

SCALE = 128**-0.5


def bf16(*values):
    return np.array(values, np.float32).astype(BF16)


def counts(*values):
    return np.array(values, np.int64)


def chosen(row):
    return np.flatnonzero(row.selected).tolist()


# -- rows by hand ----------------------------------------------------------------------------------

OCTAVE = 8.0  # with this scale a score of 8 is one octave
PLAIN = 1 / (8 * 1.4426950408889634)


def test_mass_halves_with_each_octave():
    """Masses 8, 4, 2, 1 of 15: more than half is the first, more than 8/15 two."""
    scores, one = bf16(0, -OCTAVE, -2 * OCTAVE, -3 * OCTAVE), counts(1, 1, 1, 1)
    assert chosen(select_row(scores, one, 32_768, PLAIN)) == [0]
    assert chosen(select_row(scores, one, 65_536 * 8 // 15 + 1, PLAIN)) == [0, 1]
    assert chosen(select_row(scores, one, 65_535, PLAIN)) == [0, 1, 2, 3]
    assert chosen(select_row(scores, one, None, PLAIN)) == [0, 1, 2, 3]
    assert chosen(select_row(scores, one, 0, PLAIN)) == [0]


def test_exactly_the_threshold_is_not_more():
    """Two equal masses: half of the sum is not more than half."""
    assert chosen(select_row(bf16(1, 1), counts(5, 5), 32_768, PLAIN)) == [0, 1]
    assert chosen(select_row(bf16(1, 1), counts(5, 5), 32_767, PLAIN)) == [0]


def test_counts_weigh_but_do_not_order():
    scores = bf16(0, OCTAVE)
    assert chosen(select_row(scores, counts(3, 1), 26_215, PLAIN)) == [0, 1]  # 2 of 5 is not enough
    assert chosen(select_row(scores, counts(3, 1), 26_214, PLAIN)) == [1]


def test_a_cluster_without_a_count_is_not_even_the_largest():
    """24 octaves below the largest that counts still weighs; one that does not count is ignored."""
    scores = bf16(100 * OCTAVE, 0, -24 * OCTAVE, -25 * OCTAVE)
    row = select_row(scores, counts(0, 1, 1, 1), 65_535, PLAIN)
    assert chosen(row) == [1]
    assert chosen(select_row(scores, counts(0, 1, 65_535, 1), 65_000, PLAIN)) == [1]
    assert chosen(select_row(scores, counts(0, 1, 1, 1), None, PLAIN)) == [1, 2, 3]


def test_ties_and_signed_zeros_go_to_the_lowest_index():
    assert chosen(select_row(bf16(0, -0.0, 0, 0), counts(1, 1, 1, 1), 20_000, PLAIN)) == [0, 1]
    assert chosen(select_row(bf16(-0.0, 0), counts(1, 1), 0, PLAIN)) == [0]


@pytest.mark.parametrize("TH", [0, 1, 65_535, None])
def test_nothing_counted_selects_nothing(TH):
    assert chosen(select_row(bf16(1, 2), counts(0, 0), TH, SCALE)) == []
    assert chosen(select_row(bf16(), counts(), TH, SCALE)) == []


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_score_that_is_no_number_selects_all_that_counts(bad):
    for at in range(3):
        scores = bf16(5, 6, 7)
        scores[at] = bad
        row = select_row(scores, counts(1, 0, 1), 0, SCALE)
        assert (chosen(row), row.error) == ([0, 2], "not_finite")


def test_too_many_tokens_select_all_that_counts():
    full = np.full(17, 65_535, np.int64)
    full[16] = 16
    row = select_row(bf16(*range(17)), full, 0, SCALE)
    assert (chosen(row), row.error) == ([16], None)
    full[16] = 17
    row = select_row(bf16(*range(17)), full, 0, SCALE)
    assert (chosen(row), row.error) == (list(range(17)), "too_many_tokens")


def test_saturated_keys_are_counted_and_tie():
    row = select_row(bf16(2000, 3000, -5000, 1), counts(1, 1, 1, 1), 0, SCALE)
    assert (chosen(row), row.saturated) == ([0], 3)


def test_weights_made_elsewhere():
    weights = np.array([1, 7, 7, 65_535, 0], np.uint16)
    assert chosen(select_row_by_weight(weights, counts(1, 1, 1, 0, 1), 0)) == [1]
    assert chosen(select_row_by_weight(weights, counts(1, 1, 1, 0, 1), 33_000)) == [1, 2]
    assert chosen(select_row_by_weight(weights, counts(1, 1, 1, 0, 1), None)) == [0, 1, 2, 4]
    nothing = np.zeros(3, np.uint16)
    assert chosen(select_row_by_weight(nothing, counts(1, 1, 1), 65_535)) == []
    assert chosen(select_row_by_weight(nothing, counts(1, 0, 1), None)) == [0, 2]


# -- what is reported beside the selection ---------------------------------------------------------


def reported(row):
    return row.mass, row.total, row.passes


def test_masses_are_in_units_of_the_largest_octave():
    """An octave's weight is 2048 * 2^24 at its beginning; the last two are 24 and 25 below."""
    scores = bf16(0, -OCTAVE, -24 * OCTAVE, -25 * OCTAVE)
    unit = 2048 * 2**24
    row = select_row(scores, counts(1, 3, 2, 9), 0, PLAIN)
    assert reported(row) == (unit, unit + 3 * unit // 2 + 2 * 2048, 3)
    row = select_row(scores, counts(1, 3, 2, 9), 32_768, PLAIN)
    assert reported(row) == (unit + 3 * unit // 2, unit + 3 * unit // 2 + 2 * 2048, 3)


def test_masses_of_weights_are_products():
    weights = np.array([5, 7, 0, 65_535], np.uint16)
    row = select_row_by_weight(weights, counts(2, 3, 4, 0), 0)
    assert reported(row) == (21, 31, 3)
    row = select_row_by_weight(weights, counts(2, 3, 4, 0), 65_535)
    assert (chosen(row), *reported(row)) == ([0, 1], 31, 31, 3)


def test_the_largest_mass_of_the_format():
    full = np.full(17, 65_535, np.int64)
    full[16] = 16
    score = 255 / 256 * OCTAVE  # the mantissa's last entry, as octaves are 8 wide here
    row = select_row(bf16(*[score] * 17), full, 65_535, PLAIN)
    assert reported(row) == (4085 * 2**24 * 2**20, 4085 * 2**24 * 2**20, 3)
    assert row.total < 2**56


@pytest.mark.parametrize("kind", [np.uint16, np.int64])
def test_a_threshold_of_numpy_does_not_overflow(kind):
    """S is below 2^56; its product with TH fits no number of NumPy."""
    full = np.full(16, 65_535, np.int64)
    row = select_row(bf16(*[0] * 16), full, kind(65_535), SCALE)
    assert chosen(row) == list(range(16))


@pytest.mark.parametrize(
    ("scores", "token_count", "TH", "saturated"),
    [
        (bf16(5, 2000), counts(1, 1), None, 1),  # "all"
        (bf16(5, 2000), counts(0, 0), 5, 1),  # no mass
        (bf16(5, -2000), counts(0, 0), None, 1),
        (bf16(), counts(), 5, 0),
        (bf16(np.nan, 2000), counts(1, 1), 5, 0),
        (bf16(np.nan, *[2000] * 17), np.full(18, 65_535), 5, 0),
        (bf16(*[2000] * 17), np.full(17, 65_535), 5, 17),
        (bf16(*[2000] * 17), np.full(17, 65_535), None, 17),
    ],
)
def test_without_a_threshold_there_is_one_pass_and_no_mass(scores, token_count, TH, saturated):
    row = select_row(scores, token_count, TH, SCALE)
    assert (*reported(row), row.saturated) == (0, 0, 1, saturated)


def test_weights_of_zero_have_no_mass():
    row = select_row_by_weight(np.zeros(2, np.uint16), counts(1, 1), 0)
    assert (chosen(row), *reported(row)) == ([], 0, 0, 1)


def test_both_errors_at_once_are_the_first():
    row = select_row(bf16(np.inf, *[1] * 17), np.full(18, 65_535), 5, SCALE)
    assert (row.error, chosen(row)) == ("not_finite", list(range(18)))


# -- against exact fractions -----------------------------------------------------------------------


def reference(scores, token_count, TH, scale):
    """D40 to D42 with fractions: nothing is shifted, the weights are the real ones."""
    K, k = kappa(scale)
    keys = [key(float(score), K, k)[0] for score in scores]
    counted = [n for n in range(len(keys)) if token_count[n]]
    if not counted:
        return []
    E = max(keys[n] // 256 for n in counted)

    def mass(n):
        octaves = E - keys[n] // 256
        weight = Fraction(mantissas()[keys[n] % 256], 2**octaves) if octaves <= 24 else Fraction(0)
        return weight * int(token_count[n])

    order = sorted(counted, key=lambda n: (-keys[n], n))
    S = sum(map(mass, counted))
    for length in range(1, len(order) + 1):
        if sum(map(mass, order[:length])) > Fraction(TH, 2**16) * S:
            return sorted(order[:length])
    raise AssertionError("a prefix of all is more than a part")


@given(st.data())
def test_rows_are_those_of_exact_fractions(data):
    size = data.draw(st.integers(1, 12))
    value = st.one_of(st.floats(-60, 60), st.sampled_from([0.0, -0.0, 8.0, 1e4, -1e4, 2.0**-130]))
    scores = bf16(*data.draw(st.lists(value, min_size=size, max_size=size)))
    count = st.sampled_from([0, 0, 1, 2, 17, 65_535])
    token_count = counts(*data.draw(st.lists(count, min_size=size, max_size=size)))
    TH = data.draw(st.one_of(st.sampled_from([0, 1, 19_661, 65_535]), st.integers(0, 65_535)))
    scale = data.draw(st.sampled_from([SCALE, PLAIN, 1.0]))
    assert chosen(select_row(scores, token_count, TH, scale)) == reference(
        scores, token_count, TH, scale
    )


def test_rows_are_joined(seed):
    rng = np.random.default_rng(seed)
    scores = bf16(*rng.normal(0, 50, 40)).reshape(5, 8)
    token_count = rng.integers(0, 9, 8)
    by_row, selected = select(scores, token_count, 19_661, SCALE)
    rows = [select_row(row, token_count, 19_661, SCALE).selected for row in scores]
    assert (by_row == np.array(rows)).all()
    assert (selected == by_row.any(axis=0)).all()


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"scores": np.zeros(2)}, TypeError, "scores must be a bfloat16 array, not float64"),
        ({"token_count": np.zeros(2)}, TypeError, "token_count must be an integer array"),
        ({"token_count": counts(1)}, ValueError, r"token_count must have shape \[2\], not \[1\]"),
        ({"token_count": counts(1, -1)}, ValueError, "token_count must be between 0 and 65535"),
        ({"token_count": counts(1, 65_536)}, ValueError, "not 65536"),
        ({"TH": 65_536}, ValueError, "TH must be between 0 and 65535, not 65536"),
        ({"scale": 0}, ValueError, "scale must be above 0, not 0"),
    ],
)
def test_bad_arguments_are_refused(change, error, message):
    good = {"scores": bf16(1, 2), "token_count": counts(1, 1), "TH": 1, "scale": SCALE}
    with pytest.raises(error, match=message):
        select_row(**good | change)


def test_the_model_is_written_without_floating_point_sums():
    """Masses are Python integers: sums of any size are exact."""
    row = wicsum_integer.select_row(bf16(*[0] * 16), np.full(16, 65_535), 65_535, SCALE)
    assert chosen(row) == list(range(16))
    assert ml_dtypes.bfloat16 is BF16.type
