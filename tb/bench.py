"""``make bench``: measure a unit, print every figure beside its target, write them as JSON."""

import os
import sys
from importlib import import_module

from rich.console import Console
from rich.markup import escape

import figures
import settings
from simulate import BUILD, UNITS, BuildFailed

CORES = (*UNITS, "dre", "model", "study")
"""All units joined, the golden model, and the study of policies have figures too."""

console = Console(highlight=False, soft_wrap=True)


def main():
    """Exit status 0, 1 (a ``must`` was missed or a bench failed) or 2 (wrong use)."""
    try:
        chosen = settings.read(cores=CORES)
        settings.needs(chosen.core, "figures")
    except settings.Usage as error:
        settings.fail(f"make bench: {error}")
    unit = import_module(settings.brought(chosen.core, "figures"))
    where = f" in {chosen.simulator}" if chosen.core in UNITS else ""
    console.print(f"{chosen.core}{where}, seed {chosen.seed}; {unit.DURATION}")
    try:
        with console.status("measuring") as status:
            measured = unit.measure(chosen.simulator, chosen.seed, status.update)
    except BuildFailed as error:
        console.print(f"[red]failed[/red] {escape(str(error))}")
        repeat(chosen)
    path = BUILD / "bench" / f"{chosen.core}.json"
    figures.write(path, measured)
    console.print(figures.table(f"{chosen.core}: performance", measured))
    console.print(f"figures: {os.path.relpath(path)}")
    missed = [figure for figure in measured if not figure.meets(figure.must)]
    for figure in missed:
        console.print(f"[red]missed[/red] {figure.figure}: {figure.value}, must {figure.must}")
    if missed:
        repeat(chosen)


def repeat(chosen):
    """Say how to see it again, last of all, and fail."""
    print(f"reproduce: {chosen.command('bench')}", flush=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
