"""``make sim`` of the WTU: what it runs, its table and its picture."""

import numpy as np

import report
import resv
from drawings.style import BLUE, GREY, RED
from replayed import Unit
from wtu.benches import BENCHES

LANES = 16


def table(trace, replays):
    """One column a preset; means are over rows that have a threshold to be found."""
    lines = {
        "rows": lambda r: len(r.rows),
        "rows with a threshold to find": lambda r: len(thresholded(r.rows)),
        "clusters a row, mean": lambda r: _mean(r, "clusters"),
        "clusters selected a row, mean": lambda r: _mean(r, "entries"),
        "share of the clusters, %": _share,
        "cycles a row, back to back, mean": lambda r: _mean(r, "cycles"),
        "entries only: ⌈N/16⌉, mean": lambda r: report.mean(map(beats, thresholded(r.rows))),
        "last score to first mask, mean": lambda r: _mean(r, "decided"),
        "the same, worst": lambda r: max(_known(r.rows, "decided"), default=0),
        "mismatches": lambda r: r.mismatches,
    }
    every = replays[0].every
    more = f"; 1 of {every} chunks" if every > 1 else ""
    return report.table("WTU against the golden model", trace, replays, lines, more)


def thresholded(rows):
    """Rows that have a threshold to be found (spec D46)."""
    return [row for row in rows if row["passes"] > 1]


def beats(row):
    """Cycles that a row's entries alone take on the port."""
    return -(-row["clusters"] // LANES)


def draw(trace, replays, path):
    """Clusters selected, cycles, and the share of mass against Th_r; returns the path."""
    figure, (left, middle, right) = report.panels()
    _entries(left, thresholded(replays[0].rows))
    for replay, colour in zip(replays, (BLUE, RED), strict=False):
        own = by_chunk(thresholded(replay.rows), "cycles")
        chunks = list(own)
        middle.plot(chunks, [np.mean(own[n]) for n in chunks], color=colour, label=replay.preset)
        low, high = ([limit(own[n]) for n in chunks] for limit in (min, max))
        middle.fill_between(chunks, low, high, color=colour, alpha=0.2, linewidth=0)
    bound = {row["chunk"]: beats(row) for row in replays[0].rows}
    middle.plot(list(bound), list(bound.values()), color=GREY, linestyle=":", label="⌈N / 16⌉")
    middle.set(title="Cycles a row, back to back", xlabel="chunk", ylabel="cycles", ylim=(0, None))
    middle.legend(frameon=False, fontsize=8)
    _masses(right, thresholded(replays[0].rows), resv.Config.paper().Th_r)
    return report.save(figure, path)


def by_chunk(rows, name):
    """What is known of a measurement, by the number of the chunk."""
    found = {}
    for row in rows:
        if row[name] is not None:
            found.setdefault(row["chunk"], []).append(row[name])
    return found


def _entries(axes, rows):
    """Clusters that there are and that a row selects: mean, and all rows between."""
    for name, colour, label in (("clusters", GREY, "in the table (N)"), ("entries", BLUE, "")):
        own = by_chunk(rows, name)
        chunks = list(own)
        axes.plot(chunks, [np.mean(own[n]) for n in chunks], color=colour, label=label or None)
    axes.fill_between(
        chunks,
        [min(own[n]) for n in chunks],
        [max(own[n]) for n in chunks],
        color=BLUE,
        alpha=0.2,
        linewidth=0,
    )
    axes.set(title="Clusters selected by a row", xlabel="chunk", ylabel="clusters", yscale="log")


def _masses(axes, rows, Th_r):
    """Each row's share of mass, rows in the order of it."""
    shares = np.sort([row["mass"] / row["total"] for row in rows])
    axes.plot(np.arange(len(shares)), shares, color=BLUE)
    axes.axhline(Th_r, color=GREY, linestyle=":")
    axes.set(title="Share of mass selected", xlabel="row", ylabel="mass", ylim=(0, 1.02))


def _known(rows, name):
    return [row[name] for row in thresholded(rows) if row[name] is not None]


def _mean(replay, name):
    return report.mean(_known(replay.rows, name))


def _share(replay):
    own = thresholded(replay.rows)
    clusters = sum(row["clusters"] for row in own)
    return 100 * sum(row["entries"] for row in own) / clusters if clusters else 0.0


UNIT = Unit(
    replay="wtu.bench_wtu_replay",
    benches=BENCHES,
    parameters={"lanes": LANES, "max_clusters": 1024},
    building="about half a minute",
    table=table,
    draw=draw,
)
