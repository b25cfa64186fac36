"""numerics: every rounding against exact fractions, and against nothing that NumPy computes."""

import math
import warnings
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resv import numerics, to_bfloat16
from resv.numerics import BF16

EVERY_BF16 = np.arange(65_536, dtype=np.uint16).view(BF16)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # signalling NaNs are among them
    FINITE = EVERY_BF16[np.isfinite(EVERY_BF16.astype(np.float32))]
ASCENDING = sorted({Fraction(float(value)) for value in FINITE})
LARGEST = ASCENDING[-1]


def bits(value) -> int:
    return int(np.asarray(value, BF16).view(np.uint16))


def nearest_even(exact: Fraction) -> float:
    """BF16-RNE of an exact number, by its neighbours in the list of all BF16 numbers."""
    low = 0
    high = len(ASCENDING) - 1
    if abs(exact) >= LARGEST + (LARGEST - ASCENDING[-2]) / 2:
        return math.copysign(math.inf, exact)
    if abs(exact) >= LARGEST:
        return math.copysign(float(LARGEST), exact)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if ASCENDING[middle] <= exact else (low, middle)
    below, above = ASCENDING[low], ASCENDING[high]
    if exact - below != above - exact:
        return float(below if exact - below < above - exact else above)
    return float(below if bits(float(below)) % 2 == 0 else above)


finite_bf16 = st.integers(0, len(FINITE) - 1).map(lambda index: FINITE[index])
ordinary_bf16 = st.integers(0, 65_535).map(
    lambda pattern: EVERY_BF16[(pattern & 0x80FF) | 0x3F00]  # 0.5 to 2, both signs
)


def vectors(element):
    return st.integers(1, 24).flatmap(
        lambda d: st.tuples(*[st.lists(element, min_size=d, max_size=d) for _ in range(2)])
    )


# -- to_bfloat16 -----------------------------------------------------------------------------------


def test_every_bfloat16_number_stays_itself():
    for dtype in (np.float32, np.float64):
        assert np.array_equal(
            to_bfloat16(FINITE.astype(dtype)).view(np.uint16), FINITE.view(np.uint16)
        )


def test_ties_go_to_even():
    #  between 1 and 1 + 2^-7 (odd) the tie goes down, between it and 1 + 2^-6 up
    values = np.array([1 + 2**-8, 1 + 3 * 2**-8, -1 - 2**-8, -1 - 3 * 2**-8])
    assert to_bfloat16(values).tolist() == [1, 1 + 2**-6, -1, -1 - 2**-6]


def test_float64_is_rounded_once_and_not_by_way_of_float32():
    assert float(to_bfloat16(np.array([1 + 2**-8 + 2**-40]))[0]) == 1 + 2**-7


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (2.0**-133, 2.0**-133),  # the smallest subnormal
        (2.0**-134, 0.0),  # half of it: a tie, to even
        (2.0**-134 + 2.0**-180, 2.0**-133),
        (3 * 2.0**-134, 2.0**-132),
        (float(LARGEST), float(LARGEST)),
        (float(LARGEST) + 2.0**119, math.inf),  # half a step above: a tie, to even
        (math.nextafter(float(LARGEST) + 2.0**119, 0), float(LARGEST)),
        (1e300, math.inf),
        (-math.inf, -math.inf),
    ],
)
def test_the_ends_of_the_range(value, expected):
    assert float(to_bfloat16(np.array([value]))[0]) == expected


def test_the_first_number_that_is_infinite():
    assert numerics.round_to_bfloat16(np.array([2.0**128, -(2.0**128)])).tolist() == [
        math.inf,
        -math.inf,
    ]


def test_zero_keeps_its_sign_and_nan_stays_nan():
    zero, minus, nan = to_bfloat16(np.array([0.0, -0.0, math.nan]))
    assert bits(zero) == 0x0000
    assert bits(minus) == 0x8000
    assert math.isnan(float(nan))


@given(st.floats(allow_nan=False, allow_infinity=False, width=64))
def test_float64_rounds_like_exact_fractions(value):
    assert float(to_bfloat16(np.array([value]))[0]) == nearest_even(Fraction(value))


@given(finite_bf16, st.floats(-1.5, 1.5))
def test_numbers_near_a_bfloat16_number_round_like_exact_fractions(base, steps):
    value = float(base) * (1 + steps * 2.0**-8)
    assert float(to_bfloat16(np.array([value]))[0]) == nearest_even(Fraction(value))


def test_float16_and_float32_are_converted_and_bfloat16_copied():
    assert to_bfloat16(np.array([0.1], np.float16)).dtype == BF16
    assert to_bfloat16(np.ones((2, 3), np.float32)).shape == (2, 3)
    same = to_bfloat16(FINITE)
    assert np.array_equal(same.view(np.uint16), FINITE.view(np.uint16))
    assert not np.shares_memory(same, FINITE)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1.0], "values must be an array of floats, not list"),
        (np.array([1]), "values must be an array of floats, not of int64"),
        (np.array(["a"]), "values must be an array of floats, not of str32"),
    ],
)
def test_other_kinds_are_refused(values, message):
    with pytest.raises(TypeError, match=message):
        to_bfloat16(values)


# -- exact inner products --------------------------------------------------------------------------


def exact_dot(a, b) -> Fraction:
    return sum(
        (Fraction(float(x)) * Fraction(float(y)) for x, y in zip(a, b, strict=True)), Fraction()
    )


def check_dots(a, b):
    a, b = np.array([a], BF16), np.array([b], BF16)
    exact = exact_dot(a[0], b[0])
    assert numerics.positive_dot(a, b)[0, 0] == (exact > 0)
    score = numerics.dot(a, b)
    assert score.dtype == BF16
    once = float(exact)  # Python divides integers with one correct rounding
    assert float(score[0, 0]) == nearest_even(Fraction(once))


@given(vectors(finite_bf16))
def test_dots_of_any_bfloat16_numbers_are_exact(pair):
    check_dots(*pair)


@given(vectors(ordinary_bf16))
def test_dots_of_ordinary_numbers_are_exact(pair):
    check_dots(*pair)


@given(vectors(ordinary_bf16), st.sampled_from([0.0, 2.0**-80, -(2.0**-80), 2.0**-133]))
def test_sums_that_cancel_are_exact(pair, rest):
    """a.b - a.b + rest: the float64 sum in the order of a library is noise, or loses the rest."""
    a, b = pair
    check_dots([*a, *a, 1.0], [*b, *(-x for x in b), rest])


@given(vectors(ordinary_bf16), st.sampled_from([0.0, 2.0**-100, -(2.0**-100)]))
def test_sums_at_a_tie_between_two_bfloat16_numbers_are_exact(pair, rest):
    """(1 + 2^-8) + rest: what is far below float64's last place decides nothing after its rounding,
    and the terms that cancel must not decide either."""
    a, b = pair
    check_dots([*a, *a, 1.0, 1.0, 1.0], [*b, *(-x for x in b), 1.0, 2.0**-8, rest])


def test_a_sum_that_a_naive_loop_gets_wrong():
    a = np.array([[2.0**60, 1.0, -(2.0**60)]], BF16)
    b = np.ones((1, 3), BF16)
    naive = 0.0
    for x, y in zip(a[0].astype(float), b[0].astype(float), strict=True):
        naive += x * y
    assert naive == 0  # the 1 is lost
    assert numerics.positive_dot(a, b)[0, 0]
    assert float(numerics.dot(a, b)[0, 0]) == 1


def test_float64_rounding_comes_before_bfloat16_rounding():
    """1 + 2^-8 is a BF16 tie, 2^-60 above it vanishes in float64: the tie goes to even, to 1."""
    a = np.array([[1.0, 1.0, 1.0]], BF16)
    b = np.array([[1.0, 2.0**-8, 2.0**-60], [1.0, 2.0**-8, 2.0**-50]], BF16)
    assert numerics.dot(a, b).tolist() == [[1.0, 1 + 2**-7]]


def test_a_tie_that_the_float64_sum_misses():
    """2^60 + x - 2^60: summed from the left x is lost; the exact sum is a tie and one bit more."""
    a = np.array([[2.0**60, 1.0, 2.0**-8, 2.0**-20, -(2.0**60)]], BF16)
    assert float(numerics.dot(a, np.ones((1, 5), BF16))[0, 0]) == 1 + 2**-7


def test_sums_beyond_bfloat16_are_infinite_and_small_ones_zero():
    big, small = np.array([[2.0**127]], BF16), np.array([[2.0**-133]], BF16)
    assert float(numerics.dot(big, big)[0, 0]) == math.inf
    assert float(numerics.dot(-big, big)[0, 0]) == -math.inf
    assert bits(numerics.dot(small, small)[0, 0]) == 0x0000
    assert bits(numerics.dot(-small, small)[0, 0]) == 0x8000
    assert numerics.positive_dot(small, small)[0, 0]
    assert not numerics.positive_dot(-small, small)[0, 0]


def test_a_sum_of_zero_is_plus_zero():
    tiny = 2.0**-133  # the error interval of tiny - tiny is [-0, 0] in BF16
    a = np.array([[1.0, -1.0], [-0.0, -0.0], [tiny, -tiny]], BF16)
    assert numerics.dot(a, np.ones((1, 2), BF16)).view(np.uint16).tolist() == [[0], [0], [0]]
    assert not numerics.positive_dot(a, np.ones((1, 2), BF16)).any()


@given(st.randoms(use_true_random=False))
def test_the_order_of_the_terms_changes_nothing(random):
    rng = np.random.default_rng(random.getrandbits(32))
    a = to_bfloat16(rng.standard_normal((4, 64)))
    b = to_bfloat16(rng.standard_normal((3, 64)))
    a = np.concatenate([a, a, a], axis=1)
    b = np.concatenate([b, -b, to_bfloat16(b.astype(np.float64) * 2.0**-40)], axis=1)
    order = rng.permutation(a.shape[1])
    assert np.array_equal(numerics.dot(a, b), numerics.dot(a[:, order], b[:, order]))
    assert np.array_equal(
        numerics.positive_dot(a, b), numerics.positive_dot(a[:, order], b[:, order])
    )


# -- exp -------------------------------------------------------------------------------------------


@given(st.one_of(st.floats(-700, 0), st.floats(-1, 0)))
def test_exp_is_within_two_units_in_the_last_place(x):
    found = numerics.exp(np.array([x]))[0]
    with localcontext(prec=50):
        off = abs(Decimal(float(found)) - Decimal(x).exp())
        assert off <= 2 * Decimal(math.ulp(found))


def test_exp_at_its_ends():
    found = numerics.exp(np.array([0.0, -0.0, -745.0, -746.0, -1e308, -math.inf]))
    assert found.tolist() == [1.0, 1.0, 5e-324, 0.0, 0.0, 0.0]


def test_exp_gives_these_very_bits():
    """Not the platform's exponential: only correctly rounded operations, so the same everywhere."""
    found = [value.hex() for value in numerics.exp(np.array([-0.1, -10.0, -100.0])).tolist()]
    assert found == [
        "0x1.cf46d99d52b3ap-1",
        "0x1.7cd79b5647c9ap-15",  # the nearest number ends in 9b
        "0x1.a8c1f14e2af5dp-145",
    ]
