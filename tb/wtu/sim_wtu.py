"""``make sim`` of the WTU: what it runs, its table and its picture."""

import numpy as np
from matplotlib.ticker import LogLocator, NullLocator

import report
import resv
from drawings.style import BLUE, GREY, RED
from replayed import Unit
from wtu import saved
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
    if any(replay.cycles_per_second for replay in replays):
        lines["cycles a second of processor time"] = lambda r: round(r.cycles_per_second)
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
    rows = thresholded(replays[0].rows)
    _line(left, by_chunk(rows, lambda row: row["clusters"]), GREY, "in the table: N")
    _line(left, by_chunk(rows, lambda row: row["entries"]), BLUE, "selected, mean and range")
    left.set(title="Clusters selected by a row", xlabel="chunk", ylabel="clusters", yscale="log")
    left.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    left.yaxis.set_major_formatter("{x:g}")
    left.yaxis.set_minor_locator(NullLocator())
    for replay, colour in zip(replays, (BLUE, RED), strict=False):
        own = by_chunk(thresholded(replay.rows), lambda row: row["cycles"])
        _line(middle, own, colour, replay.preset)
    _line(middle, by_chunk(rows, beats), GREY, f"entries only: ⌈N / {LANES}⌉", ":")
    middle.set(title="Cycles a row, back to back", xlabel="chunk", ylabel="cycles", ylim=(0, None))
    _masses(right, rows, resv.Config.paper().Th_r)
    for axes, height in ((left, 1), (middle, 0.45), (right, 1)):
        axes.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(0, height))
    most = max((row["clusters"] for row in rows), default=1)
    left.set_ylim(0.9, 4 * most)  # with room for the legend
    return report.save(figure, path)


def by_chunk(rows, measurement):
    """What is known of a measurement, by the number of the chunk."""
    found = {}
    for row in rows:
        value = measurement(row)
        if value is not None:
            found.setdefault(row["chunk"], []).append(value)
    return found


def _line(axes, found, colour, label, style="-"):
    """The mean of each chunk's rows, and all of them as a band."""
    chunks, values = list(found), list(found.values())
    axes.plot(chunks, [np.mean(own) for own in values], color=colour, linestyle=style, label=label)
    low, high = ([limit(own) for own in values] for limit in (min, max))
    axes.fill_between(chunks, low, high, color=colour, alpha=0.2, linewidth=0)


def _masses(axes, rows, Th_r):
    """Each row's share of mass, the rows in the order of it."""
    shares = np.sort([row["mass"] / row["total"] for row in rows])
    axes.plot(np.arange(1, len(shares) + 1), shares, color=BLUE, label="of a row")
    axes.axhline(Th_r, color=GREY, linestyle=":", label=f"asked for: Th_r = {Th_r:g}")
    axes.set(
        title="Share of mass selected",
        xlabel="row, smallest share first",
        ylabel="mass / total",
        ylim=(0, 1.02),
    )


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
    building="about a minute",
    table=table,
    draw=draw,
    fast=True,
    saved=saved,
    chunk="wtu.bench_wtu_chunk",
)
