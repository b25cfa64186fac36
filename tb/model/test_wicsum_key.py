"""wicsum_integer: the register, the keys and the table of mantissas (D40, D41)."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resv.numerics import BF16
from resv.wicsum_integer import kappa, key, mantissas

SCALE = 128**-0.5


def test_the_register_of_heads_of_128():
    assert kappa(SCALE) == (33_428, 18)


@given(st.floats(2.0**-16, 2.0**15))
def test_the_register_is_the_nearest(scale):
    K, k = kappa(scale)
    assert 2**15 <= K < 2**16
    assert 0 <= k <= 31
    exact = Fraction(scale * 1.4426950408889634)
    assert abs(Fraction(K, 2**k) - exact) <= Fraction(1, 2 ** (k + 1))


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_a_scale_beyond_the_register_is_refused(scale):
    with pytest.raises(
        ValueError, match=r"scale must be between 2\^-16 and 2\^16 / log2\(e\), not"
    ):
        kappa(scale)


@given(st.integers(0, 0xFFFF), st.integers(2**15, 2**16 - 1), st.integers(0, 31))
def test_a_key_is_the_exact_product_rounded_once(bits, K, k):
    score = float(np.uint16(bits).view(BF16))
    if not np.isfinite(score):
        return
    exact = Fraction(score) * K * Fraction(2**8, 2**k)
    rounded = round(exact)  # of a Fraction: to nearest even
    limited = max(-(2**15), min(2**15 - 1, rounded))
    assert key(score, K, k) == (limited, limited != rounded)


def test_scores_of_128_saturate_beyond_a_thousand():
    assert key(1000.0, *kappa(SCALE)) == (32_645, False)
    assert key(1008.0, *kappa(SCALE)) == (32_767, True)
    assert key(-1008.0, *kappa(SCALE)) == (-32_768, True)
    assert key(3e38, *kappa(SCALE)) == (32_767, True)


def test_the_table_has_12_bits_and_no_close_call():
    table = mantissas()
    assert (len(table), table[0], table[128], table[255]) == (256, 2048, 2896, 4085)
    for f, m in enumerate(table):  # (m - 1/2)^256 < 2^(f + 11 * 256) < (m + 1/2)^256
        assert (2 * m - 1) ** 256 < 2 ** (f + 12 * 256) < (2 * m + 1) ** 256
