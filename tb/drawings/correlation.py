"""Hamming distance of hash words against the cosine of their keys."""

import numpy as np

import resv
from drawings.heads import heads
from drawings.style import BLUE, GREY, RED, finish, panels

WIDTHS = (16, 32, 64, 128)
PAIRS = 40_000  # a head, of all pairs and of near ones each
NEAR_TOKENS = 100
PAPER = 0.8
SINKS = resv.Config().sink_tokens


def sample(keys, rng, most_apart):
    """Pairs of tokens behind the sinks, at most ``most_apart`` apart: two index arrays."""
    first = rng.integers(SINKS, len(keys), PAIRS)
    second = first + rng.integers(1, most_apart + 1, PAIRS)
    inside = second < len(keys)
    return first[inside], second[inside]


def cosine(keys, pairs):
    """Cosine of each pair of keys, float64."""
    keys = keys.astype(np.float64)
    unit = keys / np.linalg.norm(keys, axis=1, keepdims=True)
    return (unit[pairs[0]] * unit[pairs[1]]).sum(axis=1)


def distance(words, pairs):
    """Hamming distance of each pair of hash words, in bits."""
    return np.bitwise_count(words[pairs[0]] ^ words[pairs[1]]).sum(axis=1, dtype=int)


def correlations(trace, seed, say):
    """Correlation of distance and cosine, its sign turned: dict (near, width) to one a head.

    Also returns all sampled cosines, and all distances at 32 bits.
    """
    found = {(near, width): [] for near in (False, True) for width in WIDTHS}
    cosines, distances = [], []
    planes = resv.hyperplanes(max(WIDTHS), trace.k.shape[3])
    for layer, head in heads(trace):
        say(f"hash bits of layer {layer}, KV head {head}")
        rng = np.random.default_rng((seed, layer, head))
        keys = trace.k[layer, head]
        words = resv.hash_bits(keys, planes)
        for near in (False, True):
            pairs = sample(keys, rng, NEAR_TOKENS if near else len(keys) - SINKS)
            similar = cosine(keys, pairs)
            for width in WIDTHS:
                apart = distance(words[:, : width // 8], pairs)
                found[near, width].append(-np.corrcoef(similar, apart)[0, 1])
                if width == 32 and not near:
                    cosines.append(similar)
                    distances.append(apart)
    return found, np.concatenate(cosines), np.concatenate(distances)


def draw(trace, name, path, seed, say):
    """Density of the pairs at 32 bits, and the correlation by hash width; returns the path."""
    found, cosines, distances = correlations(trace, seed, say)
    figure, (left, right) = panels(2, 3.6, (1.25, 1))
    bins = [np.linspace(cosines.min(), 1, 90), np.arange(-0.5, 33)]
    left.hist2d(cosines, distances, bins, cmap="Blues", norm="log", rasterized=True)
    angle = np.linspace(cosines.min(), 1, 200)
    left.plot(angle, 32 * np.arccos(angle) / np.pi, color=RED, linewidth=1.2)
    left.annotate(
        "32 · angle / π",
        (angle[120], 32 * np.arccos(angle[120]) / np.pi),
        (15, 45),
        textcoords="offset points",
        arrowprops={"arrowstyle": "-", "color": RED, "linewidth": 0.7},
        color=RED,
        fontsize=8,
    )
    left.axhline(6.5, color=GREY, linestyle=":", linewidth=1)
    left.annotate("below Th_hd = 7: joins", (cosines.min(), 5.6), color=GREY, fontsize=8, va="top")
    left.set(
        title="Two keys, 32 hash bits",
        xlabel="cosine of the keys",
        ylabel="Hamming distance, bits",
    )
    for near, colour, label in (
        (False, BLUE, "all pairs"),
        (True, RED, f"within {NEAR_TOKENS} tokens"),
    ):
        place = np.arange(len(WIDTHS)) + (0.1 if near else -0.1)
        for x, width in zip(place, WIDTHS, strict=True):
            right.scatter([x] * len(found[near, width]), found[near, width], 9, colour, alpha=0.35)
        means = [np.mean(found[near, width]) for width in WIDTHS]
        right.plot(place, means, "o-", color=colour, label=label, linewidth=1.2, markersize=5)
    right.axhline(PAPER, color=GREY, linestyle=":", linewidth=1)
    right.annotate("paper, 32 bits", (3.1, PAPER), color=GREY, fontsize=8, va="bottom", ha="right")
    right.set(
        title="Correlation (sign turned)",
        xlabel="hash bits",
        xticks=range(len(WIDTHS)),
        xticklabels=WIDTHS,
        ylim=(None, 1),
    )
    right.legend(frameon=False, fontsize=8, loc="lower right")
    return finish(figure, (left, right), name, path)
