"""Figure 7b: the Hamming distance of hash words follows the cosine of keys."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from resv.config import Config
from resv.hashing import hash_bits, hyperplanes
from resv.paper.shown import Say, Shown
from resv.traces import Trace

WIDTHS = (16, 32, 64, 128)
PAIRS = 20_000
NEAR = 100
PAPER = 0.8
SINKS = Config().sink_tokens


def measure(trace: Trace, seed: int, say: Say) -> Shown:
    """Correlation of distance and cosine, its sign turned, over pairs of tokens that are drawn.

    Raises
    ------
    ValueError
        If there are too few tokens behind the sinks.
    """
    tokens, d = trace.k.shape[2:]
    if tokens < SINKS + 3:
        raise ValueError(f"trace must have more than {SINKS + 2} tokens, not {tokens}")
    planes = hyperplanes(max(WIDTHS), d)
    rows = []
    for layer, kv_head in np.ndindex(trace.k.shape[:2]):
        say(f"hash bits of layer {layer}, KV head {kv_head}")
        keys = trace.k[layer, kv_head]
        words, rng = hash_bits(keys, planes), np.random.default_rng((seed, layer, kv_head))
        for which, apart in (("all", tokens), ("near", NEAR)):
            pairs = _pairs(tokens, apart, rng)
            cosine = _cosine(keys.astype(np.float64), pairs)
            different = words[pairs[0]] ^ words[pairs[1]]
            for width in WIDTHS:
                distance = np.bitwise_count(different[:, : width // 8]).sum(axis=1, dtype=int)
                correlation = float(-np.corrcoef(cosine, distance)[0, 1])
                rows.append([layer, kv_head, width, which, correlation])

    def of(width: int, pairs: str) -> list[float]:
        return [row[4] for row in rows if row[2:4] == [width, pairs]]

    def draw(axis: Any) -> None:
        for pairs, label in (("all", "all pairs"), ("near", f"within {NEAR} tokens")):
            mean = [np.mean(of(width, pairs)) for width in WIDTHS]
            low, high = ([f(of(width, pairs)) for width in WIDTHS] for f in (np.min, np.max))
            axis.plot(WIDTHS, mean, "o-", label=f"{label}, mean of heads")
            axis.fill_between(WIDTHS, low, high, alpha=0.2, label="... from head to head")
        axis.plot(32, PAPER, "*", color="black", markersize=11, label="the paper")
        axis.set(xlabel="hash bits", ylabel="correlation of distance and cosine (−)", ylim=(0, 1))
        axis.set_xscale("log", base=2)
        axis.set_xticks(WIDTHS, [str(width) for width in WIDTHS])

    means = [np.mean(of(32, pairs)) for pairs in ("all", "near")]
    return Shown(
        "7b, Hamming distance and cosine",
        ["layer", "kv_head", "hash_bits", "pairs", "correlation"],
        rows,
        f"about {PAPER} with 32 bits",
        f"{means[0]:.2f} over all pairs, {means[1]:.2f} within {NEAR} tokens, means of heads",
        "a correlation depends on how far the pairs' cosines spread, so on which pairs are taken; "
        "keys are a random decoder's",
        draw,
    )


def _pairs(tokens: int, apart: int, rng: np.random.Generator) -> list[NDArray[np.int64]]:
    """Positions of pairs of different tokens behind the sinks, at most so far apart."""
    first = rng.integers(SINKS, tokens, PAIRS)
    second = first + rng.integers(1, min(apart, tokens - SINKS) + 1, PAIRS)
    return [part[second < tokens] for part in (first, second)]


def _cosine(keys: NDArray[np.float64], pairs: list[NDArray[np.int64]]) -> NDArray[np.float64]:
    lengths = np.linalg.norm(keys, axis=1, keepdims=True)
    unit = keys / np.where(lengths > 0, lengths, 1)
    return (unit[pairs[0]] * unit[pairs[1]]).sum(axis=1)
