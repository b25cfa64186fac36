"""What the commands print: tables, warnings, progress. One place for their looks."""

import sys
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress, track
from rich.table import Table

from resv import named_traces
from resv.traces import Trace, load_trace


def load(text: str | Path) -> Trace:
    """Read a trace by file or name; what its metadata lacks is a line on standard error each."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        trace = load_trace(named_traces.resolve(text))
    for warning in caught:
        print(f"resv: warning: {warning.message}", file=sys.stderr)
    return trace


def progress(steps: Iterable[Any], total: int, what: str) -> Iterable[Any]:
    """The same steps, with a bar on standard error if that is a terminal."""
    return track(
        steps,
        total=total,
        description=what,
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
        transient=True,
    )


def print_table(rows: dict[str, str]) -> None:
    """Names and values in two columns; folded to the width of a terminal only."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows.items():
        table.add_row(name, value)
    console = Console(width=None if sys.stdout.isatty() else 1_000, markup=False, highlight=False)
    with console.capture() as capture:
        console.print(table)
    for line in capture.get().splitlines():
        print(line.rstrip())


@contextmanager
def bar(total: int) -> Iterator[Callable[..., None]]:
    """A bar on standard error, if that is a terminal; call what it gives for each step of work.

    It takes what is done, and by how many steps the bar goes on (1).
    """
    shown = Progress(console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True)
    with shown:
        task = shown.add_task("", total=total)
        yield lambda what, steps=1: shown.update(task, advance=steps, description=what)


def print_grid(
    title: str,
    header: list[str],
    rows: list[list[str]],
    notes: list[str],
    texts: Collection[str] = (),
) -> None:
    """A table with a title above and notes below; numbers to the right, nothing folded.

    Columns named in ``texts``, and the first one, are to the left.
    """
    table = Table(box=None, pad_edge=False)
    for number, name in enumerate(header):
        left = not number or name in texts
        table.add_column(name, justify="left" if left else "right", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    console = Console(width=1_000, markup=False, highlight=False)
    with console.capture() as capture:
        console.print(table)
    lines = [line.rstrip() for line in capture.get().splitlines()]
    print(title, *lines, *notes, "", sep="\n")
