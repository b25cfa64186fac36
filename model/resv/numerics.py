"""Arithmetic that gives the same bits on every machine (decisions D9, D17, D18, D19, D39).

Products of BF16 numbers are exact in float64: 8 x 8 significant bits, exponents from -266 to 255,
far from subnormal and infinite float64. Only their *sum* rounds, and its rounding depends on the
order of the terms, which a matrix library chooses by machine. So a matrix product is used only as
far as its worst-case error allows; what it cannot decide is summed again by ``math.fsum``, which is
the exact sum, rounded once.
"""

import math

import ml_dtypes
import numpy as np
from numpy.typing import NDArray

BF16 = np.dtype(ml_dtypes.bfloat16)
"""The dtype of queries, keys, values, mean keys and scores."""

_FLOATS = (np.float16, np.float32, np.float64)


def to_bfloat16(values: NDArray[np.floating]) -> NDArray[ml_dtypes.bfloat16]:
    """Round an array to BF16, to nearest, ties to even; the one conversion, asked for by name.

    Parameters
    ----------
    values : ndarray of float16, float32, float64 or bfloat16
        Any shape. Subnormals are kept, values beyond the largest BF16 number become infinite, NaN
        stays NaN.

    Returns
    -------
    ndarray of bfloat16
        Of the same shape. Each value is rounded once, float64 too.

    Raises
    ------
    TypeError
        If ``values`` is not an array of floats.

    Source: D39.
    """
    if not isinstance(values, np.ndarray):
        raise TypeError(f"values must be an array of floats, not {type(values).__name__}")
    if values.dtype == BF16:
        return values.copy()
    if values.dtype not in _FLOATS:
        raise TypeError(f"values must be an array of floats, not of {values.dtype.name}")
    return _as_bfloat16(round_to_bfloat16(values.astype(np.float64)))


def round_to_bfloat16(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """BF16-RNE of float64 numbers, still held in float64.

    A BF16 number has 8 significant bits and no exponent below -126: it is a whole number of steps
    of 2^(max(exponent, -126) - 7). Dividing and multiplying by a power of two is exact, ``rint``
    goes to even, and the whole number is even where the last bit of the BF16 number is 0.
    """
    _, exponent = np.frexp(values)  # values = m * 2^exponent, 0.5 <= |m| < 1
    step = np.ldexp(1.0, np.maximum(exponent - 1, -126) - 7)
    with np.errstate(over="ignore"):
        rounded = np.rint(values / step) * step
    return np.where(np.abs(rounded) >= 2.0**128, np.copysign(np.inf, values), rounded)


def positive_dot(a: NDArray, b: NDArray) -> NDArray[np.bool_]:
    """Whether the exact inner product of each row of ``a`` with each row of ``b`` is above 0 (D9).

    Parameters
    ----------
    a : ndarray of bfloat16 [M, d]
    b : ndarray of bfloat16 [N, d]
        Both finite.

    Returns
    -------
    ndarray of bool [M, N]
        Exact; a sum of zero gives False.
    """
    a, b = a.astype(np.float64), b.astype(np.float64)
    sums, error = _sums(a, b)
    for i, j in np.argwhere(np.abs(sums) <= error):
        sums[i, j] = math.fsum(a[i] * b[j])
    return sums > 0


def dot(a: NDArray, b: NDArray) -> NDArray[ml_dtypes.bfloat16]:
    """BF16-RNE(float64-RNE(inner product)) of each row of ``a`` with each row of ``b`` (D18).

    Both roundings are monotone, so where the two ends of the error interval round to the same BF16
    number the exact sum does too; elsewhere it is summed exactly.

    Parameters
    ----------
    a : ndarray of bfloat16 [M, d]
    b : ndarray of bfloat16 [N, d]
        Both finite.

    Returns
    -------
    ndarray of bfloat16 [M, N]
        Infinite where the sum rounds to a number beyond the largest BF16 one. A negative sum too
        small for BF16 is -0; a sum of zero is +0.
    """
    a, b = a.astype(np.float64), b.astype(np.float64)
    sums, error = _sums(a, b)
    low, high = round_to_bfloat16(sums - error), round_to_bfloat16(sums + error)
    undecided = (low != high) | (np.signbit(low) != np.signbit(high))
    for i, j in np.argwhere(undecided):
        low[i, j] = round_to_bfloat16(np.float64(math.fsum(a[i] * b[j]) + 0.0))
    return _as_bfloat16(low)


def exp(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """e^x for x <= 0, the same bits on every machine, within 2 units in the last place.

    NumPy's and C's exponentials differ in the last bit between processors, and with them could a
    selection (D20). This one uses nothing but correctly rounded operations: x = k ln 2 + r with
    |r| <= ln 2 / 2, the Taylor series of e^r to r^13 (the rest is below 2^-57), times 2^k.
    """
    x = np.maximum(x, -800.0)  # e^-800 is 0 in float64
    k = np.rint(x * 1.4426950408889634)
    r = (x - k * _LN2_HIGH) - k * _LN2_LOW
    series = np.ones_like(r)
    for n in range(13, 0, -1):
        series = 1.0 + r * series / n
    return np.ldexp(series, k.astype(np.int64))


_LN2_HIGH = float.fromhex("0x1.62e42fefa0000p-1")  # 36 bits: its product with k is exact
_LN2_LOW = float.fromhex("0x1.cf79abc9e3b3ap-40")  # ln 2 - _LN2_HIGH


def _sums(a: NDArray[np.float64], b: NDArray[np.float64]) -> tuple[NDArray, NDArray]:
    """``a @ b.T`` and a bound of its rounding error, entry by entry.

    d - 1 additions of exact terms in any order, with or without fused multiply-add, err by at most
    (d - 1) u / (1 - (d - 1) u) * sum |terms| with u = 2^-53 (Higham, Accuracy and Stability of
    Numerical Algorithms, section 4.2). Twice that and a little more also covers the rounding of the
    bound itself and of ``sums +- error``. It is 0 only if every term is 0, and then so is the sum.
    """
    sums = a @ b.T
    error = (a.shape[-1] + 4) * 2.0**-52 * (np.abs(a) @ np.abs(b).T)
    return sums, error


def _as_bfloat16(values: NDArray[np.float64]) -> NDArray[ml_dtypes.bfloat16]:
    """Store float64 numbers that already are BF16 numbers (exact, also by way of float32)."""
    return values.astype(np.float32).astype(BF16)
