"""The tables of a comparison, as texts."""

import math
from dataclasses import dataclass

from resv.laboratory.bootstrap import Interval
from resv.laboratory.comparison import Comparison
from resv.laboratory.settings import Settings
from resv.laboratory.summary import LINK_BUDGETS, Figures

FIXED = ("nothing", "full")
"""Policies without a knob, which tables name below."""


@dataclass(frozen=True)
class Grid:
    """A table.

    Attributes
    ----------
    title : str
    header : list of str
        May have several lines each.
    rows : list of list of str
    notes : list of str
        To be printed below.
    """

    title: str
    header: list[str]
    rows: list[list[str]]
    notes: list[str]


def tables(found: Comparison, settings: Settings, against: str | None) -> list[Grid]:
    """All tables of a comparison.

    Parameters
    ----------
    found : Comparison
    settings : Settings
    against : str or None
        The policy that others are held against, if it is among them.
    """
    figures = found.figures()
    grids = []
    for trace in dict.fromkeys(key[0] for key in figures):
        own = {key[1:]: value for key, value in figures.items() if key[0] == trace}
        for kind in dict.fromkeys(key[0] for key in own):
            for table in ("ratio", "equal_k"):
                grids.append(_quality(trace, kind, table, own, settings))
            grids.append(_knobs(trace, kind, own, settings))
        if any(key[0] == "frames" for key in own):
            grids.append(_costs(trace, own, settings))
            if settings.link:
                grids.append(_equal_link(trace, found))
    if against is not None:
        grids += _differences(found, settings, against)
    return [grid for grid in grids if grid.rows]


TITLES = {
    "ratio": "one knob for the trace (fitted), error, error without the mean value, mass recalled: "
    "measured, in %",
    "equal_k": "the same k for each chunk and KV head: error, error without the mean value, mass "
    "recalled: measured, in %",
}


def _quality(trace: str, kind: str, table: str, own: dict, settings: Settings) -> Grid:
    header, rows, notes = ["policy"], [], []
    for target in settings.ratios:
        header += [f"{100 * target:g} %\nerror", "\ncentred", "\nmass"]
    for policy in settings.policies:
        row, missed = [policy.label], {}
        for target in settings.ratios:
            one: Figures | None = own.get((kind, table, policy.label, target))
            if one is None:
                break
            mark = "" if one.reached else "*"
            row += [percent(one.output_error) + mark, percent(one.output_error_centred)]
            row.append(percent(one.mass_recalled))
            if not one.reached:
                missed.setdefault(percent(one.ratio), []).append(f"{100 * target:g}")
        if len(row) == len(header):
            rows.append(row)
        for ratio, targets in missed.items():
            asked = ", ".join(targets)
            notes.append(f"* {policy.label}: {ratio} % is the nearest it gets to {asked} %")
    if table == "ratio":
        notes += _references(kind, own)
    return Grid(f"{trace}, {kind}: {TITLES[table]}", header, rows, notes)


def _knobs(trace: str, kind: str, own: dict, settings: Settings) -> Grid:
    """What was fitted."""
    rows = []
    for policy in settings.policies:
        found = [own.get((kind, "ratio", policy.label, t)) for t in settings.ratios]
        if None not in found:
            cells = [f"{one.knob:.4f}: {percent(one.ratio)}" for one in found]
            rows.append([policy.label, policy.knob, *cells])
    header = ["policy", "knob", *(f"for {100 * target:g} %" for target in settings.ratios)]
    return Grid(
        f"{trace}, {kind}: knobs (fitted), and the ratio that they give, %", header, rows, []
    )


def _references(kind: str, own: dict) -> list[str]:
    """Policies without a knob for this kind."""
    notes = []
    for (its_kind, _, policy, target), one in own.items():
        if its_kind == kind and target is None:
            errors = f"{percent(one.output_error)}, {percent(one.output_error_centred)}"
            notes.append(f"{policy} ({100 * one.ratio:g} % retrieved): {errors}")
    return notes


def _costs(trace: str, own: dict, settings: Settings) -> Grid:
    """What prediction costs, and the link at each policy's own knob; of frames."""
    header = ["policy", "prediction\nmultiply-adds", "\n% of attention", "table\nbytes"]
    header += ["\n% of K and V"]
    if settings.link:
        header += [f"link, % at\n{100 * target:g} %" for target in settings.ratios]
    rows, notes = [], []
    for policy in settings.policies:
        cells = [own.get(("frames", "ratio", policy.label, t)) for t in (*settings.ratios, None)]
        found = [cell for cell in cells if cell is not None]
        if not found:
            continue
        one = found[0]
        row = [policy.label, f"{one.operations:,.0f}", percent(one.operations_share)]
        row += [f"{one.table_bytes:,.0f}", percent(one.table_share)]
        if settings.link:
            alone = len(found) == 1 and cells[-1] is not None
            cells = found * len(settings.ratios) if alone else cells[:-1]
            row += [percent(cell.link_ratio) for cell in cells]
        rows.append(row)
        notes.append(f"{policy.label}: {policy.operations}; {policy.table_bytes}")
    title = f"{trace}, frames: cost for a chunk and KV head (by formula)"
    if settings.link:
        title += "; bytes over the link, of fetching all far tokens each time (measured)"
    return Grid(title, header, rows, ["formulas, multiply-adds; bytes:", *notes])


def _equal_link(trace: str, found: Comparison) -> Grid:
    values = found.at_equal_link()
    rows = [
        [policy, *(percent(value) for value in line)]
        for (its, policy), line in values.items()
        if its == trace
    ]
    title = f"{trace}, frames: error in % at equal link bytes (between measured points)"
    header = ["policy", *(f"{100 * budget:g} %" for budget in LINK_BUDGETS)]
    return Grid(title, header, rows, ["–: not between two of the policy's points"])


def _differences(found: Comparison, settings: Settings, against: str) -> list[Grid]:
    differences = found.differences(against)
    grids = []
    for regime, table, kind in dict.fromkeys(key[:3] for key in differences):
        rows, rests = [], ""
        for policy in settings.policies:
            row = [policy.label]
            for target in settings.ratios:
                key = (regime, table, kind, target, policy.label)
                if key in differences:
                    row.append(_difference(differences[key]))
                    rests = _rests_on(differences[key]) or rests
            if len(row) > 1:
                rows.append(row)
        what = {"ratio": "one knob for the trace", "equal_k": "equal k"}[table]
        title = f"error minus that of {against}, points, 95 % interval; {kind}, {what}"
        header = ["policy", *(f"{100 * target:g} %" for target in settings.ratios)]
        about = f"{title}{f', {regime}' if regime else ''}"
        grids.append(Grid(about, header, rows, [rests] if rests else []))
    return grids


def _difference(one: Interval | None) -> str:
    if one is None:
        return "ratio not reached"
    if math.isnan(one.low):
        return f"{100 * one.mean:+.1f} ({one.verdict})"
    return f"{100 * one.mean:+.1f} [{100 * one.low:+.1f}, {100 * one.high:+.1f}] {one.verdict}"


def _rests_on(one: Interval | None) -> str:
    if one is None:
        return ""
    what = f"clips: {one.clips}, traces: {one.traces}, blocks of chunks: {one.blocks}"
    return f"{what}; says nothing about other clips or seeds" if one.traces == 1 else what


def percent(share: float) -> str:
    """A share, for people."""
    return "–" if math.isnan(share) else f"{100 * share:.1f}"
