"""The comparison of the study: policies on its traces, each clip with what the others chose."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import resv
from resv.laboratory import Comparison, Row, Settings, comparison
from resv.laboratory.measure import measure
from study import tuning
from study.clips import Part

POLICIES = ("random", "topk_token", "topk_frame_exp", "cell", "resv", "resv_plus")
TUNED_ON = ("calibrated", 1)
"""Regime, and seed of the weights, of the traces that settings are chosen on: one of each clip."""


class Study(NamedTuple):
    """What was measured.

    Attributes
    ----------
    rows : list of Row
        Of all policies and traces, and of `tuning.HELD_OUT`.
    chosen : dict of str to str
        The setting that each clip was judged with.
    """

    rows: list[Row]
    chosen: dict[str, str]


def compare(parts: Iterable[Part], folder: Path, say: Callable[[str], None]) -> Study:
    """Measure everything, and leave ``results.csv`` and ``grid.csv`` in the folder.

    Parameters
    ----------
    parts : iterable of Part
        A part's trace is there when the part comes.
    folder : Path
    say : callable
        Is told what is being done.
    """
    rows: list[Row] = []
    grid: list[Row] = []
    known = []
    for part in parts:
        known.append(part)
        rows += measured(part, POLICIES, say)
        if (part.regime, part.seed) == TUNED_ON:
            grid += measured(part, ("resv", *tuning.GRID), say)
    chosen = tuning.chosen(grid)
    for part in known:
        tuned = measured(part, [chosen[part.clip]], say)
        rows += [replace(row, policy=tuning.HELD_OUT) for row in tuned]
    folder.mkdir(parents=True, exist_ok=True)
    Comparison(tuple(rows)).save(folder / "results.csv")
    Comparison(tuple(grid)).save(folder / "grid.csv")
    return Study(rows, chosen)


def measured(part: Part, policies: Iterable[str], say: Callable[[str], None]) -> list[Row]:
    """Rows of one trace, without link bytes."""
    settings = Settings(policies=tuple(policies), ratios=tuning.RATIOS, link=False)
    trace = resv.load_trace(part.path)
    about = comparison.provenance(part.name, trace, settings)
    rows = []
    for policy in settings.policies:
        say(f"{part.name}: {policy.label}")
        rows += measure(trace, policy, settings, about)
    return rows
