"""What synthesis makes of a design, in simulation: the same benches on a netlist of gates.

yosys flattens the design, takes initial values away, and maps all but memories to two-input gates,
multiplexers and plain flip-flops. Verilator begins with random states, so one reset must do. This
is for designs that are too large to be proved equal to their netlist (`verification.equivalence`);
their units are. A unit brings ``tb/<core>/postsynthesis_<core>.py``: ``BUILDS`` (name to
parameters), ``CASES`` (a bench, and how many cases it has) and ``SETTINGS`` (for the benches).
"""

import re
from importlib import import_module

import settings
import simulate
from figures import Figure
from verification import netlist
from verification.section import Section

SCRIPT = """
read_rtlil top.il
hierarchy -top {core}
proc -norom
flatten
opt_clean
setattr -unset init w:*
delete t:$meminit*
memory_collect
opt -full
techmap
opt -fast
dfflegalize -cell $_DFF_P_ x
simplemap
abc -g AND,NAND,OR,NOR,XOR,XNOR,MUX
opt_clean
"""
WRITE = "tee -q -o cells.txt stat\nwrite_verilog -noattr netlist.v\n"

FLAGS = ("-Wno-UNOPTFLAT", "--no-assert")


def run(core, *, full, seed, say):
    """Synthesise the builds of a unit, and play its benches on the netlists.

    Raises
    ------
    simulate.BuildFailed
        If yosys or the simulator fails.
    """
    unit = import_module(settings.brought(core, "postsynthesis"))
    figures, notes = [], []
    for name, parameters in unit.BUILDS.items():
        found, more = play(core, name, parameters, unit, seed, say)
        figures += found
        notes += more
    return Section("Post-synthesis", _about(unit, seed), figures, notes)


def play(core, name, parameters, unit, seed, say, change=""):
    """The benches on the netlist of one build; ``change`` is one more line for yosys.

    Returns
    -------
    list of Figure, list of notes
    """
    folder = (simulate.BUILD / "verify" / core / "postsynthesis" / name).resolve()
    config = (simulate.UNITS | simulate.PARTS)[core][1](**parameters)
    say(f"post-synthesis, {name}: synthesis")
    netlist.write_rtlil(core, config, folder / "top.il")
    netlist.yosys(folder, "synthesis", f"{SCRIPT.format(core=core)}{change}\n{WRITE}")
    say(f"post-synthesis, {name}: the simulator is built, of gates; minutes")
    prepared = simulate.prepare(
        core,
        config,
        simulator="verilator",
        name=str(folder / "simulation"),
        source=folder / "netlist.v",
        extra_args=FLAGS,
        optimise="none",
    )
    passed, failures = 0, []
    for bench, cases in unit.CASES.items():
        say(f"post-synthesis, {name}: {bench}")
        random_state = ["+verilator+rand+reset+2", f"+verilator+seed+{seed % 2**31 or 1}"]
        outcome = simulate.run(
            prepared, bench, seed=seed, settings=unit.SETTINGS, plusargs=random_state
        )
        passed += outcome.passed
        failures += outcome.failures
        if outcome.passed + len(outcome.failures) != cases:
            failures.append(f"{bench} has not run {cases} cases")
    bound = f"of {passed + len(failures)}"
    figures = [
        Figure("gates and flip-flops", name, _cells(folder), ""),
        Figure("cases that fail on the netlist", name, len(failures), "", "== 0", bound=bound),
    ]
    return figures, [f"**Failed** on the netlist of `{name}`: {case}." for case in failures]


def _cells(folder):
    """How many the netlist has, without memories."""
    found = re.findall(r"^\s+(\d+)\s+\$_\w+_$", (folder / "cells.txt").read_text(), re.MULTILINE)
    return sum(map(int, found))


def _about(unit, seed):
    return (
        "yosys flattens the design, takes initial values away, and maps all but memories to "
        "two-input gates, multiplexers and plain flip-flops. The benches run on that, from random "
        f"states, seed {seed}: {', '.join(unit.CASES)}."
    )
