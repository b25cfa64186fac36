"""Scores and WiCSum thresholding in float64 (section 5 of the specification, D18 to D21).

Source: V-Rex, section IV-C, Eq. 1 to 3. The paper sums raw scores; D19 puts softmax weights there.
"""

import ml_dtypes
import numpy as np
from numpy.typing import NDArray

from resv import checks, numerics
from resv.numerics import BF16


def scores(
    q: NDArray[ml_dtypes.bfloat16], mean_keys: NDArray[ml_dtypes.bfloat16]
) -> NDArray[ml_dtypes.bfloat16]:
    """Score of every row with every cluster, BF16-RNE(float64-RNE(q . Key_cluster)), unscaled.

    Parameters
    ----------
    q : ndarray of bfloat16 [rows, d]
        Queries after RoPE: the tokens of a chunk times the query heads of a KV head (D2).
    mean_keys : ndarray of bfloat16 [C, d]
        Key_cluster (D17).

    Returns
    -------
    ndarray of bfloat16 [rows, C]
        Exact (D18): hardware must match it bit for bit.

    Raises
    ------
    TypeError
        If an array is not of bfloat16 (D39).
    ValueError
        If the shapes do not fit, a number is NaN or infinite, or a score is beyond the largest
        BF16 number: softmax has no meaning there.
    """
    checks.finite("q", checks.array("q", q, BF16, (None, "d")))
    pattern = (None, q.shape[1])
    checks.finite("mean_keys", checks.array("mean_keys", mean_keys, BF16, pattern))
    return checks.finite("scores", numerics.dot(q, mean_keys))


def select_row(
    scores: NDArray[ml_dtypes.bfloat16],
    token_count: NDArray[np.integer],
    TH: int | None,
    scale: float,
) -> NDArray[np.bool_]:
    """The clusters that one row selects.

    Parameters
    ----------
    scores : ndarray of bfloat16 [C]
        The row of scores, finite.
    token_count : ndarray of integers [C]
        Far tokens of each cluster (D5), at least 0.
    TH : int or None
        Threshold register, RNE(2^16 * Th_r), 0 to 65,535; None is "all" (``Config.TH``).
    scale : float
        The model's attention scale, above 0 (D19).

    Returns
    -------
    ndarray of bool [C]
        The same on every machine: order, sums and even the exponential are fixed.

    Raises
    ------
    TypeError, ValueError
        If an argument is of a wrong kind, shape or range.
    """
    _check(scores[None] if isinstance(scores, np.ndarray) else scores, token_count, TH, scale)
    return _selected(scores.astype(np.float64), token_count, TH, scale)


def select(
    scores: NDArray[ml_dtypes.bfloat16],
    token_count: NDArray[np.integer],
    TH: int | None,
    scale: float,
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """The clusters that each row selects, and those that any row selects (D21).

    Parameters
    ----------
    scores : ndarray of bfloat16 [rows, C]
    token_count, TH, scale
        As in ``select_row``; the same for all rows.

    Returns
    -------
    by_row : ndarray of bool [rows, C]
    selected : ndarray of bool [C]
        The OR of the rows: the selection of the KV head.

    Raises
    ------
    TypeError, ValueError
        As ``select_row``.
    """
    _check(scores, token_count, TH, scale)
    by_row = np.zeros(scores.shape, bool)
    for selected, row in zip(by_row, scores.astype(np.float64), strict=True):
        selected[:] = _selected(row, token_count, TH, scale)
    return by_row, by_row.any(axis=0)


def _selected(
    scores: NDArray[np.float64], token_count: NDArray[np.integer], TH: int | None, scale: float
) -> NDArray[np.bool_]:
    """D19 and D20 for one row of checked arguments."""
    selected = np.zeros(len(scores), bool)
    counted = np.flatnonzero(token_count > 0)
    if not counted.size:
        return selected
    order = counted[np.argsort(-scores[counted], kind="stable")]  # ties to the lowest index
    largest = scores[order[0]]
    mass = numerics.exp(scale * (scores[order] - largest)) * token_count[order]
    prefix_sums = np.cumsum(mass)  # one after the other, in this order
    if TH is None:
        taken = len(order)
    else:
        threshold = TH / 65_536 * prefix_sums[-1]  # Eq. 2 of Eq. 1
        more = np.flatnonzero(prefix_sums > threshold)  # Eq. 3
        taken = more[0] + 1 if more.size else len(order)
    selected[order[:taken]] = True
    return selected


def _check(scores: NDArray, token_count: NDArray, TH: int | None, scale: float) -> None:
    checks.finite("scores", checks.array("scores", scores, BF16, (None, None)))
    checks.integers("token_count", token_count, (scores.shape[1],), 0)
    if TH is not None:
        checks.integer("TH", TH, 0, 65_535)
    if checks.real("scale", scale) <= 0:
        raise ValueError(f"scale must be above 0, not {scale}")
