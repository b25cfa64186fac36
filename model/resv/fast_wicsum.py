"""The fast form of ``resv.wicsum`` and ``resv.wicsum_integer``. Same results, to the bit.

Rows are sorted once, as whole numbers; only the beginning of the order is summed. Where rounding
could change what the plain form decides, the plain form decides.
"""

import math
from functools import lru_cache

import ml_dtypes
import numpy as np
from numpy.typing import NDArray

from resv import numerics, wicsum, wicsum_integer
from resv.numerics import BF16

_PREFIX = 128  # clusters of the order that are looked at first
_DROPPED = 45  # of a float64's significand, to make it a BF16 number's
_HALF = (1 << (_DROPPED - 1)) - 1


def scores(
    q: NDArray[ml_dtypes.bfloat16], means: NDArray[np.float64], norms: NDArray[np.float64]
) -> NDArray[ml_dtypes.bfloat16]:
    """As ``resv.wicsum.scores``, from finite queries and the carried means and norms.

    Parameters
    ----------
    q : ndarray of bfloat16 [rows, d]
    means : ndarray of float64 [C, d]
        BF16 numbers.
    norms : ndarray of float64 [C]
        Their lengths.

    Returns
    -------
    ndarray of bfloat16 [rows, C]

    Raises
    ------
    ValueError
        If a score is beyond the largest BF16 number.
    """
    rows = q.astype(np.float64)
    sums = rows @ means.T
    # The bound of numerics._sums, with the product of the lengths for the sum of |terms|
    # (Cauchy-Schwarz); its reserve of two covers the rounding of the lengths.
    lengths = np.sqrt(np.square(rows).sum(axis=1))
    error = (q.shape[1] + 4) * 2.0**-52 * lengths[:, None] * norms
    low, high = sums - error, sums + error
    if not _ordinary(low, high):
        return wicsum.scores(q, means.astype(np.float32).astype(BF16))
    rounded = _rounded(low)
    undecided = rounded != _rounded(high)  # a change of sign is one too
    result = (rounded << _DROPPED).view(np.float64)
    for i, j in np.argwhere(undecided):
        exact = np.float64(math.fsum(rows[i] * means[j]) + 0.0)
        result[i, j] = numerics.round_to_bfloat16(exact)
    return result.astype(np.float32).astype(BF16)


def _ordinary(low: NDArray[np.float64], high: NDArray[np.float64]) -> bool:
    """Whether no end of an interval is beyond BF16's range, or too small to be normal there.

    An interval across zero is undecided anyway, and is summed exactly.
    """
    size = np.maximum(np.abs(low), np.abs(high))
    return bool(((size < 2.0**127) & (size > 2.0**-120)).all())


def _rounded(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """The upper bits of float64 numbers, rounded to nearest even: sign, exponent and 7 bits."""
    bits = values.view(np.int64)
    return (bits + (_HALF + ((bits >> _DROPPED) & 1))) >> _DROPPED


def select(
    scores: NDArray[ml_dtypes.bfloat16],
    token_count: NDArray[np.int64],
    TH: int | None,
    scale: float,
) -> NDArray[np.bool_]:
    """The second result of ``resv.wicsum.select``, for finite scores: bool [C]."""
    selected = np.zeros(scores.shape[1], bool)
    counted = np.flatnonzero(token_count)
    if TH is None or not counted.size:
        selected[counted] = True
        return selected
    inside = scores[:, counted]
    bits = inside.view(np.uint16)
    bits = np.where(bits == 0x8000, 0, bits)  # -0 and 0 tie
    rising = np.where(bits & 0x8000, ~bits, bits | 0x8000)
    order = in_order(0xFFFF - rising.astype(np.uint32))
    numbers = inside.astype(np.float64)
    largest = np.take_along_axis(numbers, order[:, :1], axis=1)
    mass = np.exp(scale * (numbers - largest)) * token_count[counted]
    S = mass.sum(axis=1)
    threshold = TH / 65_536 * S
    # Both forms add at most C numbers, and take an exponential within 2 units in the last place.
    slack = (4 * counted.size + 64) * 2.0**-53 * S
    last, certain = _last(mass, order, threshold, slack)
    for row in np.flatnonzero(~certain):
        selected |= wicsum.select_row(scores[row], token_count, TH, scale)
    _mark(selected, counted, order[certain], last[certain])
    return selected


def select_integer(
    scores: NDArray[ml_dtypes.bfloat16],
    token_count: NDArray[np.int64],
    TH: int | None,
    scale: float,
) -> NDArray[np.bool_]:
    """The second result of ``resv.wicsum_integer.select``, for finite scores: bool [C]."""
    selected = np.zeros(scores.shape[1], bool)
    counted = np.flatnonzero(token_count)
    counts = token_count[counted]
    if TH is None or not counted.size or counts.sum() > wicsum_integer.MAX_TOKENS:
        selected[counted] = True
        return selected
    t = keys(scale)[scores[:, counted].view(np.uint16)]
    mass = weights(t) * counts
    order = in_order((32_767 - t).astype(np.uint32))
    last, _ = _last(mass, order, limit(mass.sum(axis=1), TH), 0)
    _mark(selected, counted, order, last)
    return selected


def in_order(falling: NDArray[np.uint32]) -> NDArray[np.intp]:
    """Columns in the order of 16-bit numbers, ties to the lowest: one sort of number and column."""
    columns = np.arange(falling.shape[1], dtype=np.uint32)
    return (np.sort(falling << 16 | columns, axis=1) & 0xFFFF).astype(np.intp)


def _last(
    mass: NDArray, order: NDArray[np.intp], threshold: NDArray, slack: NDArray | int
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Where in the order each row's prefix ends, and whether rounding cannot change that."""
    columns = mass.shape[1]
    last = np.zeros(len(mass), np.intp)
    certain = np.zeros(len(mass), bool)
    open_rows = np.arange(len(mass))
    for width in dict.fromkeys((min(_PREFIX, columns), columns)):
        sums = np.cumsum(np.take_along_axis(mass[open_rows], order[open_rows, :width], 1), axis=1)
        limit = threshold[open_rows, None]
        more = sums > limit
        reached = more[:, -1]
        rows = open_rows[reached]
        last[rows] = more[reached].argmax(axis=1)
        gap = np.abs(sums[reached] - limit[reached]).min(axis=1)
        certain[rows] = gap >= (slack if np.isscalar(slack) else slack[rows])
        open_rows = open_rows[~reached]
    return last, certain


def _mark(
    selected: NDArray[np.bool_],
    counted: NDArray[np.intp],
    order: NDArray[np.intp],
    last: NDArray[np.intp],
) -> None:
    """Add each row's prefix to the selection."""
    if len(order):
        width = int(last.max()) + 1
        inside = np.arange(width) <= last[:, None]
        selected[counted[order[:, :width][inside]]] = True


def weights(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Weights (D41) from the keys of clusters with a count, int64 [rows, at least 1]."""
    octaves = (keys >> 8).max(axis=1, keepdims=True) - (keys >> 8)
    return np.where(octaves <= 24, _mantissas()[keys & 255] << np.maximum(24 - octaves, 0), 0)


def limit(S: NDArray[np.int64], TH: int) -> NDArray[np.int64]:
    """What a whole mass must exceed to fulfil D42, from the rows' sums.

    2^16 P > TH S is P > floor(TH S / 2^16) for whole P; S in two parts keeps TH S below 2^63.
    """
    return TH * (S >> 16) + (TH * (S & 0xFFFF) >> 16)


@lru_cache(maxsize=8)
def keys(scale: float) -> NDArray[np.int64]:
    """The key of every BF16 number by its bits; 0 for those that are not finite."""
    return np.clip(_unlimited(scale), -32_768, 32_767).astype(np.int64)


@lru_cache(maxsize=8)
def saturating(scale: float) -> NDArray[np.bool_]:
    """Whether its key saturates, of every BF16 number by its bits; no for those not finite."""
    return _unlimited(scale) != keys(scale)


def _unlimited(scale: float) -> NDArray[np.float64]:
    """Keys before they saturate."""
    K, k = wicsum_integer.kappa(scale)
    with np.errstate(invalid="ignore"):  # signalling NaN
        numbers = np.arange(65_536, dtype=np.uint32).astype(np.uint16).view(BF16).astype(float)
    return np.rint(np.where(np.isfinite(numbers), numbers, 0) * K * 2.0 ** (8 - k))


@lru_cache(maxsize=1)
def _mantissas() -> NDArray[np.int64]:
    return np.array(wicsum_integer.mantissas(), np.int64)
