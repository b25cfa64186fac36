"""The command ``resv compare``: policies held against each other on traces."""

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from resv import console, named_traces
from resv.config import Config
from resv.files import atomic_writer, check_writable
from resv.laboratory import RATIOS, Comparison, Row, Settings, comparison, plots
from resv.laboratory.rows import RowWriter, read_finished
from resv.laboratory.tables import tables
from resv.policies import names
from resv.policies.registry import listed
from resv.traces import Trace

DEFAULTS = Settings(policies=("full",))
PERCENTS = ",".join(f"{100 * ratio:g}" for ratio in RATIOS)
RESULTS, ABOUT = "results.csv", "about.json"

Traces = Annotated[
    list[Path],
    typer.Argument(metavar="TRACE...", help="Traces, resv-trace/1: files, or names as T1."),
]
Output = Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Folder for results.")]
Policies = Annotated[
    str,
    typer.Option(
        help="With commas; NAME:PARAMETER=VALUE changes one. " + ", ".join(names()),
        show_default="all",
    ),
]
Ratios = Annotated[str, typer.Option(help="Retrieval ratios in %, with commas.")]
Against = Annotated[
    str | None,
    typer.Option(help="Policy that the others are held against.", show_default="resv, if compared"),
]


def compare(
    traces: Traces,
    output: Output,
    policies: Policies = "",
    ratios: Ratios = PERCENTS,
    against: Against = None,
    seed: Annotated[int, typer.Option(help="Of all that is drawn.")] = DEFAULTS.seed,
    sink_tokens: Annotated[int, typer.Option(help="Sinks.")] = DEFAULTS.config.sink_tokens,
    recent_tokens: Annotated[int, typer.Option(help="Recent tokens.")] = (
        DEFAULTS.config.recent_tokens
    ),
    block_chunks: Annotated[int, typer.Option(help="Chunks drawn together for intervals.")] = (
        DEFAULTS.block_chunks
    ),
    link: Annotated[bool, typer.Option(help="Measure link bytes.")] = True,
    held_back: Annotated[int, typer.Option(help="Far tokens held back in near memory.")] = (
        DEFAULTS.held_back
    ),
    area_pages: Annotated[int, typer.Option(help="Far pages that stay in near memory.")] = (
        DEFAULTS.area_pages
    ),
    plot: Annotated[bool, typer.Option("--plots/--no-plots", help="Draw pictures.")] = True,
) -> None:
    """Compare policies on traces: tables, results.csv, pictures.

    Rows are in results.csv as soon as a policy is done with a trace; the same command again goes on
    with the rest.
    """
    settings = Settings(
        policies=tuple(policies.split(",")) if policies else (),
        ratios=_ratios(ratios),
        config=Config(sink_tokens=sink_tokens, recent_tokens=recent_tokens),
        seed=seed,
        block_chunks=block_chunks,
        link=link,
        held_back=held_back,
        area_pages=area_pages,
    )
    against = _against(against, settings)
    if output.exists() and not output.is_dir():
        raise ValueError(f"output must be a folder, not {output}")
    if plot:
        plots.pyplot()  # told before the work if it is missing
    loaded = named_traces.several(traces, console.load)
    for name, trace in loaded.items():
        comparison.check(name, trace, settings)
    _prepare(output)
    about = comparison.describe(loaded, settings)
    kept = _kept(output, about)
    (output / ABOUT).write_text(about, encoding="utf-8")
    found = _measured(loaded, settings, output / RESULTS, kept)
    for grid in tables(found, settings, against):
        console.print_grid(grid.title, grid.header, grid.rows, grid.notes)
    _print_provenance(loaded, settings)
    drawn = plots.draw(found, output) if plot else []
    print("written:", *(str(path) for path in (output / RESULTS, output / ABOUT, *drawn)))


def _against(wanted: str | None, settings: Settings) -> str | None:
    """One of the policies, or none if nothing is said and resv is not among them."""
    labels = [policy.label for policy in settings.policies]
    if wanted is None:
        return "resv" if "resv" in labels else None
    if wanted not in labels:
        raise ValueError(f"against must be one of {listed(labels, wanted)}")
    return wanted


def _ratios(text: str) -> tuple[float, ...]:
    try:
        percents = [float(part) for part in text.split(",")]
    except ValueError:
        raise ValueError(f"ratios must be numbers with commas, in %, not {text!r}") from None
    for percent in percents:
        if not 0 < percent < 100:
            raise ValueError(f"ratios must be above 0 and below 100 %, not {percent:g}")
    return tuple(percent / 100 for percent in percents)


def _prepare(folder: Path) -> None:
    """Make the folder, and tell now what would fail later."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in (RESULTS, ABOUT):
        check_writable(folder / name)


def _kept(folder: Path, about: str) -> list[Row]:
    """Rows of the same comparison that was stopped; none if it was another."""
    try:
        if (folder / ABOUT).read_text(encoding="utf-8") == about:
            return read_finished(folder / RESULTS)
    except (OSError, ValueError):
        pass  # there is none
    return []


def _measured(
    traces: dict[str, Trace], settings: Settings, path: Path, kept: list[Row]
) -> Comparison:
    """Measure the rest; what is finished is in the file, whatever happens then."""
    found = list(kept)
    done = {(row.trace, row.policy) for row in kept}
    if done:
        print(f"kept from before: {len(done)} policies on traces", file=sys.stderr)
    with atomic_writer(path) as file:
        text = io.TextIOWrapper(file, "utf-8", newline="")
        RowWriter(text).write(kept)
        text.detach()
    with path.open("a", newline="", encoding="utf-8") as file, _progress(traces, settings) as say:
        writer = RowWriter(file, goes_on=True)
        for rows in comparison.run(traces, settings, say, done):
            writer.write(rows)
            found += rows
    return Comparison(tuple(found))


@contextmanager
def _progress(
    traces: dict[str, Trace], settings: Settings
) -> Iterator[Callable[[str, int, int], None]]:
    """A bar over all traces, policies and heads, twice each."""
    heads = sum(trace.k.shape[0] * trace.k.shape[1] for trace in traces.values())
    total = 2 * heads * (len(settings.policies) + 1)
    with console.bar(total) as advance:
        yield lambda what, done, of: advance(what)


def _print_provenance(traces: dict[str, Trace], settings: Settings) -> None:
    for name, trace in traces.items():
        weights = trace.metadata.get("weights")
        print(f"{name}: SHA-256 {trace.sha256}, weights {weights or 'unknown'}")
        if weights == "random":
            print("  task accuracy: not testable with random weights")
    print(f"settings {settings.sha256}, seed {settings.seed}; on these clips, with these weights")
