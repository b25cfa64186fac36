"""The command ``resv system``: the paper's figures made again, and runs of one's own."""

import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from resv import console, system
from resv.files import check_writable
from resv.laboratory.plots import pyplot
from resv.system import calibration, figures, measure, modes, output, report
from resv.system.policy import POLICIES

app = typer.Typer(add_completion=False, help="The system model: frame rates, speedups, energy.")
ALL = "all"

Output = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="DIR", help="Folder for CSV and pictures.")
]


@app.command("figures")
def list_figures() -> None:
    """List the figures and tables there are."""
    console.print_table({name: one.about for name, one in figures.FIGURES.items()})


@app.command("fits")
def list_fits() -> None:
    """List the fitted values of mode calibrated: reason, and the paper's figures fitted to."""
    rows = [
        [fit.platform, fit.name, f"{fit.value:g}", ", ".join(fit.points), fit.reason]
        for fit in calibration.fits()
    ]
    header = ["machine", "what", "value", "fitted to", "reason"]
    title = f"{len(rows)} values; what is fitted to a figure is no evidence there"
    console.print_grid(title, header, rows, [], texts=("what", "fitted to", "reason"))


@app.command()
def figure(
    name: Annotated[str, typer.Argument(help="One of `resv system figures`, or all.")],
    mode: Annotated[str, typer.Option(help=", ".join(modes.MODES) + ", or all.")] = ALL,
    output_folder: Output = None,
    plot: Annotated[bool, typer.Option("--plots/--no-plots", help="Draw pictures.")] = True,
) -> None:
    """Make a figure of the paper again: table, and CSV and picture in a folder.

    "fit" marks what a value was fitted to, "of fits" what follows from such; agreement there is no
    evidence.
    """
    if name != ALL and name not in figures.FIGURES:
        raise ValueError(f"figure must be one of {', '.join(figures.FIGURES)}, {ALL}, not {name!r}")
    if mode != ALL and mode not in modes.MODES:
        raise ValueError(f"mode must be one of {', '.join(modes.MODES)}, {ALL}, not {mode!r}")
    if output_folder is not None:
        if output_folder.exists() and not output_folder.is_dir():
            raise ValueError(f"output must be a folder, not {output_folder}")
        if plot:
            pyplot()  # told before the work if it is missing
        output_folder.mkdir(parents=True, exist_ok=True)
    names = [name] if name != ALL else [
        one for one, entry in figures.FIGURES.items() if mode in (ALL, *entry.modes)
    ]  # fmt: skip
    for one in names:
        has = figures.FIGURES[one].modes
        if mode not in (ALL, *has):
            raise ValueError(f"mode of figure {one} must be one of {', '.join(has)}, not {mode!r}")
    chosen = modes.MODES if mode == ALL else report.shown(mode)
    with _told(), console.bar(len(names)) as advance:
        for one in names:
            about = f"figure {one}"
            entry = figures.FIGURES[one]
            made = entry.make(
                [mode for mode in chosen if mode in entry.modes],
                lambda text, about=about: advance(f"{about}: {text}", 0),
            )
            advance(about)
            _show(made, output_folder, plot)


def _show(made: system.figures.Figure, folder: Path | None, plot: bool) -> None:
    console.print_grid(
        f"{made.name}: {made.title}",
        output.header(made),
        output.rows(made),
        list(made.notes),
        texts=("why", "unit"),
    )
    if folder is None:
        return
    paths = [folder / f"{made.name}.csv"]
    output.write_csv(made, paths[0])
    if plot:
        paths.append(folder / f"{made.name}.png")
        output.draw(made, paths[1])
    print("written:", *(str(path) for path in paths))


@contextmanager
def _told() -> Iterator[None]:
    """Warnings are a line each on standard error, each once."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for text in dict.fromkeys(str(warning.message) for warning in caught):
        print(f"resv: warning: {text}", file=sys.stderr)


@app.command()
def run(
    tokens: Annotated[int, typer.Option(help="Cached tokens of each stream.")] = 40_000,
    platform: Annotated[str, typer.Option(help="A machine, or a .toml file.")] = "v-rex8",
    policy: Annotated[
        str | None, typer.Option(help=", ".join(POLICIES) + ".", show_default="kvmu, and ours")
    ] = None,
    batch: Annotated[int, typer.Option(help="Streams that go together.")] = 1,
    mode: Annotated[str, typer.Option(help=", ".join(modes.MODES) + ", or all that go.")] = ALL,
    model: Annotated[str, typer.Option(help="A model, or a .toml file.")] = system.run.MODEL,
    case: Annotated[str | None, typer.Option(help="Of mode ours: a measurement.")] = None,
    share: Annotated[float | None, typer.Option(help="Of mode ours: share selected.")] = None,
    area: Annotated[
        float | None, typer.Option(help="Of mode ours: in mean selections, or all that fits.")
    ] = None,
    ahead: Annotated[int | None, typer.Option(help="Of mode ours: layers; 0: exact.")] = None,
    kv_bits: Annotated[float | None, typer.Option(help="Of mode ours: on the link.")] = None,
    parts: Annotated[bool, typer.Option("--parts", help="Operation by operation too.")] = False,
    output_file: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="CSV of every use of a resource."),
    ] = None,
) -> None:
    """One frame, one question of 25 tokens and one generated token on a machine, mode by mode."""
    given = {"case": case, "share": share, "area": area, "ahead": ahead, "kv_bits": kv_bits}
    given = {name: value for name, value in given.items() if value is not None}
    options = system.Options(**given) if given else None
    if options is not None and mode not in ("ours", ALL):
        raise ValueError(f"options must be left out in mode {mode}, not {options}")
    if output_file is not None:
        check_writable(output_file)
    machine = system.load_platform(platform)
    calls = {"frame": system.frame, "question": system.question, "token": system.token}

    def runner(call: Callable[..., system.Result]) -> Callable[[str], system.Result]:
        about = {"tokens": tokens, "batch": batch, "model": model}
        return lambda mode: call(
            machine, policy, mode=mode, options=options if mode == "ours" else None, **about
        )

    with _told():
        runs, absent = report.run_modes(
            None if mode == ALL else mode, {name: runner(call) for name, call in calls.items()}
        )
    if options is not None and "ours" not in runs:
        raise ValueError(f"options must be left out where mode ours does not go: {absent['ours']}")
    title = f"{platform}, {batch} x {tokens:,} cached tokens"
    notes = [f"{name}: {why}" for name, why in absent.items()]
    notes += report.fitted_elsewhere(machine, runs)
    console.print_grid(title, ["", "unit", *runs], report.summary(runs), notes, texts=("unit",))
    if parts:
        header = ["resource", "what", "uses", "ms", "MB", "10^9 operations"]
        for name, of in runs.items():
            for kind, one in of.items():
                console.print_grid(f"{name}, {kind}", header, report.parts(one), [], ("what",))
    if output_file is not None:
        report.write_uses(output_file, runs)
        print("written:", output_file)


@app.command("measure")
def measure_all(
    output_file: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="JSON.")],
) -> None:
    """Measure selections and link bytes on T2 and T3 (`make traces`): a quarter of an hour."""
    check_writable(output_file)
    traces = measure.named(sorted({name for name, _ in measure.CASES}))
    heads = {name: trace.k.shape[0] * trace.k.shape[1] for name, trace in traces.items()}
    steps = sum(1 + len(measure.AREAS) * heads[name] for name, _ in measure.CASES)
    with console.bar(steps) as advance:
        rows = measure.measure(measure.CASES, traces, say=advance)
    measure.write(output_file, rows, traces)
    print("written:", output_file)
