"""What the paper's buckets select beside what is needed, by the golden models."""

from dataclasses import replace
from statistics import mean

from dre.layouts import ScoreMode
from figures import Figure
from wtu import golden

BUCKETS = {
    "20 linear buckets": {"buckets": 20, "axis": "linear"},  # the paper's
    "64 logit buckets": {"buckets": 64, "axis": "logit"},
}

SELECTED_OF = 1024
"""The size of made-up rows whose selections are compared."""

USUAL = ("normal", "log-normal", "pareto")
"""Made-up rows of which a share of the mass says something; in the others keys are equal."""

THRESHOLDS = ("0.3", "0.8")


def measure(exact, groups):
    """Figures for groups of rows by size or trace; ``exact`` is a build of the exact unit."""
    figures = []
    for key, chosen in groups.items():
        if key == SELECTED_OF or not isinstance(key, int):
            figures += selections(exact, key, chosen)
    return figures


def selections(exact, key, groups):
    """What whole buckets select, against what is needed, and how far the early exit goes."""
    for Th_r in THRESHOLDS:
        jobs = [job for name, job in groups if _says_something(key, name, Th_r)]
        rows = [(job, row) for job in jobs for row in job.rows]
        if not rows:
            continue
        needed = [_selected(exact, *row) for row in rows]
        for text, buckets in BUCKETS.items():
            build = replace(exact, max_clusters=4096, variant="bucket", **buckets)
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
