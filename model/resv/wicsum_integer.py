"""WiCSum with whole numbers, as hardware does it (D40 to D43). Golden model of the WTU.

Plain Python integers, entry by entry; ``resv.fast_wicsum`` is the quick form of the same.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import ml_dtypes
import numpy as np
from numpy.typing import NDArray

from resv import checks
from resv.numerics import BF16

MAX_TOKENS = 2**20
"""Largest sum of ``token_count`` in a row (D42)."""

MAX_COUNT = 65_535
"""Largest ``token_count`` of a cluster (D42)."""

_LARGEST_KEY = 2**15 - 1
_OCTAVES = 24  # below the largest; what is further down weighs nothing (D41)
_LOG2_E = 1.4426950408889634


@dataclass(frozen=True)
class Row:
    """What one row selects, and what hardware reports of it (D46).

    Attributes
    ----------
    selected : ndarray of bool [C]
    error : str or None
        ``not_finite`` or ``too_many_tokens``: then all clusters with a count are selected (D43).
    saturated : int
        Scores whose key saturated (D40); 0 if a score is not finite.
    mass : int
        Sum over the selected clusters, in the units of D41; below 2^56.
    total : int
        The row's S, the sum over all clusters. Both are 0 if there was no threshold to be found.
    passes : int
        How often entries are looked at to find the threshold: 3, or 1 if there is none.
    early_exit : bool
        The threshold was passed before the last bucket (D53); False here.
    """

    selected: NDArray[np.bool_]
    error: str | None = None
    saturated: int = 0
    mass: int = 0
    total: int = 0
    passes: int = 1
    early_exit: bool = False


@dataclass(frozen=True)
class Weighed:
    """A row's clusters in whole numbers.

    Attributes
    ----------
    keys : list of int
        What orders them (D40).
    weights : list of int
        Of a token (D41); 0 for a cluster above all that have a count.
    counts : list of int
        Far tokens.
    saturated : int
        Keys that saturated.
    """

    keys: list[int]
    weights: list[int]
    counts: list[int]
    saturated: int

    @property
    def counted(self) -> NDArray[np.bool_]:
        """Clusters with a count, bool [C]."""
        return np.array(self.counts) > 0

    @property
    def masses(self) -> list[int]:
        """Weight times count (D41)."""
        return [w * n for w, n in zip(self.weights, self.counts, strict=True)]


Found = tuple[NDArray[np.bool_], int, bool]
"""What is selected, the passes that took, and whether it was an early exit."""

Search = Callable[[Weighed, Callable[[int], bool]], Found]
"""Finds it, given what tells whether a mass is more than the threshold."""


def kappa(scale: float) -> tuple[int, int]:
    """The register of D40: K and k with K * 2^-k nearest to ``scale`` * log2(e).

    Raises
    ------
    TypeError, ValueError
        If ``scale`` is no number, not above 0, or beyond what k of 0 to 31 can hold.
    """
    if checks.real("scale", scale) <= 0:
        raise ValueError(f"scale must be above 0, not {scale}")
    mantissa, exponent = math.frexp(scale * _LOG2_E)  # mantissa in [0.5, 1)
    K, k = round(mantissa * 2**16), 16 - exponent
    if K == 2**16:
        K, k = 2**15, k - 1
    if not 0 <= k <= 31:
        raise ValueError(f"scale must be between 2^-16 and 2^16 / log2(e), not {scale}")
    return K, k


def key(score: float, K: int, k: int) -> tuple[int, bool]:
    """The key of one finite BF16 score, and whether it saturated (D40).

    The product of an 8-bit and a 16-bit significand is exact in float64, and so is its scaling by a
    power of two; Python's ``round`` goes to even.
    """
    exact = math.ldexp(float(score) * K, 8 - k)
    if abs(exact) > 2 * _LARGEST_KEY:  # before it is made a whole number of any size
        return (_LARGEST_KEY if exact > 0 else -_LARGEST_KEY - 1), True
    rounded = round(exact)
    limited = max(-_LARGEST_KEY - 1, min(_LARGEST_KEY, rounded))
    return limited, limited != rounded


@cache
def mantissas() -> tuple[int, ...]:
    """The table m of D41: RNE(2^(f/256) * 2^11) for f from 0 to 255.

    No entry lies near the middle between two whole numbers, so any exponential gives these.
    """
    return tuple(round(2.0 ** (f / 256) * 2**11) for f in range(256))


def select_row(
    scores: NDArray[ml_dtypes.bfloat16],
    token_count: NDArray[np.integer],
    TH: int | None,
    scale: float,
) -> Row:
    """The clusters that one row selects, from scores (mode ``exp``).

    Parameters
    ----------
    scores : ndarray of bfloat16 [C]
    token_count : ndarray of integers [C]
        Far tokens of each cluster, 0 to 65,535.
    TH : int or None
        Threshold register, 0 to 65,535; None is "all" (``Config.TH``).
    scale : float
        The model's attention scale (D19), put into the register of D40.

    Returns
    -------
    Row
        Exact: hardware must match it bit for bit.

    Raises
    ------
    TypeError, ValueError
        If an argument is of a wrong kind, shape or range. NaN and infinity are no such error (D43).
    """
    return decide(weigh(scores, token_count, scale), TH, _prefix)


def select_row_by_weight(
    weights: NDArray[np.uint16], token_count: NDArray[np.integer], TH: int | None
) -> Row:
    """The clusters that one row selects, from weights made elsewhere (mode ``weight``).

    Parameters
    ----------
    weights : ndarray of uint16 [C]
        Key and weight at once (D41).
    token_count, TH
        As in ``select_row``.

    Returns
    -------
    Row
    """
    return decide(weigh_weights(weights, token_count), TH, _prefix)


def select(
    scores: NDArray[ml_dtypes.bfloat16],
    token_count: NDArray[np.integer],
    TH: int | None,
    scale: float,
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """The clusters that each row selects, and those that any row selects (D21).

    Arguments and results have the shapes of ``resv.wicsum.select``; rows go as in ``select_row``.
    """
    checks.array("scores", scores, BF16, (None, None))
    by_row = np.zeros(scores.shape, bool)
    for selected, row in zip(by_row, scores, strict=True):
        selected[:] = select_row(row, token_count, TH, scale).selected
    return by_row, by_row.any(axis=0)


def weigh(
    scores: NDArray[ml_dtypes.bfloat16], token_count: NDArray[np.integer], scale: float
) -> Weighed | Row:
    """Keys and weights of scores (D40, D41), or what is selected if one is no number (D43)."""
    checks.array("scores", scores, BF16, (None,))
    counts = _checked(token_count, len(scores))
    K, k = kappa(scale)
    numbers = scores.astype(np.float64)
    if not np.isfinite(numbers).all():
        return Row(np.array(counts) > 0, "not_finite")
    pairs = [key(score, K, k) for score in numbers]
    keys = [t for t, _ in pairs]
    saturated = sum(limited for _, limited in pairs)
    counted = [t >> 8 for t, count in zip(keys, counts, strict=True) if count]
    E = max(counted, default=0)
    weights = []
    for t in keys:
        octaves = E - (t >> 8)  # below 0 for a cluster without a count, which weighs nothing
        inside = 0 <= octaves <= _OCTAVES
        weights.append(mantissas()[t & 255] << (_OCTAVES - octaves) if inside else 0)
    return Weighed(keys, weights, counts, saturated)


def weigh_weights(weights: NDArray[np.uint16], token_count: NDArray[np.integer]) -> Weighed:
    """Weights made elsewhere, which are keys as they are (D41)."""
    checks.array("weights", weights, np.uint16, (None,))
    counts = _checked(token_count, len(weights))
    return Weighed(weights.tolist(), weights.tolist(), counts, 0)


def decide(row: Weighed | Row, TH: int | None, search: Search) -> Row:
    """What a row selects, where ``search`` finds the threshold if there is one to be found."""
    if TH is not None:
        checks.integer("TH", TH, 0, 65_535)
    if isinstance(row, Row):
        return row
    if sum(row.counts) > MAX_TOKENS:
        return Row(row.counted, "too_many_tokens", row.saturated)
    masses = row.masses
    S = sum(masses)
    if TH is None or S == 0:  # everything or nothing: no threshold to be found
        return Row(row.counted & (TH is None), None, row.saturated)
    selected, passes, early = search(row, lambda mass: 2**16 * mass > int(TH) * S)
    mass = sum(masses[n] for n in np.flatnonzero(selected))
    return Row(selected, None, row.saturated, mass, S, passes, early)


def _prefix(row: Weighed, passed: Callable[[int], bool]) -> Found:
    """The smallest prefix of the order that passes the threshold (D42)."""
    selected, masses, mass = np.zeros(len(row.keys), bool), row.masses, 0
    for n in sorted(np.flatnonzero(row.counted), key=lambda n: (-row.keys[n], n)):
        selected[n] = True
        mass += masses[n]
        if passed(mass):
            break
    return selected, 3, False


def _checked(token_count: NDArray[np.integer], clusters: int) -> list[int]:
    """The token counts as Python integers, checked."""
    checks.integers("token_count", token_count, (clusters,), 0, MAX_COUNT)
    return token_count.tolist()
