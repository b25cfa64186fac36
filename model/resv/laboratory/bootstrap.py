"""Paired differences over clips, seeds and blocks of frames, with an interval (D137)."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resv import checks

LEAST_BLOCKS = 5
"""With fewer blocks in all there is no interval: what is drawn would be nearly always the same."""

Blocks = NDArray[np.float64]
"""[blocks, 2]: sums of a difference over the rows of each block, and how many rows."""


@dataclass(frozen=True)
class Interval:
    """A mean difference and its 95 % interval.

    Attributes
    ----------
    mean, low, high : float
        ``low`` and ``high`` are NaN if there are too few blocks.
    clips, traces, blocks : int
        What it rests on; a trace is a clip with one seed.
    """

    mean: float
    low: float
    high: float
    clips: int
    traces: int
    blocks: int

    @property
    def verdict(self) -> str:
        """``lower`` or ``higher`` only if the interval excludes zero; else why not."""
        if np.isnan(self.low):
            return "too few blocks"
        if self.high < 0:
            return "lower"
        return "higher" if self.low > 0 else "open"


def bootstrap(
    clips: Mapping[str, Mapping[str, Blocks]], draws: int = 4_000, seed: int = 0
) -> Interval:
    """Mean over clips of the mean over seeds of the mean over rows, and its 95 % interval.

    Each draw takes as many clips as there are, with replacement; of each of them as many seeds as
    it has; of each of those as many blocks. Percentiles of the draws' means are the interval.
    Where there is one clip, or one seed, it says nothing about others.

    Parameters
    ----------
    clips : mapping of mapping of ndarray of float64 [blocks, 2]
        By clip and by seed: sums of the difference over a block's rows, and the number of rows.
    draws : int
        At least 100.
    seed : int

    Raises
    ------
    TypeError, ValueError
        If something is empty, of a wrong shape, or not finite, or a block has no rows.
    """
    checks.integer("draws", draws, 100)
    data = [_checked(name, seeds) for name, seeds in clips.items()]
    if not data:
        raise ValueError("clips must be at least one, not none")
    mean = float(np.mean([np.mean([_mean(blocks) for blocks in seeds]) for seeds in data]))
    traces = sum(map(len, data))
    blocks = sum(len(one) for seeds in data for one in seeds)
    low = high = float("nan")
    if blocks >= LEAST_BLOCKS:
        means = _drawn(data, draws, np.random.default_rng(seed))
        low, high = (float(x) for x in np.percentile(means, [2.5, 97.5]))
    return Interval(mean, low, high, len(data), traces, blocks)


def _drawn(data: list[list[Blocks]], draws: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """The mean of each draw."""
    total = np.zeros(draws)
    for _ in data:
        chosen = rng.integers(0, len(data), draws)
        for number, seeds in enumerate(data):
            which = np.flatnonzero(chosen == number)
            for _ in seeds:
                total[which] += _of_seeds(seeds, len(which), rng) / len(seeds)
    return total / len(data)


def _of_seeds(seeds: list[Blocks], count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """For so many draws the mean of one seed's blocks, drawn."""
    result, chosen = np.zeros(count), rng.integers(0, len(seeds), count)
    for number, blocks in enumerate(seeds):
        which = np.flatnonzero(chosen == number)
        sums = blocks[rng.integers(0, len(blocks), (len(which), len(blocks)))].sum(axis=1)
        result[which] = sums[:, 0] / sums[:, 1]
    return result


def _mean(blocks: Blocks) -> float:
    return float(blocks[:, 0].sum() / blocks[:, 1].sum())


def _checked(name: str, seeds: Mapping[str, Blocks]) -> list[Blocks]:
    if not seeds:
        raise ValueError(f"clip {name} must have at least one seed, not none")
    for seed, blocks in seeds.items():
        what = f"blocks of clip {name}, seed {seed}"
        checks.finite(what, checks.array(what, blocks, np.float64, ("blocks", 2)))
        if blocks[:, 1].min() <= 0:
            raise ValueError(f"{what} must have rows, not {blocks[:, 1].min():g}")
    return list(seeds.values())
