"""Not a figure of the paper, but behind its 32 tokens a cluster: how clusters grow, and run out."""

from typing import Any

import numpy as np

from resv.config import Config
from resv.paper.shown import Say, Shown, Value
from resv.replay import for_trace, replay
from resv.traces import Trace

POINTS = 64
"""Most chunks of which there is a row."""


def measure(trace: Trace, seed: int, say: Say) -> Shown:
    """Clusters of each layer and KV head as a stream goes on, and who joined a full table.

    With the paper's Th_hd of 7 and its 1,024 clusters (D14).
    """
    del seed  # nothing is drawn
    config = for_trace(Config.paper(), trace)
    total = sum(1 for _ in trace.chunks(config.max_chunk))
    shown = set(np.unique(np.linspace(0, total - 1, POINTS).round().astype(int)).tolist())
    clustered, forced, rows = {}, {}, []
    for step in replay(trace, config, "fast"):
        if step.chunk in shown:
            say(f"chunk {step.chunk} of {total}")
        for head in step.heads:
            at = head.layer, head.kv_head
            clustered[at] = clustered.get(at, 0) + len(head.assignments)
            forced[at] = forced.get(at, 0) + int(head.full.sum())
            clusters = head.clusters_before + int(head.founded.sum())
            if step.chunk in shown and clusters:
                share = 100 * forced[at] / clustered[at]
                tokens = step.first + step.tokens
                rows.append([*at, tokens, clusters, clustered[at] / clusters, share])
    last = [row for row in rows if row[2] == rows[-1][2]]
    counts, sizes, full = ([row[n] for row in last] for n in (3, 4, 5))
    return Shown(
        f"growth, clusters at Th_hd {config.Th_hd}, at most {config.max_clusters:,}",
        ["layer", "kv_head", "tokens", "clusters", "tokens_per_cluster", "forced_percent"],
        rows,
        "32 tokens a cluster on average, 1,024 clusters on the chip; nothing on a full table",
        f"{min(counts)} to {max(counts)} clusters a head after {rows[-1][2]:,} tokens, "
        f"{min(sizes):.1f} to {max(sizes):.1f} tokens in each; {max(full):.1f} % joined because "
        "the table was full, at most",
        "how many keys share a word of hash bits is set by what keys have in common (the regime), "
        "and it differs between heads; clusters keep growing, so a mean holds for one length only",
        lambda axis: _draw(axis, rows),
    )


def _draw(axis: Any, rows: list[list[Value]]) -> None:
    for at in dict.fromkeys((row[0], row[1]) for row in rows):
        own = [row for row in rows if (row[0], row[1]) == at]
        tokens, clusters = ([row[n] for row in own] for n in (2, 3))
        axis.plot(tokens, clusters, linewidth=1.2, label=f"head {at[0]}.{at[1]}")
    axis.set(xlabel="tokens", ylabel="clusters")
    axis.set_xlim(left=0)
    axis.set_ylim(bottom=0)
