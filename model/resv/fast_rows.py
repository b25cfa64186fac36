"""The fast form of ``resv.wicsum_integer`` row by row, with all that hardware reports.

Same results, to the bit; all rows of a chunk at once. ``resv.fast_wicsum`` gives only what they
select together, in less time.
"""

from dataclasses import dataclass

import ml_dtypes
import numpy as np
from numpy.typing import NDArray

from resv import fast_wicsum, wicsum_integer

_NOT_FINITE = 0x7F80  # the exponent of NaN and infinity


@dataclass(frozen=True)
class Rows:
    """The fields of ``wicsum_integer.Row``, one element a row.

    Attributes
    ----------
    selected : ndarray of bool [rows, C]
    error : list of str or None
    saturated, mass, total, passes : ndarray of int64 [rows]
    """

    selected: NDArray[np.bool_]
    error: list[str | None]
    saturated: NDArray[np.int64]
    mass: NDArray[np.int64]
    total: NDArray[np.int64]
    passes: NDArray[np.int64]


def select_rows(
    scores: NDArray[ml_dtypes.bfloat16],
    token_count: NDArray[np.int64],
    TH: int | None,
    scale: float,
) -> Rows:
    """As ``wicsum_integer.select_row`` for each row of ``scores``, bfloat16 [rows, C].

    Arguments are not checked.
    """
    bits = scores.view(np.uint16)
    finite = ((bits & _NOT_FINITE) != _NOT_FINITE).all(axis=1)
    saturated = fast_wicsum.saturating(scale)[bits].sum(axis=1) * finite
    t = fast_wicsum.keys(scale)[bits[:, token_count > 0]]
    weights = fast_wicsum.weights(t) if t.size else t
    return _rows(32_767 - t, weights, token_count, TH, finite, saturated)


def select_rows_by_weight(
    weights: NDArray[np.uint16], token_count: NDArray[np.int64], TH: int | None
) -> Rows:
    """As ``wicsum_integer.select_row_by_weight`` for each row of ``weights``, uint16 [rows, C].

    Arguments are not checked.
    """
    every = np.ones(len(weights), bool)
    inside = weights[:, token_count > 0].astype(np.int64)
    return _rows(65_535 - inside, inside, token_count, TH, every, np.zeros(len(weights), np.int64))


def _rows(
    falling: NDArray[np.int64],
    weights: NDArray[np.int64],
    token_count: NDArray[np.int64],
    TH: int | None,
    finite: NDArray[np.bool_],
    saturated: NDArray[np.int64],
) -> Rows:
    """D42 and D43; ``falling`` and ``weights`` are those of the clusters with a count."""
    counted = np.flatnonzero(token_count)
    count, clusters = len(finite), len(token_count)
    selected, nothing = np.zeros((count, clusters), bool), np.zeros(count, np.int64)
    found = Rows(selected, [None] * count, saturated, nothing, nothing.copy(), nothing + 1)
    many = int(token_count.sum()) > wicsum_integer.MAX_TOKENS
    for row in np.flatnonzero(~finite | many):
        found.error[row] = "too_many_tokens" if finite[row] else "not_finite"
    selected[np.ix_((~finite | many | (TH is None)), counted)] = True
    if many or TH is None or not counted.size:
        return found
    mass = weights * token_count[counted]
    S = mass.sum(axis=1)
    rows = np.flatnonzero(finite & (S > 0))
    order = fast_wicsum.in_order(falling[rows].astype(np.uint32))
    sums = np.cumsum(np.take_along_axis(mass[rows], order, axis=1), axis=1)
    more = sums > fast_wicsum.limit(S[rows], TH)[:, None]
    last = more.argmax(axis=1)
    prefix = np.arange(counted.size) <= last[:, None]
    inside = np.zeros(prefix.shape, bool)
    np.put_along_axis(inside, order, prefix, axis=1)
    selected[np.ix_(rows, counted)] = inside
    found.mass[rows] = sums[np.arange(len(rows)), last]
    found.total[rows] = S[rows]
    found.passes[rows] = 3
    return found
