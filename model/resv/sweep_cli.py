"""The command ``resv sweep``: a declared sweep over several processes or a cluster."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from resv import console, sweeps
from resv.laboratory import Comparison
from resv.laboratory.tables import Grid, percent
from resv.sweeps import running

TITLES = {
    "ratio": "one knob (fitted)",
    "equal_k": "the same k for each chunk and KV head",
    "knob": "a given knob",
}

Declaration = Annotated[Path, typer.Argument(metavar="FILE", help="A sweep, as TOML.")]
Output = Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Folder for results.")]
Workers = Annotated[
    int | None,
    typer.Option(metavar="N", help="Processes on this machine.", show_default="one for each core"),
]
Scheduler = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="A scheduler of dask, as tcp://host:8786, in place of this machine.",
        show_default="none",
    ),
]


def sweep(
    declaration: Declaration,
    output: Output,
    workers: Workers = None,
    scheduler: Scheduler = None,
    parquet: Annotated[bool, typer.Option(help="Write the table as Parquet, too.")] = False,
) -> None:
    """Measure a declared sweep: tables, sweep.csv.

    What is finished is kept; the same command again goes on with the rest.
    """
    plan = sweeps.plan(sweeps.read(declaration), console.load)
    with console.bar(len(plan.units)) as say:
        found = sweeps.execute(
            plan, output, workers=workers, scheduler=scheduler, parquet=parquet, say=say
        )
    for grid in _grids(found):
        console.print_grid(grid.title, grid.header, grid.rows, grid.notes)
    names = [running.TABLE, *([running.PARQUET] if parquet else []), running.ABOUT]
    print("written:", *(str(output / name) for name in names))


def _grids(found: Comparison) -> Iterator[Grid]:
    """A table for each trace, kind of chunks and way to set a budget; means over the seeds."""
    figures = found.figures()
    for name, kind, table in dict.fromkeys(key[:3] for key in figures):
        own = {key[3:]: one for key, one in figures.items() if key[:3] == (name, kind, table)}
        targets = sorted({target for _, target in own if target is not None})
        rows, notes = [], []
        for policy in dict.fromkeys(policy for policy, _ in own):
            if (policy, None) in own:
                notes.append(f"{policy}: {_cell(own[policy, None])}")
            else:
                rows.append([policy, *(_cell(own[policy, target]) for target in targets)])
        scale, unit = (1, "") if table == "knob" else (100, " %")
        header = ["policy", *(f"{scale * target:g}{unit}" for target in targets)]
        title = f"{name}, {kind}, {TITLES[table]}: error, ratio in brackets, %"
        if rows:
            yield Grid(title, header, rows, notes)


def _cell(one) -> str:
    return f"{percent(one.output_error)} ({percent(one.ratio)})"
