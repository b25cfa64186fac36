"""Figure 7b: the Hamming distance of hash words follows the cosine of keys."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resv.config import Config
from resv.hashing import hash_bits, hyperplanes
from resv.paper.shown import Say, Shown, Value
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
    tokens = trace.k.shape[2]
    if tokens < SINKS + 3:
        raise ValueError(f"trace must have more than {SINKS + 2} tokens, not {tokens}")
    rows = []
    for layer, kv_head in np.ndindex(trace.k.shape[:2]):
        say(f"hash bits of layer {layer}, KV head {kv_head}")
        rng = np.random.default_rng((seed, layer, kv_head))
        rows += [[layer, kv_head, *row] for row in _of_head(trace.k[layer, kv_head], rng)]
    means = [np.mean(_of(rows, 32, pairs)) for pairs in ("all", "near")]
    return Shown(
        "7b, Hamming distance and cosine",
        ["layer", "kv_head", "hash_bits", "pairs", "correlation"],
        rows,
        f"about {PAPER} with 32 bits",
        f"{means[0]:.2f} over all pairs, {means[1]:.2f} within {NEAR} tokens, means of heads",
        "a correlation depends on how far the pairs' cosines spread, so on which pairs are taken; "
        "keys are a random decoder's",
        lambda axis: _draw(axis, rows),
    )


def _of_head(keys: NDArray, rng: np.random.Generator) -> Iterator[list[Value]]:
    """Hash bits, which pairs, and the correlation."""
    words = hash_bits(keys, hyperplanes(max(WIDTHS), keys.shape[1]))
    for which, apart in (("all", len(keys)), ("near", NEAR)):
        pairs = _pairs(len(keys), apart, rng)
        cosine = _cosine(keys.astype(np.float64), pairs)
        different = words[pairs[0]] ^ words[pairs[1]]
        for width in WIDTHS:
            distance = np.bitwise_count(different[:, : width // 8]).sum(axis=1, dtype=int)
            yield [width, which, float(-np.corrcoef(cosine, distance)[0, 1])]


def _of(rows: list[list[Value]], width: int, pairs: str) -> list[float]:
    """Correlations of all heads."""
    return [row[4] for row in rows if row[2:4] == [width, pairs]]


def _draw(axis: Any, rows: list[list[Value]]) -> None:
    for pairs, label in (("all", "all pairs"), ("near", f"within {NEAR} tokens")):
        heads = [_of(rows, width, pairs) for width in WIDTHS]
        axis.plot(WIDTHS, [np.mean(one) for one in heads], "o-", label=f"{label}, mean of heads")
        low, high = ([end(one) for one in heads] for end in (min, max))
        axis.fill_between(WIDTHS, low, high, alpha=0.2, label="... from head to head")
    axis.plot(32, PAPER, "*", color="black", markersize=11, label="the paper")
    axis.set(xlabel="hash bits", ylabel="correlation of distance and cosine (−)", ylim=(0, 1))
    axis.set_xscale("log", base=2)
    axis.set_xticks(WIDTHS, [str(width) for width in WIDTHS])


def _pairs(tokens: int, apart: int, rng: np.random.Generator) -> list[NDArray[np.int64]]:
    """Positions of pairs of different tokens behind the sinks, at most so far apart."""
    first = rng.integers(SINKS, tokens, PAIRS)
    second = first + rng.integers(1, min(apart, tokens - SINKS) + 1, PAIRS)
    return [part[second < tokens] for part in (first, second)]


def _cosine(keys: NDArray[np.float64], pairs: list[NDArray[np.int64]]) -> NDArray[np.float64]:
    lengths = np.linalg.norm(keys, axis=1, keepdims=True)
    unit = keys / np.where(lengths > 0, lengths, 1)
    return (unit[pairs[0]] * unit[pairs[1]]).sum(axis=1)
