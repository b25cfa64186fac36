"""``make sim`` of the WTU: what it runs, its table and its picture."""

import numpy as np
from matplotlib.ticker import LogLocator, NullLocator

import report
from drawings.style import BLUE, GREY, RED
from replayed import Unit
from wtu import saved
from wtu.benches import BENCHES

LANES = 16
PAPER = "the paper's 20 buckets"
OF_BUCKETS = (f"the same by {PAPER}", f"{PAPER} (spec D54), mean", "the same, worst row")


def table(trace, replays):
    """One column a preset; means are over rows that have a threshold to be found.

    A fast replay does not say what the paper's buckets would do: its rows may be too many for their
    golden model.
    """
    lines = {
        "rows": lambda r: len(r.rows),
        "rows with a threshold to find": lambda r: len(thresholded(r.rows)),
        "clusters a row, mean": lambda r: _mean(r, "clusters"),
        "clusters selected a row, mean": lambda r: _mean(r, "entries"),
        OF_BUCKETS[0]: lambda r: _mean(r, "bucket_entries"),
        "share of the clusters, %": _share,
        "share of the mass, %": lambda r: _mass(r.rows),
        "cycles a row, back to back, mean": lambda r: _mean(r, "cycles"),
        "entries only: ⌈N/16⌉, mean": lambda r: report.mean(map(beats, thresholded(r.rows))),
        "last score to first mask, mean": lambda r: _mean(r, "decided"),
        "the same, worst": lambda r: max(_known(r.rows, "decided"), default=0),
        OF_BUCKETS[1]: lambda r: _mean(r, "bucket_decided"),
        OF_BUCKETS[2]: lambda r: max(_known(r.rows, "bucket_decided"), default=0),
        "mismatches": lambda r: r.mismatches,
    }
    if not all("bucket_entries" in row for replay in replays for row in replay.rows):
        for name in OF_BUCKETS:
            del lines[name]
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
    """Clusters selected, cycles, and what the paper's buckets select too much; returns the path."""
    figure, (left, middle, right) = report.panels()
    rows = thresholded(replays[0].rows)
    _line(left, by_chunk(rows, lambda row: row["clusters"]), GREY, "in the table: N")
    _line(left, by_chunk(rows, lambda row: row["bucket_entries"]), RED, PAPER)
    _line(left, by_chunk(rows, lambda row: row["entries"]), BLUE, "exact, mean and range")
    left.set(title="Clusters selected by a row", xlabel="chunk", ylabel="clusters", yscale="log")
    _plain_numbers(left)
    _line(middle, by_chunk(rows, lambda row: row["bucket_decided"]), RED, f"{PAPER}, asic (D54)")
    for replay, style in zip(replays, ("-", "--"), strict=False):
        own = by_chunk(thresholded(replay.rows), lambda row: row["decided"])
        _line(middle, own, BLUE, f"exact, {replay.preset}", style)
    _line(middle, by_chunk(rows, beats), GREY, f"entries only: ⌈N / {LANES}⌉", ":")
    middle.set(title="Last score to first mask", xlabel="chunk", ylabel="cycles", ylim=(0, None))
    _too_much(right, rows)
    most = max((row["clusters"] for row in rows), default=1)
    left.set_ylim(0.9, 8 * most)  # all with room for the legend
    middle.set_ylim(0, 1.45 * middle.get_ylim()[1])
    for axes in (left, middle, right):
        axes.legend(frameon=False, fontsize=8, loc="upper left")
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


def _too_much(axes, rows):
    """What whole buckets select over what is needed, the rows in the order of it."""
    for name, style in (("tokens", "-"), ("entries", "--")):
        ratios = np.sort([row[f"bucket_{name}"] / row[name] for row in rows])[::-1]
        label = f"{'clusters' if name == 'entries' else name}, {PAPER}"
        axes.plot(np.arange(1, len(ratios) + 1), ratios, color=RED, linestyle=style, label=label)
    axes.axhline(1, color=BLUE, label="exact")
    axes.set(
        title="Selected over needed",
        xlabel="row, largest first",
        ylabel="times what is needed",
        xscale="log",
        yscale="log",
    )
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set(xlim=(0.8, max(2 * len(rows), 10)), ylim=(0.9, 2 * axes.get_ylim()[1]))
    _plain_numbers(axes)


def _plain_numbers(axes):
    """1, 2, 5, 10 on a logarithmic axis."""
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_locator(NullLocator())


def _mass(rows):
    return 100 * report.mean(row["mass"] / row["total"] for row in thresholded(rows))


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
