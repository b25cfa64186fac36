"""``make area``: gate equivalents and clock of a unit's builds, printed and written as JSON."""

import os
import re
import shlex
import sys
from dataclasses import replace
from importlib import import_module

from rich.console import Console
from rich.markup import escape
from rich.table import Table

import figures
from figures import Figure
from settings import Usage, brought, fail, needs
from simulate import BUILD, UNITS
from synthesis import ecp5, gates, library
from synthesis.tools import ToolFailed

CORES = (*UNITS, "dre")
SEEDS = tuple(range(1, 9))

NONE = "–"
"""In the table, for what is not measured."""

console = Console(highlight=False, soft_wrap=True)


def main():
    """Exit status 0, 1 (a ``must`` was missed or a tool failed) or 2 (wrong use)."""
    core = os.environ.get("CORE") or "hcu"
    if core not in CORES:
        fail(f"make area: CORE must be one of {', '.join(CORES)}, not {core!r}")
    try:
        needs(core, "area")
    except Usage as error:
        fail(f"make area: {error}")
    cells = _library()
    name = f"{core}-{cells.name}" if cells else core
    folder = BUILD / "area" / name
    unit = import_module(brought(core, "area"))
    builds = [_gates_alone(build) for build in unit.BUILDS] if cells else unit.BUILDS
    console.print(f"{core}: {announced(builds)}; minutes")
    try:
        with console.status("measuring") as status:
            rows = [measure(build, folder, status.update, cells) for build in builds]
    except (ToolFailed, ValueError) as error:
        console.print(f"[red]failed[/red] {escape(str(error))}")
        repeat(core)
    found = [figure for row in rows for figure in as_figures(unit.WORK, *row)]
    path = BUILD / "area" / f"{name}.json"
    figures.write(path, found)
    console.print(table(core, unit.WORK, rows))
    if cells:
        console.print(f"NAND2 of {cells.name}: {cells.gate:g} (µm², if the file is in µm²)")
    else:
        console.print(figures.table(f"{core}: targets", [one for one in found if one.must]))
    console.print(f"figures: {os.path.relpath(path)}")
    missed = [figure for figure in found if not figure.meets(figure.must)]
    for figure in missed:
        console.print(f"[red]missed[/red] {figure.figure}: {figure.value:.4g}, must {figure.must}")
    if missed:
        repeat(core)


def _library():
    """What LIBERTY names; None: ours."""
    path = os.environ.get("LIBERTY")
    if not path:
        return None
    try:
        return library.load(path)
    except OSError as error:
        fail(f"make area: LIBERTY must be a file that can be read: {path}: {error.strerror}")
    except ValueError as error:
        fail(f"make area: LIBERTY: {error}")


def _gates_alone(build):
    """With cells of others there are no targets, and an ECP5 stays as it is."""
    return replace(build, gates_only=True, gates_must=None, gates_aim=None)


def announced(builds):
    """What is measured, for who waits for it."""
    if all(build.gates_only for build in builds):
        return f"gates of {len(builds)} builds"
    first = "the first run on a machine also prepares nextpnr (WebAssembly)"
    return f"gates and ECP5 clock over {len(SEEDS)} seeds ({first})"


def measure(build, folder, say, cells=None):
    """One build: itself, its gates (of a library, or ours), its place in an ECP5."""
    below = folder / re.sub(r"\W+", "-", build.name.lower())
    say(f"{build.name}: gates")
    cycles, reads = build.frame() if build.frame else (None, None)
    counted = gates.count(build.make(), below, cells)
    if build.gates_only:
        return build, cycles, reads, counted, None
    placed = ecp5.place(
        build.make(),
        below,
        seeds=SEEDS,
        say=lambda text: say(f"{build.name}: {text}"),
        one_hot=build.one_hot,
    )
    return build, cycles, reads, counted, placed


def as_figures(work, build, cycles, reads, counted, placed):
    """The row as figures."""

    def figure(name, value, unit, must=None, aim=None):
        return Figure(f"{build.name}: {name}", "", value, unit, must, aim)

    found = [
        figure("gates", counted.equivalents / 1000, "kGE", build.gates_must, build.gates_aim),
        figure("memories", counted.memory_bits, "bits"),
    ]
    if counted.area != counted.equivalents:  # not so in ours
        found.append(figure("area without memories", counted.area, "µm²"))
    if cycles is not None:
        found += [
            figure(work.name, cycles, "cycles"),
            figure(f"{work.read} read a {work.name}", reads, "bits"),
        ]
    if placed is None:
        return found
    return [
        *found,
        figure("ECP5 LUT", placed.luts, "", build.luts_must, build.luts_aim),
        figure("ECP5 FF", placed.flip_flops, ""),
        figure("ECP5 EBR", placed.block_rams, ""),
        figure("slowest seed", placed.slowest, "MHz", build.mhz_must, build.mhz_aim),
        figure("median seed", placed.median, "MHz"),
        figure("fastest seed", placed.fastest, "MHz"),
    ]


def table(core, work, rows):
    """All builds, for people; columns that none of them has are left out."""
    names = (
        *("build", f"cycles a {work.name}", f"{work.read} bits a {work.name}"),
        *("kGE", "µm²", "flip-flops", "memory bits", "ECP5 LUT/FF/EBR", "MHz min/median/max"),
    )
    cells = [
        (
            build.name,
            *(NONE if value is None else f"{value:,}" for value in (cycles, reads)),
            f"{counted.equivalents / 1000:.2f}",
            NONE if counted.area == counted.equivalents else f"{counted.area:,.0f}",
            f"{counted.flip_flops:,}",
            f"{counted.memory_bits:,}",
            *_placed(placed),
        )
        for build, cycles, reads, counted, placed in rows
    ]
    columns = list(zip(names, *cells, strict=True))
    kept = [column for column in columns if set(column[1:]) != {NONE}]
    shown = Table(title=f"{core}: area and clock", title_justify="left")
    for column in kept:
        shown.add_column(column[0], justify="left" if column[0] == "build" else "right")
    for row in list(zip(*kept, strict=True))[1:]:
        shown.add_row(*row)
    return shown


def _placed(placed):
    """What it takes of an ECP5, and its clock."""
    if placed is None:
        return NONE, NONE
    taken = f"{placed.luts:,}/{placed.flip_flops:,}/{placed.block_rams}"
    return taken, f"{placed.slowest:.0f}/{placed.median:.0f}/{placed.fastest:.0f}"


def repeat(core):
    """Say how to see it again, last of all, and fail."""
    print(f"reproduce: make area CORE={shlex.quote(core)}", flush=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
