"""The table and the picture of a replayed trace."""

import matplotlib
import numpy as np
from rich.table import Table

import resv

matplotlib.use("Agg")
from matplotlib import pyplot

BLUE, RED, GREY = "#2f6f9f", "#b5422c", "#8a8a8a"


def frames(rows):
    """Rows of video frames that have tokens for the clustering."""
    return [row for row in rows if row["kind"] == resv.Kind.FRAME and row["tokens"]]


def table(trace, replays):
    """One column a preset."""
    shown = Table(title="HCU against the golden model", title_justify="left")
    shown.add_column("")
    for replay in replays:
        shown.add_column(replay.preset, justify="right")
    for name, value in (
        ("tokens", lambda r: sum(row["tokens"] for row in r.rows)),
        ("clusters", lambda r: sum(_at_end(r.rows).values())),
        ("tokens per cluster", _tokens_per_cluster),
        ("cycles per frame, mean", lambda r: _mean(frames(r.rows), "cycles")),
        ("bound per frame, mean", lambda r: _mean(frames(r.rows), "bound")),
        ("chunks above their bound", lambda r: sum(x["cycles"] > x["bound"] for x in r.rows)),
        ("mismatches", lambda r: r.mismatches),
    ):
        shown.add_row(name, *(_text(value(replay)) for replay in replays))
    if any(replay.cycles_per_second for replay in replays):
        speeds = (f"{replay.cycles_per_second:,.0f}" for replay in replays)
        shown.add_row("cycles a second of processor time", *speeds)
    kind = trace.metadata.get("weights", "unknown")
    shown.caption = f"layers × KV heads: {trace.q.shape[0]} × {trace.k.shape[1]}, weights: {kind}"
    return shown


def draw(trace, replays, path):
    """Clusters over time, cluster sizes, and cycles a chunk against the bound; returns the path."""
    figure, (left, middle, right) = pyplot.subplots(1, 3, figsize=(12, 3.4), layout="constrained")
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
    for axes in (left, middle, right):
        axes.spines[["top", "right"]].set_visible(False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
    return path


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


def _mean(rows, name):
    return sum(row[name] for row in rows) / len(rows) if rows else 0.0


def _text(value):
    return f"{value:,.1f}" if isinstance(value, float) else f"{value:,}"
