"""``make sim`` of the HCU: what it runs, its table and its picture."""

import numpy as np

import report
import resv
from drawings.style import BLUE, GREY, RED
from hcu import saved
from hcu.benches import BENCHES
from replayed import Unit


def frames(rows):
    """Rows of video frames that have tokens for the clustering."""
    return [row for row in rows if row["kind"] == resv.Kind.FRAME and row["tokens"]]


def table(trace, replays):
    """One column a preset."""
    lines = {
        "tokens": lambda r: sum(row["tokens"] for row in r.rows),
        "clusters": lambda r: sum(_at_end(r.rows).values()),
        "tokens per cluster": _tokens_per_cluster,
        "cycles per frame, mean": lambda r: report.mean(row["cycles"] for row in frames(r.rows)),
        "bound per frame, mean": lambda r: report.mean(row["bound"] for row in frames(r.rows)),
        "chunks above their bound": lambda r: sum(x["cycles"] > x["bound"] for x in r.rows),
        "mismatches": lambda r: r.mismatches,
    }
    if any(replay.cycles_per_second for replay in replays):
        lines["cycles a second of processor time"] = lambda r: round(r.cycles_per_second)
    return report.table("HCU against the golden model", trace, replays, lines)


def draw(trace, replays, path):
    """Clusters over time, cluster sizes, and cycles a chunk against the bound; returns the path."""
    figure, (left, middle, right) = report.panels()
    rows = replays[0].rows
    contexts = sorted({row["context"] for row in rows})
    for context in contexts:
        own = [row for row in rows if row["context"] == context]
        seen = np.cumsum([row["tokens"] for row in own])
        left.plot(
            seen, [row["clusters"] for row in own], color=BLUE, alpha=1 / len(contexts) ** 0.5
        )
    left.set(title="Clusters", xlabel="tokens clustered", ylabel="clusters in the table")
    _sizes(middle, trace)
    for replay, colour in zip(replays, (BLUE, RED), strict=False):
        own = [row for row in replay.rows if row["tokens"]]
        right.plot([row["bound"] for row in own], color=colour, linestyle=":", linewidth=1)
        right.plot([row["cycles"] for row in own], color=colour, linewidth=1.2, label=replay.preset)
    right.plot([], [], color=GREY, linestyle=":", label="bound (spec D34)")
    right.set(title="Cycles of the HCU", xlabel="chunk", ylabel="cycles", ylim=(0, None))
    right.legend(frameon=False, fontsize=8, loc="upper left")
    return report.save(figure, path)


def _sizes(axes, trace):
    """Members of the largest to the smallest cluster, from the golden model."""
    last = None
    sizes = {}
    for last in resv.replay(trace, resv.Config.paper()):
        for context, head in enumerate(last.heads):
            members = sizes.setdefault(context, [])
            for cluster in head.assignments.clusters:
                members.extend([0] * (int(cluster) + 1 - len(members)))
                members[cluster] += 1
    for members in sizes.values():
        axes.plot(
            np.arange(1, len(members) + 1),
            sorted(members, reverse=True),
            color=BLUE,
            alpha=1 / len(sizes) ** 0.5,
        )
    axes.set(
        title="Cluster sizes",
        xlabel="cluster, largest first",
        ylabel="tokens",
        xscale="log",
        yscale="log",
    )


def _at_end(rows):
    """Clusters of each context after its last chunk."""
    return {row["context"]: row["clusters"] for row in rows}


def _tokens_per_cluster(replay):
    clusters = sum(_at_end(replay.rows).values())
    return sum(row["tokens"] for row in replay.rows) / clusters if clusters else 0.0


UNIT = Unit(
    replay="hcu.bench_hcu_replay",
    benches=BENCHES,
    parameters={"max_clusters": 1024},  # the paper's configuration: 1,024 clusters, 32 bits
    building="about 10 s",
    table=table,
    draw=draw,
    fast=True,
    saved=saved,
    chunk="hcu.bench_hcu_chunk",
)
