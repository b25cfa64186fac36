"""What happens when the table is full: the paper's 1,024 clusters against a table with room."""

import numpy as np

import resv
from drawings.heads import cluster
from drawings.style import BLUE, GREY, RED, finish, panels

SMALL, LARGE = 1_024, 4_096
WINDOW_TOKENS = 1_000


def draw(trace, name, path, say):
    """Clusters, forced joins and distances over time, for both table sizes; returns the path."""
    figure, (left, middle, right) = panels(3, 3.2)
    threshold = resv.Config().Th_hd
    for limit, colour in ((SMALL, RED), (LARGE, BLUE)):
        say(f"clustering with at most {limit:,} clusters")
        one = cluster(trace, 0, 0, resv.Config(max_clusters=limit))
        label = f"at most {limit:,}"
        left.plot(one.tokens, one.clusters, color=colour, label=label, linewidth=1.3)
        at, forced = windows(one.full)
        middle.plot(at, 100 * forced, color=colour, linewidth=1.3)
        at, apart = windows(one.distances)
        right.plot(at, apart, color=colour, linewidth=1.3)
    left.set(title="Clusters", xlabel="tokens clustered")
    left.legend(frameon=False, fontsize=8, loc="lower right")
    middle.set(title="Forced to join, % of tokens", xlabel="tokens clustered", ylim=(0, None))
    right.set(title="Distance joined at, bits", xlabel="tokens clustered", ylim=(0, None))
    right.axhline(threshold, color=GREY, linestyle=":", linewidth=1)
    right.annotate("Th_hd", (0, threshold), fontsize=8, color=GREY, va="bottom")
    return finish(figure, (left, middle, right), name, path)


def windows(values):
    """Means over windows of tokens: positions of their ends, and the means."""
    count = len(values) // WINDOW_TOKENS
    parts = np.asarray(values[: count * WINDOW_TOKENS], float).reshape(count, WINDOW_TOKENS)
    return WINDOW_TOKENS * np.arange(1, count + 1), parts.mean(axis=1)
