"""RTL against the netlist that synthesis makes of it: proved equivalent, and simulated.

yosys maps the flattened unit to NAND, NOR, XOR, ... and plain flip-flops (``abc``). Then it proves,
by induction over matching registers and ports, that both are the same machine for all inputs and
all states; initial values are dropped on both sides. Wires that the netlist has left dangling are
no points of comparison; ports and registers are always. The netlist is also simulated with the
unit's benches. Netlists with one gate changed must not be proved: those are the negative controls.

A unit brings ``tb/<core>/equivalence_<core>.py`` with ``BUILDS`` (list of `Build`), ``LOOSE``
(patterns of wires that end nowhere in a netlist), ``BENCHES`` and ``SETTINGS`` (of the simulation),
``SAMPLE`` (names of the builds in the sample of ``make test``) and ``GAPS`` (notes for the page).
Memories must have a power of two of words: what lies behind their end is undefined, and synthesis
may choose. ``CUT`` says which cells are no part of the comparison (`verification.cut`); in
simulation they stand beside the netlist (`verification.around`).
"""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib import import_module
from time import monotonic

import simulate
from figures import Figure
from verification import around, cut, netlist
from verification.section import Section

START = """
read_rtlil top.il
hierarchy -top {core}
proc -norom
flatten
opt_clean
setattr -unset init w:*
delete t:$meminit*
memory_map
"""

FLAT = """
read_rtlil top.il
hierarchy -top {core}
proc -norom
flatten
opt_clean
memory_collect
write_rtlil top.il
"""

INNER, AROUND = "netlist", "around.v"
"""Name of a netlist from which cells have been cut out, and the file with what goes around it."""

GOLD = f"{START}opt_clean\nrename -top gold\nwrite_rtlil gold.il\n"

GATE = f"""{START}
opt -full
techmap
opt -fast
dfflegalize -cell $_DFF_P_ x
simplemap
opt -fast
abc -g AND,NAND,OR,NOR,XOR,XNOR,MUX
opt_clean
write_verilog -noattr netlist.v
rename -top gate
write_rtlil gate.il
"""

# SAT knows plain flip-flops only.
PROVE = """
read_rtlil gold.il
read_rtlil gate.il
{change}
async2sync gold gate
dffunmap gold gate
equiv_make -blacklist loose.txt gold gate equiv
hierarchy -top equiv
clean
equiv_simple -seq 2
equiv_induct -seq 3
tee -q -o status.txt equiv_status
"""

CHANGES = {"NAND": "AND", "NOR": "OR", "XOR": "XNOR"}
"""Controls: one gate of the first kind becomes one of the second."""

FLAGS = ("-Wno-UNOPTFLAT", "--no-assert")


@dataclass(frozen=True)
class Build:
    """A build to be compared: its name and parameters, and whether its netlist is simulated."""

    name: str
    parameters: dict
    simulated: bool


def run(core, *, full, seed, say):
    """Prove, refute, simulate; see the module.

    Raises
    ------
    simulate.BuildFailed
        If yosys or the simulator fails.
    """
    unit = import_module(f"{core}.equivalence_{core}")
    builds = [build for build in unit.BUILDS if full or build.name in unit.SAMPLE]
    notes, proved, refuted, wanted, passed, failed = [], 0, 0, 0, 0, []
    for build in builds:
        say(f"equivalence, {build.name}: proof")
        folder = synthesise(core, build, unit)
        start = monotonic()
        points, unproven = prove(folder)
        proved += not unproven
        notes.append(
            f"**{build.name}**: {points - unproven} of {points} points proved equal, in "
            f"{monotonic() - start:.0f} s."
        )
        if not build.simulated:
            continue
        for old, new in list(CHANGES.items())[: None if full else 1]:
            say(f"equivalence, {build.name}: control, {old} to {new}")
            wanted += 1
            caught = bool(prove(folder, old)[1])
            refuted += caught
            notes.append(
                f"control, {build.name}: one {old} made {new}: "
                f"{'not proved, as it should be' if caught else '**proved**'}."
            )
        say(f"equivalence, {build.name}: simulation of the netlist")
        benches = unit.BENCHES if full else unit.BENCHES[:1]
        good, bad = simulate_netlist(core, build, benches, unit.SETTINGS, folder, seed)
        passed += good
        failed += bad
    notes += [f"**failed on the netlist**: {name}" for name in failed]
    simulated = sum(build.simulated for build in builds)
    figures = [
        Figure("netlists proved equivalent", "", proved, "", f"== {len(builds)}"),
        Figure("changed netlists not proved", "", refuted, "", f"== {wanted}"),
        Figure("cases passed on netlists", "", passed, "", f">= {simulated}"),
        Figure("cases failed on netlists", "", len(failed), "", "== 0"),
    ]
    return Section("Equivalence", _about(full, seed), figures, [*notes, *unit.GAPS])


def synthesise(core, build, unit):
    """``gold.il``, ``gate.il`` and ``netlist.v`` of a build; returns their folder."""
    name = re.sub(r"\W+", "-", build.name)
    folder = (simulate.BUILD / "verify" / core / "equivalence" / name).resolve()
    _, parameters = simulate.UNITS[core]
    config = parameters(**build.parameters)
    top = netlist.write_rtlil(core, config, folder / "top.il")
    (folder / AROUND).unlink(missing_ok=True)
    if unit.CUT:
        netlist.yosys(folder, "flat", FLAT.format(core=core))
        text, boxes = cut.cut(top.read_text(), unit.CUT)
        top.write_text(text)
        (folder / AROUND).write_text(around.verilog(core, config, INNER, boxes))
    netlist.yosys(folder, "gold", GOLD.format(core=core))
    wires = set(re.findall(r"^  wire .*\\(\S+)$", (folder / "gold.il").read_text(), re.MULTILINE))
    loose = sorted(name for name in wires if any(fnmatchcase(name, p) for p in unit.LOOSE))
    (folder / "loose.txt").write_text("".join(f"\\{name}\n" for name in loose))
    netlist.yosys(folder, "gate", GATE.format(core=core))
    return folder


def prove(folder, changed=None):
    """Points of comparison, and how many of them are not proved equal.

    Parameters
    ----------
    folder : Path
        From `synthesise`.
    changed : str or None
        Kind of gate, a key of `CHANGES`: change one of them first.

    Raises
    ------
    ValueError
        If there is not one such gate to be changed, or yosys does not say what it found.
    """
    change = ""
    if changed:
        cells = re.findall(rf"^  cell \$_{changed}_ (\S+)$", (folder / "gate.il").read_text(), re.M)
        if not cells:
            raise ValueError(f"the netlist must have a {changed} to be changed, but has none")
        middle = cells[len(cells) // 2]
        change = f"chtype -set $_{CHANGES[changed]}_ gate/{middle}"
    name = f"prove_{changed}" if changed else "prove"
    netlist.yosys(folder, name, PROVE.format(change=change))
    status = (folder / "status.txt").read_text()
    found = re.search(r"Of those cells (\d+) are proven and (\d+) are unproven", status)
    if not found or not int(found[1]):
        raise ValueError(f"yosys must say how many points it has proved: see {folder}/{name}.log")
    proven, unproven = map(int, found.groups())
    return proven + unproven, unproven


def simulate_netlist(core, build, benches, settings, folder, seed):
    """Benches on the netlist: number of cases passed, names of those failed."""
    _, parameters = simulate.UNITS[core]
    source = folder / "netlist.v"
    if (folder / AROUND).exists():
        text = source.read_text().replace(f"module {core}(", f"module {INNER}(")
        source = folder / "simulated.v"
        source.write_text(text + (folder / AROUND).read_text())
    prepared = simulate.prepare(
        core,
        parameters(**build.parameters),
        simulator="verilator",
        name=str(folder / "simulation"),
        source=source,
        extra_args=FLAGS,
    )
    passed, failed = 0, []
    for bench in benches:
        outcome = simulate.run(prepared, bench, seed=seed, settings=settings)
        passed += outcome.passed
        failed += [f"{build.name}: {name}" for name in outcome.failures]
    return passed, failed


def _about(full, seed):
    text = (
        "yosys maps the unit, flattened and without initial values, to two-input gates, "
        "multiplexers and plain flip-flops, and proves the netlist to be the same machine as the "
        "RTL, by induction over all matching ports and registers. The benches then run on the "
        f"netlist, seed {seed}. In the controls one gate is changed."
    )
    return text if full else f"{text} (The sample of `make test`.)"
