"""Endurance: long runs of random operations, every answer held to the golden model.

The unit is compiled, with surroundings in C++, into a program that replays files (`replay`): what
it is given, and what must come of it, was made from the golden model beforehand. So a hundred
thousand operations take a minute or two, with memories and streams that stall at random. What the
operations came to is counted; situations that a run must have seen and has not are a missed must.

A unit brings ``tb/<core>/endurance_<core>.py``: ``SHARES`` (name to `Share`), ``OPERATION`` (what
an operation is, for people), ``endure(name, config, operations, seed, say=...)``, which gives a
tally as `kvmu.fast_kvmu.Tally`, and ``missing(config, tally)``, situations that were never seen;
``figures(name, config, tally, full)``, if it is there, gives more figures.
"""

import time
from dataclasses import dataclass
from importlib import import_module

import settings
import simulate
from figures import Figure
from verification.section import Section


@dataclass(frozen=True)
class Share:
    """Operations of one build: parameters, and how many in a full run and in the sample."""

    parameters: dict
    count: int
    sample: int = 0


def run(core, *, full, seed, say):
    """Replay random operations on builds of a unit.

    Raises
    ------
    simulate.BuildFailed
        If a program could not be built.
    replay.records.DamagedRecord
        If a program could not use its file, or died.
    """
    unit = import_module(settings.brought(core, "endurance"))
    _, parameters = (simulate.UNITS | simulate.PARTS)[core]
    figures, notes, times = [], [], []
    for name, share in unit.SHARES.items():
        count = share.count if full else share.sample
        if not count:
            continue
        begun, config = time.monotonic(), parameters(**share.parameters)
        tally = unit.endure(f"endurance-{core}-{name}", config, count, seed, say=say)
        times.append(f"{name} {time.monotonic() - begun:.0f} s")
        missing = unit.missing(config, tally)
        figures += _figures(name, count, tally, missing)
        if hasattr(unit, "figures"):
            figures += unit.figures(name, config, tally, full)
        notes += _notes(name, tally, missing)
    about = (
        f"Random operations through the compiled unit, seed {seed} ({', '.join(times)}). "
        f"{unit.OPERATION}"
    )
    return Section("Endurance", about, figures, notes)


def _figures(name, count, tally, missing):
    speed = tally.cycles / tally.processor_seconds / 1e6
    return [
        Figure("operations", name, tally.operations, "", f">= {count}"),
        Figure("mismatches", name, tally.mismatches, "", "== 0"),
        Figure("situations never seen", name, len(missing), "", "== 0"),
        Figure("cycles", name, tally.cycles, ""),
        Figure("million cycles a second of processor time", name, round(speed, 2), "1/s"),
    ]


def _notes(name, tally, missing):
    """What the operations were; then what was wrong first, and what never came."""
    kinds = ", ".join(f"{kind} {count:,}" for kind, count in sorted(tally.kinds.items()))
    notes = [f"{name}: {kinds}."]
    if tally.difference:
        notes.append(f"{name}: **wrong first**: {tally.difference}")
    if missing:
        notes.append(f"{name}: **never seen**: {', '.join(missing)}")
    return notes
