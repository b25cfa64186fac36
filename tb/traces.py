"""``make traces``: make the named traces once, and say where they lie.

TRACE= names others than the three of the film; without a network it makes those of made-up scenes.
"""

import os
import sys

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

import settings
from resv import film, named_traces

DEFAULTS = ("T1", "T2", "T3")

console = Console(highlight=False, soft_wrap=True)


def main(environment=os.environ):
    """Exit status 0, or 2 if a trace cannot be made."""
    names = environment.get("TRACE", "").split() or list(DEFAULTS)
    try:
        for name in names:
            named_traces.path_of(name)
        for name in names:
            make(name)
    except (ImportError, OSError, ValueError) as error:
        settings.fail(f"make traces: {error}")
    except KeyboardInterrupt:
        settings.fail("make traces: interrupted; what was finished is kept")


def make(name):
    """Make one trace, or the synthetic one of its size if the film cannot be had."""
    try:
        path = _watched(name)
    except film.Unavailable as error:
        console.print(f"[yellow]{name}[/yellow]: {escape(str(error))}; making {name}s instead")
        name += "s"
        path = _watched(name)
    megabytes = path.stat().st_size / 1e6
    console.print(
        f"{name}: {named_traces.TRACES[name].tokens:,} tokens, {megabytes:.0f} MB, {path}"
    )


def _watched(name):
    """Make it with a progress bar on a terminal, and a line now and then elsewhere."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as bar:

        def watch(pictures, total):
            if not console.is_terminal:
                print(f"{name}: {total} frames ...", file=sys.stderr, flush=True)
            return bar.track(pictures, total, description=f"{name}, frames")

        return named_traces.make(name, watch)


if __name__ == "__main__":
    main()
