"""Figures of how far the forms of WiCSum are apart; for the golden model and for the WTU."""

import resv
from figures import Figure
from model.one_core import measured
from resv import named_traces

PAIR = "integer against float64"  # the WTU's form against what the paper means


def real_traces():
    """The excerpt, and of T2 and T3 those that are made: paths by name."""
    paths = {name: named_traces.path_of(name) for name in ("T2", "T3")}
    made = {name: path for name, path in paths.items() if path.is_file()}
    return {"excerpt": resv.excerpt_path()} | made


def of_model(say):
    """Every pair of forms on every trace."""
    for name, trace in real_traces().items():
        say(f"integer and float64 WiCSum on {name}")
        yield from every_pair(measured("measure_forms", trace=str(trace)), name)


def of_wtu(say):
    """What is demanded of the integer form, on T2 and T3; on the excerpt if neither is made."""
    traces = real_traces()
    if len(traces) > 1:
        del traces["excerpt"]
    for name, trace in traces.items():
        say(f"integer and float64 WiCSum on {name}")
        yield from demanded(measured("measure_forms", trace=str(trace))[PAIR], name)


def every_pair(pairs, name):
    """Figures of what ``measure_forms`` found on a trace."""
    for pair, facts in pairs.items():
        rows = f"{facts['rows']:,} rows"
        yield Figure(
            f"{pair}: rows that select another set, of {rows}",
            name,
            round(facts["rows_differ_percent"], 3),
            "%",
        )
        yield Figure(f"{pair}: retrieved tokens", name, round(facts["points"], 4), "points")
        yield Figure(
            f"{pair}: covered mass short of Th_r, worst row",
            name,
            round(facts["short_most_points"], 4),
            "points",
            baseline=f"mean {facts['short_mean_points']:.5f}",
        )


def demanded(facts, name):
    """Figures of `PAIR` beside their targets."""
    rows = f"{facts['rows']:,} rows"
    yield Figure(
        f"retrieved tokens against float64 Eq. 3 on the same BF16 scores, {rows}",
        name,
        abs(round(facts["points"], 4)),
        "points",
        "<= 0.2",
        aim="<= 0.05",
        bound="0.09 in a trial",
        baseline=f"{facts['rows_differ_percent']:.2f} % of the rows select another set",
    )
    yield Figure(
        f"mass covered below Th_r, worst row of {facts['rows']:,}",
        name,
        float(f"{facts['short_most_points'] / 100:.2g}"),
        "of the row's mass",
        "<= 0.0001",
        bound="0.000033 in a trial",
    )
