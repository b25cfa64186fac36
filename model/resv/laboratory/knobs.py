"""The knob that brings a policy to a retrieval ratio (D134)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resv.laboratory.settings import TOLERANCE


@dataclass(frozen=True)
class Knob:
    """A setting, and what it gives.

    Attributes
    ----------
    value : float
    ratio : float
        Retrieval ratio at it.
    reached : bool
        Whether that is the ratio asked for, within `TOLERANCE`; else it is the nearest there is.
    """

    value: float
    ratio: float
    reached: bool


def find(entries: NDArray[np.float64], ratio: float) -> Knob:
    """The knob, 0 or more, whose retrieval ratio is nearest; the smaller of two.

    Entries say at which knob every token comes in, so nothing has to be tried: the ratio at a knob
    is a count, and its steps are known.

    Parameters
    ----------
    entries : ndarray of float64 [N], ascending
        Of all far tokens that the ratio is over, at least one; 0 or more.
    ratio : float
        Above 0, below 1.
    """
    total = len(entries)
    above = entries[min(max(int(np.ceil(ratio * total)), 1), total) - 1]
    start = np.searchsorted(entries, above)
    below = entries[start - 1] if start else 0.0
    candidates = [float(below), float(above)]
    ratios = [np.searchsorted(entries, knob, side="right") / total for knob in candidates]
    best = min(range(2), key=lambda n: (abs(ratios[n] - ratio), candidates[n]))
    reached = abs(ratios[best] - ratio) <= TOLERANCE
    return Knob(candidates[best], float(ratios[best]), bool(reached))
