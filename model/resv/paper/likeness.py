"""Figure 7a: keys of the same place are alike from frame to frame."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from resv.paper.shown import Say, Shown
from resv.traces import Trace

LAGS = (1, 2, 4, 8, 16, 32)
"""Frames between two keys."""


def measure(trace: Trace, seed: int, say: Say) -> Shown:
    """Cosine of the keys of the n-th token of two frames, by the frames between them.

    Raises
    ------
    ValueError
        If the trace has fewer than two frames, or frames of different lengths.
    """
    del seed  # nothing is drawn
    rows, by_head = [], []
    for layer, kv_head in np.ndindex(trace.k.shape[:2]):
        say(f"keys of layer {layer}, KV head {kv_head}")
        keys = in_frames(trace, trace.k[layer, kv_head].astype(np.float64))
        centred = keys - keys.mean(axis=(0, 1))
        found = []
        for lag in (lag for lag in LAGS if lag < len(keys)):
            as_is, without = (_cosines(one, lag) for one in (keys, centred))
            low, high = np.percentile(as_is, [10, 90])
            numbers = [float(x) for x in (as_is.mean(), low, high, without.mean())]
            rows.append([layer, kv_head, lag, *numbers])
            found.append(numbers[0])
        by_head.append((f"{layer}.{kv_head}", found))
    first = np.mean([found[0] for _, found in by_head])
    last = np.mean([found[-1] for _, found in by_head])
    lag = rows[-1][2]

    def draw(axis: Any) -> None:
        for name, found in by_head:
            axis.plot(LAGS[: len(found)], found, "o-", linewidth=1.2, label=f"head {name}")
        axis.set(xlabel="frames between", ylabel="cosine of keys of the same place")
        axis.set_xscale("log", base=2)
        axis.set_xticks(LAGS, [str(lag) for lag in LAGS])

    return Shown(
        "7a, likeness of keys from frame to frame",
        ["layer", "kv_head", "lag_frames", "cosine", "low_10", "high_90", "cosine_centred"],
        rows,
        "keys of neighbouring frames are much alike, in space and time (no number restated)",
        f"mean cosine {first:.2f} from one frame to the next, {last:.2f} over {lag} frames",
        "keys of a random decoder: how much they have in common is set by the regime, not learned; "
        "the column without the mean key shows what is left of likeness then",
        draw,
    )


def in_frames(trace: Trace, keys: NDArray[np.float64]) -> NDArray[np.float64]:
    """Keys by frame: float64 [frames, tokens of one, d]."""
    numbers, counts = np.unique(trace.frame[trace.frame >= 0], return_counts=True)
    if len(numbers) < 2 or len(set(counts.tolist())) != 1:
        raise ValueError("trace must have two or more frames, all of as many tokens")
    return keys[trace.frame >= 0].reshape(len(numbers), counts[0], -1)


def _cosines(keys: NDArray[np.float64], lag: int) -> NDArray[np.float64]:
    one, other = keys[:-lag], keys[lag:]
    lengths = np.linalg.norm(one, axis=2) * np.linalg.norm(other, axis=2)
    products = (one * other).sum(axis=2)
    return np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0)
