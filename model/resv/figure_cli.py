"""The command ``resv figure``: the paper's figures on algorithms, on a trace of one's own."""

from pathlib import Path
from typing import Annotated

import typer

from resv import console
from resv.files import check_writable
from resv.laboratory.plots import pyplot
from resv.paper import FIGURES
from resv.policies.registry import listed
from resv.traces import excerpt_path

Number = Annotated[str, typer.Argument(metavar="NUMBER", help=", ".join(FIGURES))]
TraceFile = Annotated[
    Path | None,
    typer.Argument(metavar="TRACE", help="A file, or a name as T1.", show_default="the excerpt"),
]
Output = Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Folder for results.")]


def figure(
    number: Number,
    output: Output,
    trace: TraceFile = None,
    seed: Annotated[int, typer.Option(help="Of what is drawn.")] = 0,
    plot: Annotated[bool, typer.Option("--plots/--no-plots", help="Draw the picture.")] = True,
) -> None:
    """Show what a trace has of one of the paper's figures: a table, NUMBER.csv, NUMBER.png."""
    if number not in FIGURES:
        raise ValueError(f"figure must be one of {listed(FIGURES, number)}")
    if seed < 0:
        raise ValueError(f"seed must be at least 0, not {seed}")
    if output.exists() and not output.is_dir():
        raise ValueError(f"output must be a folder, not {output}")
    if plot:
        pyplot()  # told before the work if it is missing
    path = excerpt_path() if trace is None else trace
    loaded = console.load(path)
    output.mkdir(parents=True, exist_ok=True)
    written = [output / f"{number}.csv"] + ([output / f"{number}.png"] if plot else [])
    for file in written:
        check_writable(file)
    with console.bar(0) as advance:
        shown = FIGURES[number](loaded, seed, advance)
    about = [f"paper: {shown.paper}", f"here:  {shown.ours}", f"why:   {shown.why}"]
    name = "the excerpt" if trace is None else trace.stem
    title = f"figure {shown.title}; {name}"
    console.print_grid(title, shown.header, shown.texts(), about)
    shown.save(written[0])
    if plot:
        shown.picture(written[1], name)
    print("written:", *map(str, written))
