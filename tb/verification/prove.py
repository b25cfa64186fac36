"""Whether a mutant is the same machine: an unbounded proof, for all inputs, from the initial state.

Unit and mutant stand side by side in a miter (`verification.miter`). ABC's ``scorr`` merges signals
that induction shows equal in every reachable state; if that makes the miter's output constant 0, no
sequence of inputs can tell the two apart. If it does not, not even by induction over two cycles, it
is tried again with hints (`verification.hints`). If even that does not help, nothing has been
shown: the two may differ, or the induction may be too weak.
"""

from verification import hints
from verification.cut import LEAST_BITS, MEMORY, OddMemory
from verification.cut import cut as cut_cells
from verification.miter import GATE, GOLD, verilog
from verification.netlist import yosys

MAPPED = "opt -full\ndelete */t:$print\ntechmap\nopt -fast\nclean\n"

TAIL = """
hierarchy -top miter
proc
flatten
techmap
opt -fast
async2sync
dffunmap
setundef -zero
aigmap
clean
"""

# ABC is linked into yosys, which insists on calling it with a network of its own: any will do. It
# does not get that one back, and says so; what ABC has written says what it found.
INDUCTION = """
design -reset
read_verilog <<EOT
module any(input a, b, output y); assign y = a & b; endmodule
EOT
techmap
abc -script "+read_aiger {name}.aig;{step};write_aiger {name}.out.aig"
"""

ONLY_MEMORIES = {MEMORY: 1}

STEPS = ("scorr", "scorr -F 2")
"""Induction over one cycle, then over two: what one cannot show, the other often can."""


def prepare(core, config, folder, *, cut):
    """What all proofs in ``folder`` share; ``clean.il`` is there already.

    ``cut``: compare without memories and multipliers. Some thousand bits of them are too much for
    an induction.

    Returns
    -------
    list of Box or None
        What has been cut out, for `equivalent`.
    """
    kinds = LEAST_BITS if cut else {}
    boxes = _copy(folder, GOLD, GOLD, core, "", kinds)
    (folder / "miter.v").write_text(verilog(core, config, boxes))
    return boxes


def equivalent(folder, core, mutant, boxes):
    """Whether the mutant has been proved to be the unmutated unit.

    First its module alone is tried, then the one around it: if no inputs of a part can tell, none
    of the unit can.

    Parameters
    ----------
    boxes : list of Box
        From `prepare`.

    Raises
    ------
    YosysFailed
        If the miter could not be built.
    """
    module = mutant.option("module").removeprefix("\\")
    for part in dict.fromkeys((module, module.rpartition(".")[0])):
        if part not in ("", core) and _equivalent_part(folder, part, mutant):
            return True
    name = f"mutant_{mutant.number}"
    if _mutant(folder, name, core, mutant, LEAST_BITS if boxes else {}) != boxes:
        return False  # it has lost a cell, or has one that nobody understands
    head = f"read_rtlil {GOLD}.il\nread_rtlil {name}.il\nread_verilog miter.v\n"
    before = folder / f"{name}.aig"
    tail = f"{TAIL}write_aiger -zinit -map {name}.map {before.name}\n"
    yosys(folder, f"{name}_miter", head + tail)
    if boxes:  # a large unit: more than one step takes minutes
        return _proved(folder, name, STEPS[:1])
    if not _proved(folder, name):
        hints.add(before, folder / f"{name}.map")
        return _proved(folder, name)
    return True


def _equivalent_part(folder, part, mutant):
    """Whether a part of the unit has been proved to do the same for all its inputs."""
    name = f"mutant_{mutant.number}_part"
    gold = f"{name}_{GOLD}"
    try:
        boxes = _copy(folder, gold, GOLD, part, "", ONLY_MEMORIES)
    except OddMemory:
        return False
    if boxes != _mutant(folder, name, part, mutant, ONLY_MEMORIES):
        return False
    head = f"read_rtlil {gold}.il\nread_rtlil {name}.il\nmiter -equiv {GOLD} {GATE} miter\n"
    yosys(folder, f"{name}_miter", f"{head}{TAIL}write_aiger -zinit {name}.aig\n")
    return _proved(folder, name)


def _mutant(folder, target, top, mutant, kinds):
    """As `_copy`, of the mutant; no list if it has cells of another kind."""
    try:
        return _copy(folder, target, GATE, top, f"mutate {mutant.command}\n", kinds)
    except OddMemory:
        return None


def _copy(folder, target, name, top, change, kinds):
    """Write ``<target>.il``: a module, changed, flat, as module ``name``; returns what was cut."""
    read = f"read_rtlil clean.il\n{change}hierarchy -top {top}\n"
    flat = f"{read}flatten\nopt_clean\nrename -top {name}\n"
    path = folder / f"{target}.il"
    if not kinds:
        yosys(folder, target, f"{flat}memory_map\n{MAPPED}write_rtlil {path.name}\n")
        return []
    yosys(folder, target, f"{flat}memory_collect\nwrite_rtlil {path.name}\n")
    text, boxes = cut_cells(path.read_text(), kinds)
    path.write_text(text)
    yosys(folder, target, f"read_rtlil {path.name}\n{MAPPED}write_rtlil {path.name}\n")
    return boxes


def _proved(folder, name, steps=STEPS):
    """Whether induction makes the first output of ``<name>.aig`` constant 0."""
    after = folder / f"{name}.out.aig"
    for step in steps:
        after.unlink(missing_ok=True)
        yosys(folder, f"{name}_proof", INDUCTION.format(name=name, step=step), check=False)
        if after.exists() and _is_never(after):
            return True
    return False


def _is_never(path):
    """Whether the first output of a binary AIGER file is constant 0."""
    with path.open("rb") as file:
        latches = file.readline().split()[3]
        for _ in range(int(latches)):
            file.readline()
        return int(file.readline()) == 0
