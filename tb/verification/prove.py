"""Whether a mutant is the same machine: an unbounded proof, for all inputs, from the initial state.

Unit and mutant stand side by side in a miter (`verification.miter`). ABC's ``scorr`` merges signals
that induction shows equal in every reachable state; if that makes the miter's output constant 0, no
sequence of inputs can tell the two apart. If it does not, not even by induction over two cycles, it
is tried again with hints (`verification.hints`). If even that does not help, nothing has been
shown: the two may differ, or the induction may be too weak.
"""

from threading import Lock

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

STEPS = ("&get;&scorr;&put", "scorr", "scorr -F 2")
"""Induction over one cycle, quickly and thoroughly, then over two: what one cannot show, the other
often can."""

LARGE = 20_000
"""ANDs of a miter: beyond that only the first of `STEPS` is quick."""


class Parts:
    """Quick proofs: of the part that a mutant is in, whatever its inputs, then of what is around.

    If no inputs of a part can tell, none of the unit can.

    Parameters
    ----------
    folder : Path
        ``clean.il`` is there already.
    core : str
    far : bool
        All that is around it up to the unit; else the part and the one around it.
    whole : bool
        At last the unit itself, without its memories.
    """

    def __init__(self, folder, core, *, far=False, whole=False):
        self._folder, self._core, self._far, self._whole = folder, core, far, whole
        self._clean, self._making = {}, Lock()

    def of(self, mutant):
        """Names of the modules that are tried, from the smallest on."""
        module = mutant.option("module").removeprefix("\\")
        names = module.split(".")
        around = [".".join(names[:n]) for n in range(len(names), 1, -1)]
        around = around if self._far else around[:2]
        return [*around, self._core] if self._whole else around

    def equivalent(self, mutant):
        """Whether a part has been proved to do the same for all its inputs."""
        return any(self._equivalent(part, mutant) for part in self.of(mutant))

    def _equivalent(self, part, mutant):
        name, gold = f"mutant_{mutant.number}_part", f"part_{part}"
        with self._making:
            if part not in self._clean:
                self._clean[part] = _copy_or_none(self._folder, gold, GOLD, part, "", ONLY_MEMORIES)
        boxes = self._clean[part]
        if boxes is None or boxes != _mutant(self._folder, name, part, mutant, ONLY_MEMORIES):
            return False
        head = f"read_rtlil {gold}.il\nread_rtlil {name}.il\nmiter -equiv {GOLD} {GATE} miter\n"
        yosys(self._folder, f"{name}_miter", f"{head}{TAIL}write_aiger -zinit {name}.aig\n")
        large = _gates(self._folder / f"{name}.aig") > LARGE
        return _proved(self._folder, name, STEPS[:1] if large else STEPS)


def prepare(core, config, folder, *, cut):
    """What all proofs of the whole in ``folder`` share; ``clean.il`` is there already.

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
    """Whether the mutant has been proved to be the unmutated unit, as its users see it.

    Parameters
    ----------
    boxes : list of Box
        From `prepare`.

    Raises
    ------
    YosysFailed
        If the miter could not be built.
    """
    name = f"mutant_{mutant.number}"
    if _mutant(folder, name, core, mutant, LEAST_BITS if boxes else {}) != boxes:
        return False  # it has lost a cell, or has one that nobody understands
    head = f"read_rtlil {GOLD}.il\nread_rtlil {name}.il\nread_verilog miter.v\n"
    before = folder / f"{name}.aig"
    tail = f"{TAIL}write_aiger -zinit -map {name}.map {before.name}\n"
    yosys(folder, f"{name}_miter", head + tail)
    if boxes:  # a large unit: more steps take minutes
        return _proved(folder, name, STEPS[:2])
    if not _proved(folder, name):
        hints.add(before, folder / f"{name}.map")
        return _proved(folder, name)
    return True


def _mutant(folder, target, top, mutant, kinds):
    """As `_copy_or_none`, of the mutant."""
    return _copy_or_none(folder, target, GATE, top, f"mutate {mutant.command}\n", kinds)


def _copy_or_none(*arguments):
    """As `_copy`; no list if there are cells of another kind."""
    try:
        return _copy(*arguments)
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


def _gates(path):
    """ANDs of a binary AIGER file."""
    with path.open("rb") as file:
        return int(file.readline().split()[5])


def _is_never(path):
    """Whether the first output of a binary AIGER file is constant 0."""
    with path.open("rb") as file:
        latches = file.readline().split()[3]
        for _ in range(int(latches)):
            file.readline()
        return int(file.readline()) == 0
