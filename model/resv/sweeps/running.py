"""A sweep is checked, measured, and kept part by part, so that it can go on after an end."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict, Unpack

from resv import laboratory, named_traces
from resv.files import atomic_writer, check_writable
from resv.laboratory import Comparison, Row, comparison
from resv.sweeps import parquet as parquet_file
from resv.sweeps import pool
from resv.sweeps.declaration import Sweep
from resv.sweeps.table import TidyTable
from resv.sweeps.units import Unit, measured, units
from resv.traces import Trace, load_trace

TABLE, PARQUET, ABOUT, PARTS = "sweep.csv", "sweep.parquet", "about.json", "parts"

Say = Callable[[str], None]


class How(TypedDict, total=False):
    """How a sweep is measured; `execute` explains."""

    workers: int | None
    scheduler: str | None
    parquet: bool
    say: Say


@dataclass(frozen=True, eq=False)
class Plan:
    """A sweep that can be measured: its traces are there, and nothing in it is refused.

    Attributes
    ----------
    sweep : Sweep
    units : list of Unit
        In the order of the results.
    about : str
        What is measured, as JSON.
    """

    sweep: Sweep
    units: list[Unit]
    about: str


def plan(sweep: Sweep, load: Callable[[Path], Trace] | None = None) -> Plan:
    """Read and check the traces of a sweep.

    Parameters
    ----------
    sweep : Sweep
    load : callable or None
        Reads a trace by file or name; None: ``resv.load_trace``.

    Raises
    ------
    OSError
        If a trace cannot be read.
    ValueError
        If there is no such trace, or a setting does not go with it.
    """
    load = load or (lambda path: load_trace(named_traces.resolve(path)))
    traces = named_traces.several(sweep.traces, load)
    for name, trace in traces.items():
        comparison.check(name, trace, sweep.settings)
    about = comparison.describe(traces, sweep.settings, seeds=list(sweep.seeds), fit=sweep.fit)
    return Plan(sweep, list(units(sweep, traces)), about)


def run(sweep: Sweep, folder: str | Path, **how: Unpack[How]) -> Comparison:
    """Measure a sweep; `execute` of its `plan`, which see, also for ``how``.

    Processes import the program that calls this, so it must have its
    ``if __name__ == "__main__":``, unless it is a notebook.
    """
    return execute(plan(sweep), folder, **how)


def execute(
    plan: Plan,
    folder: str | Path,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    parquet: bool = False,
    say: Say = lambda what: None,
) -> Comparison:
    """Measure what the folder does not have yet, and write the table.

    A unit's rows are a file in ``parts`` as soon as it is finished. Whatever ends the work, the
    table ``sweep.csv`` then has what is finished; called again, only the rest is measured. A change
    of traces, settings or version gives other units. A policy of your own that has changed under
    its old name does not: take a new folder.

    Parameters
    ----------
    plan : Plan
    folder : str or Path
        Made if it is not there.
    workers : int or None
        Processes on this machine; None: one for each core. The result is the same.
    scheduler : str or None
        Address of a dask scheduler instead, whose workers have this package and see the traces
        under the same paths.
    parquet : bool
        Whether the table is written as Parquet, too.
    say : callable
        Is told each unit that is finished, those of earlier times first.

    Returns
    -------
    Comparison
        All rows, in the order of the units.

    Raises
    ------
    ImportError
        If dask is missing, or pyarrow and ``parquet`` is wanted.
    OSError
        If the folder cannot be written.
    TypeError, ValueError
        If workers are none, no scheduler answers, or units failed: the message has the first one's
        error, which is its cause. All others have been measured then.
    """
    folder = Path(folder)
    _prepare(folder, workers, scheduler, parquet)
    with atomic_writer(folder / ABOUT) as file:
        file.write(plan.about.encode())
    parts, failed = _kept(plan, folder / PARTS), {}
    for unit in plan.units:
        if unit.key in parts:
            say(str(unit))
    left = [unit for unit in plan.units if unit.key not in parts]
    try:
        if left:
            with pool.processes(workers, scheduler) as client:
                failed = _measure(client, left, folder / PARTS, parts, say)
    finally:
        found = _write(plan, parts, folder, parquet)
    _raise_first(plan, failed)
    return found


def _prepare(folder: Path, workers: int | None, scheduler: str | None, parquet: bool) -> None:
    """Make the folder, and tell now what would fail later."""
    pool.check(workers, scheduler)
    if parquet:
        parquet_file.pyarrow()
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"output must be a folder, not {folder}")
    (folder / PARTS).mkdir(parents=True, exist_ok=True)
    for name in (TABLE, ABOUT, *([PARQUET] if parquet else [])):
        check_writable(folder / name)


def _file(folder: Path, unit: Unit) -> Path:
    return folder / f"{unit.key}.csv"


def _kept(plan: Plan, folder: Path) -> dict[str, list[Row]]:
    """Rows of units that were finished before; a damaged file counts as none."""
    parts: dict[str, list[Row]] = {}
    for unit in plan.units:
        try:
            parts[unit.key] = list(laboratory.load(_file(folder, unit)).rows)
        except (FileNotFoundError, ValueError):
            continue
    return parts


def _measure(
    client: Any, left: list[Unit], folder: Path, parts: dict[str, list[Row]], say: Say
) -> dict[str, BaseException]:
    """Measure units; rows go to ``parts`` and into files; returns errors of those that failed."""
    failed: dict[str, BaseException] = {}
    for unit, found in pool.finished(client, measured, left):
        if isinstance(found, BaseException):
            failed[unit.key] = found
        else:
            Comparison(tuple(found)).save(_file(folder, unit))
            parts[unit.key] = found
        say(str(unit))
    return failed


def _write(plan: Plan, parts: Mapping[str, list[Row]], folder: Path, parquet: bool) -> Comparison:
    """The tables of what is there, which is returned."""
    rows = [row for unit in plan.units for row in parts.get(unit.key, [])]
    table = TidyTable.of(rows, plan.sweep.settings.policies)
    table.save(folder / TABLE)
    if parquet:
        parquet_file.to_parquet(table, folder / PARQUET)
    return Comparison(tuple(rows))


def _raise_first(plan: Plan, failed: Mapping[str, BaseException]) -> None:
    for unit in plan.units:
        if unit.key in failed:
            error = failed[unit.key]
            raise ValueError(
                f"{unit}: {error}; {len(failed)} of {len(plan.units)} units failed, the others are "
                "kept"
            ) from error
