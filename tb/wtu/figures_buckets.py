"""Figures of the bucket control beside the exact unit, on the same rows.

Cycles are measured; what buckets select too much follows from the golden models, which the rows
that are measured are held to.
"""

from dataclasses import replace
from statistics import mean

from dre import WTUConfig
from dre.layouts import ScoreMode
from figures import Figure
from simulate import prepare
from wtu import golden
from wtu.play_rows import play

EXACT = WTUConfig(lanes=16, max_clusters=4096, preset="asic")
PAPER = replace(EXACT, variant="bucket", buckets=20, axis="linear")
LOGIT = replace(PAPER, buckets=64, axis="logit")

SIZES = (256, 1024, 4096)
SELECTED_OF = 1024
"""The size of made-up rows whose selections are compared."""

USUAL = ("normal", "log-normal", "pareto")
"""Made-up rows of which a share of the mass says something; in the others keys are equal."""

THRESHOLDS = ("0.3", "0.8")


def measure(simulator, seed, groups, exact, say):
    """Figures for groups of rows by size or trace.

    ``exact`` is what `wtu.play_rows.play` found for them in the exact unit of preset ``asic``.
    """
    say("the paper's buckets: build")
    prepared = prepare("wtu", PAPER, simulator=simulator, name="bench-wtu-buckets")
    figures = []
    for key, chosen in groups.items():
        if isinstance(key, int) and key not in SIZES:
            continue
        say(f"the paper's buckets: rows of {key}")
        own = play(prepared, chosen, seed, str(key))
        figures += cycles(key, own, exact[key])
        if key == SELECTED_OF or not isinstance(key, int):
            figures += selections(key, chosen)
    return figures


def cycles(key, own, exact):
    """The control's cycles with those of the exact unit as the baseline."""
    what, trace = (f"N = {key:,}", "made up") if isinstance(key, int) else (key, key)
    name = f"asic, 20 linear buckets (the paper's), {what}"
    yield Figure(
        f"{name}: chunks with a row that differs from its golden model",
        trace,
        sum(group["wrong"] for group in own),
        "chunks",
        "<= 0",
    )
    loaded, bar = _with_load(own), _with_load(exact)
    for text, over in (("mean", mean), ("worst row", max)):
        yield Figure(
            f"{name}: cycles a row with loading, {text}",
            trace,
            round(over(loaded), 1),
            "cycles",
            baseline=f"exact: {over(bar):,.1f}",
        )
    intervals, bar = ([n for group in found for n in group["interval"]] for found in (own, exact))
    yield Figure(
        f"{name}: cycles a row, back to back, mean",
        trace,
        round(mean(intervals), 1),
        "cycles",
        baseline=f"exact: {mean(bar):,.1f}",
    )


def _with_load(groups):
    return [
        decided + -(-group["clusters"] // EXACT.lanes)
        for group in groups
        for decided in group["decided"]
    ]


def selections(key, groups):
    """What whole buckets select, against what is needed, and how far the early exit goes."""
    for Th_r in THRESHOLDS:
        jobs = [job for name, job in groups if _says_something(key, name, Th_r)]
        rows = [(job, row) for job in jobs for row in job.rows]
        if not rows:
            continue
        needed = [_selected(EXACT, *row) for row in rows]
        for build, text in ((PAPER, "20 linear buckets"), (LOGIT, "64 logit buckets")):
            found = [_selected(build, *row) for row in rows]
            yield from _compared(key, f"{text}, Th_r {Th_r}", needed, found)


def _says_something(key, name, Th_r):
    kind, _, threshold = name.rpartition(", Th_r ")
    return threshold == Th_r and (isinstance(key, str) or kind in USUAL)


def _selected(build, job, row):
    """Of a row by a golden model: entries, tokens, share of entries with a count, passes."""
    assert job.mode == ScoreMode.EXP
    found = golden.select(build, job, row)
    entries = int(found.selected.sum())
    counted = int((job.token_count > 0).sum())
    tokens = int(job.token_count[found.selected].sum())
    return {
        "entries": entries,
        "tokens": tokens,
        "share": 100 * entries / counted,
        "passes": found.passes,
    }


def _compared(key, text, needed, found):
    what, trace = (f"N = {key:,}", ", ".join(USUAL)) if isinstance(key, int) else (key, key)
    for unit in ("entries", "tokens"):
        ratios = [a[unit] / b[unit] for a, b in zip(found, needed, strict=True)]
        yield Figure(
            f"{text}, {what}: {unit} selected over those needed, mean",
            trace,
            round(mean(ratios), 3),
            "ratio",
            bound=f"worst row {max(ratios):.4g}",
        )
    yield Figure(
        f"{text}, {what}: entries in the buckets gone through, mean",
        trace,
        round(mean(row["share"] for row in found), 2),
        "% of a row",
        bound="the paper: 16 on average",
        baseline=f"needed: {mean(row['share'] for row in needed):.2f}; "
        f"buckets gone through: {mean(row['passes'] - 1 for row in found):.1f}",
    )
