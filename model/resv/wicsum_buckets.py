"""WiCSum by whole buckets, as in the paper's hardware (D51 to D53). The control's golden model.

Plain Python integers, like ``resv.wicsum_integer``, whose keys, weights and rules for rows without
a threshold it shares.
"""

from collections.abc import Callable
from functools import partial

import ml_dtypes
import numpy as np
from numpy.typing import NDArray

from resv import checks, wicsum_integer
from resv.wicsum_integer import Found, Row, Weighed

AXES = ("linear", "logit")
"""What is cut into buckets: weights, or keys."""

MOST_BUCKETS = 128

_LOGIT_RANGE = 16 * 2**8
"""Keys within 16 octaves (D51)."""


def select_row(
    scores: NDArray[ml_dtypes.bfloat16],
    token_count: NDArray[np.integer],
    TH: int | None,
    scale: float,
    *,
    buckets: int = 20,
    axis: str = "linear",
) -> Row:
    """The clusters that one row selects, from scores (mode ``exp``).

    Parameters
    ----------
    scores, token_count, TH, scale
        As in ``resv.wicsum_integer.select_row``.
    buckets : int
        1 to 128.
    axis : {"linear", "logit"}
        Cut weights between the smallest and the largest, or keys within 16 octaves of the largest.

    Returns
    -------
    Row
        Exact: hardware must match it bit for bit.

    Raises
    ------
    TypeError, ValueError
        If an argument is of a wrong kind, shape or range. NaN and infinity are no such error (D43).
    """
    checks.integer("buckets", buckets, 1, MOST_BUCKETS)
    checks.one_of("axis", axis, AXES)
    row = wicsum_integer.weigh(scores, token_count, scale)
    search = partial(_from_the_top, buckets=buckets, logit=axis == "logit")
    return wicsum_integer.decide(row, TH, search)


def select_row_by_weight(
    weights: NDArray[np.uint16],
    token_count: NDArray[np.integer],
    TH: int | None,
    *,
    buckets: int = 20,
) -> Row:
    """The clusters that one row selects, from weights made elsewhere (mode ``weight``).

    There is no axis: weights are cut as they are (D51).
    """
    checks.integer("buckets", buckets, 1, MOST_BUCKETS)
    row = wicsum_integer.weigh_weights(weights, token_count)
    return wicsum_integer.decide(row, TH, partial(_from_the_top, buckets=buckets, logit=False))


def _from_the_top(
    row: Weighed, passed: Callable[[int], bool], *, buckets: int, logit: bool
) -> Found:
    """Whole buckets, until their mass passes the threshold (D52)."""
    counted, masses = row.counted, row.masses
    values = np.array(row.keys if logit else row.weights, dtype=object)
    inside = values[counted]
    high = max(inside)
    low = high - (_LOGIT_RANGE - 1) if logit else min(inside)
    step = (high - low) // buckets + 1
    for gone in range(1, buckets + 1):
        selected = counted.copy()
        if gone < buckets:
            selected &= (values > high - gone * step).astype(bool)
        if passed(sum(masses[n] for n in np.flatnonzero(selected))):
            break
    return selected, 1 + gone, gone < buckets
