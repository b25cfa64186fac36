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
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="DIR", help="Folder for NUMBER.csv and NUMBER.png."),
]


def figure(
    number: Number,
    trace: TraceFile = None,
    output: Output = None,
    seed: Annotated[int, typer.Option(help="Of what is drawn.")] = 0,
    plot: Annotated[bool, typer.Option("--plots/--no-plots", help="Draw the picture.")] = True,
) -> None:
    """Show what a trace has of one of the paper's figures."""
    if number not in FIGURES:
        raise ValueError(f"figure must be one of {listed(FIGURES, number)}")
    if seed < 0:
        raise ValueError(f"seed must be at least 0, not {seed}")
    loaded = console.load(excerpt_path() if trace is None else trace)
    written = _files(output, number, plot) if output else []
    with console.bar(0) as advance:
        shown = FIGURES[number](loaded, seed, advance)
    about = [f"paper: {shown.paper}", f"here:  {shown.ours}", f"why:   {shown.why}"]
    name = "the excerpt" if trace is None else trace.stem
    title = f"figure {shown.title}; {name}"
    console.print_grid(title, shown.header, shown.texts(), about)
    if written:
        shown.save(written[0])
    for picture in written[1:]:
        shown.picture(picture, name)
    if written:
        print("written:", *map(str, written))


def _files(output: Path, number: str, plot: bool) -> list[Path]:
    """What is to be written, as far as that can be told before the work."""
    if output.exists() and not output.is_dir():
        raise ValueError(f"output must be a folder, not {output}")
    if plot:
        pyplot()
    output.mkdir(parents=True, exist_ok=True)
    files = [output / f"{number}.csv", *([output / f"{number}.png"] if plot else [])]
    for file in files:
        check_writable(file)
    return files
