"""Clusters over time, and how large they are, for every head of a trace."""

import numpy as np

import resv
from drawings.heads import cluster, heads
from drawings.style import finish, panels, shades

PAPER_TOKENS = 32
"""Tokens a cluster holds on average, as the paper reports."""


def draw(trace, name, over_time, sizes, say):
    """Two pictures of the same clustering; returns their paths."""
    config = resv.Config()
    clustered = []
    for layer, head in heads(trace):
        say(f"clusters of layer {layer}, KV head {head}")
        clustered.append(cluster(trace, layer, head, config))
    clustered.sort(key=lambda one: -one.clusters[-1])
    return _over_time(clustered, name, over_time), _sizes(clustered, name, sizes)


def _over_time(clustered, name, path):
    figure, (left, right) = panels(2, 3.4)
    for one, colour in zip(clustered, shades(len(clustered)), strict=True):
        left.plot(one.tokens, one.clusters, color=colour, linewidth=1.2)
        right.plot(one.tokens, one.tokens / one.clusters, color=colour, linewidth=1.2)
    for one, colour in ((clustered[0], "black"), (clustered[-1], "black")):
        left.annotate(
            one.name,
            (one.tokens[-1], one.clusters[-1]),
            (-4, 4),
            textcoords="offset points",
            ha="right",
            fontsize=8,
            color=colour,
        )
    right.axhline(PAPER_TOKENS, color="grey", linestyle=":", linewidth=1)
    right.annotate("paper: 32", (0, PAPER_TOKENS), fontsize=8, color="grey", va="bottom")
    left.set(title="Clusters, a line a head", xlabel="tokens clustered", ylabel="clusters")
    right.set(title="Tokens per cluster", xlabel="tokens clustered", ylim=(0, None))
    return finish(figure, (left, right), name, path)


def _sizes(clustered, name, path):
    figure, (left, right) = panels(2, 3.4)
    for one, colour in zip(clustered, shades(len(clustered)), strict=True):
        members = np.sort(one.members)[::-1]
        rank = np.arange(1, len(members) + 1)
        left.plot(rank, members, color=colour, linewidth=1.2)
        share = np.cumsum(members) / members.sum()
        right.plot(100 * rank / len(members), 100 * share, color=colour, linewidth=1.2)
    left.set(
        title="Tokens of each cluster",
        xlabel="cluster, largest first",
        ylabel="tokens",
        xscale="log",
        yscale="log",
    )
    right.set(
        title="Share of all tokens",
        xlabel="% of the clusters, largest first",
        ylabel="% of the tokens",
        ylim=(0, 101),
    )
    return finish(figure, (left, right), name, path)
