"""The comparison of the study: policies on its traces, each clip with what the others chose."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import resv
from model.one_core import THREADS
from resv.laboratory import Comparison, Row, Settings, comparison
from resv.laboratory.measure import measure
from resv.laboratory.summary import grouped
from study import clips, tuning
from study.clips import Part

POLICIES = (
    *("random", "recent", "topk_token", "topk_token:partial=0.3", "topk_frame_mean"),
    *("topk_frame_exp", "segment", "cell", "kmeans", "resv", "resv_plus"),
)
"""All but ``full``, which has no error."""

TUNED_ON = clips.SEEDS[0]
"""Seed of the weights of the traces that settings are chosen on: one of each clip and regime."""

LINKED = "calibrated"
"""Regime in which link bytes are measured."""

NEAR = {"held_back": 64, "area_pages": 8}
"""Near memory for that: an eighth of so short a trace. With more hardly anything is fetched."""


class Study(NamedTuple):
    """What was measured.

    Attributes
    ----------
    rows : list of Row
        Of all policies and traces, and of `tuning.held_out` of those that can be tuned.
    chosen : dict of (str, str) to dict of str to str
        By policy and regime: by clip, the setting that the clip was judged with.
    """

    rows: list[Row]
    chosen: dict[tuple[str, str], dict[str, str]]


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
    known: list[Part] = []
    with _one_core_each() as pool:
        begun = {}
        for part in parts:
            known.append(part)
            tried = (label for grid in tuning.GRIDS.values() for label in grid)
            more = tried if part.seed == TUNED_ON else ()
            labels = tuple(dict.fromkeys((*POLICIES, *more)))
            begun[part] = pool.submit(measured, part, labels)
        found = _waited(begun, "measured", say)
        grid = [row for part in known if part.seed == TUNED_ON for row in found[part]]
        chosen = {
            (policy, regime): tuning.chosen(own, labels)
            for (regime,), own in grouped(grid, ("regime",)).items()
            for policy, labels in tuning.GRIDS.items()
        }
        begun = {}
        for part in known:
            wanted = {chosen[policy, part.regime][part.clip] for policy in tuning.GRIDS}
            begun[part] = pool.submit(measured, part, tuple(wanted - _labels(found[part])))
        more_rows = _waited(begun, "with settings that other clips chose", say)
    rows = []
    for part in known:
        every = [*found[part], *more_rows[part]]
        rows += [row for row in every if row.policy in POLICIES]
        for policy in tuning.GRIDS:
            label, own = tuning.held_out(policy), chosen[policy, part.regime][part.clip]
            rows += [replace(row, policy=label) for row in every if row.policy == own]
    folder.mkdir(parents=True, exist_ok=True)
    Comparison(tuple(rows)).save(folder / "results.csv")
    Comparison(tuple(grid)).save(folder / "grid.csv")
    return Study(rows, chosen)


@contextmanager
def _one_core_each() -> Iterator[ProcessPoolExecutor]:
    """Processes that do not share cores: their libraries read how many they have when they load."""
    before = dict(os.environ)
    os.environ.update(dict.fromkeys(THREADS, "1"))
    try:
        with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
            yield pool
    finally:
        os.environ.clear()
        os.environ.update(before)


def _labels(rows: Iterable[Row]) -> set[str]:
    return {row.policy for row in rows}


def _waited(begun, what: str, say: Callable[[str], None]) -> dict[Part, list[Row]]:
    found = {}
    for part, rows in begun.items():
        found[part] = rows.result()
        say(f"{part.name}: {what}")
    return found


def measured(part: Part, policies: Iterable[str]) -> list[Row]:
    """Rows of one trace, with link bytes in regime `LINKED`."""
    policies = tuple(policies)
    if not policies:
        return []
    linked = part.regime == LINKED
    settings = Settings(policies=policies, ratios=tuning.RATIOS, link=linked, **NEAR)
    trace = resv.load_trace(part.path)
    about = comparison.provenance(part.name, trace, settings)
    return [row for policy in settings.policies for row in measure(trace, policy, settings, about)]
