"""Whether a mutant is the same machine: an unbounded proof, for all inputs, from the initial state.

Unit and mutant stand side by side in a miter (`verification.miter`). ABC's ``scorr`` merges signals
that induction shows equal in every reachable state; if that makes the miter's output constant 0, no
sequence of inputs can tell the two apart. If it does not, not even by induction over two cycles, it
is tried again with hints (`verification.hints`). If even that does not help, nothing has been
shown: the two may differ, or the induction may be too weak.
"""

from verification import hints
from verification.miter import GATE, GOLD, verilog
from verification.netlist import yosys

MAPPED = "memory_map\nopt -full\ndelete */t:$print\ntechmap\nopt -fast\nclean\n"

TAIL = f"""
read_rtlil {GOLD}.il
read_verilog miter.v
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

STEPS = ("scorr", "scorr -F 2")
"""Induction over one cycle, then over two: what one cannot show, the other often can."""


def prepare(core, config, folder):
    """What all proofs in ``folder`` share; ``clean.il`` is there already."""
    (folder / "miter.v").write_text(verilog(core, config))
    yosys(folder, GOLD, f"read_rtlil clean.il\n{_copy(GOLD)}write_rtlil {GOLD}.il\n")


def equivalent(folder, mutant):
    """Whether the mutant has been proved to be the unmutated unit.

    Raises
    ------
    YosysFailed
        If the miter could not be built.
    """
    name = f"mutant_{mutant.number}"
    before = folder / f"{name}.aig"
    yosys(
        folder,
        name,
        f"read_rtlil clean.il\nmutate {mutant.command}\n{_copy(GATE)}{TAIL}"
        f"write_aiger -zinit -map {name}.map {before.name}\n",
    )
    if not _proved(folder, name):
        hints.add(before, folder / f"{name}.map")
        return _proved(folder, name)
    return True


def _proved(folder, name):
    """Whether induction makes the first output of ``<name>.aig`` constant 0."""
    after = folder / f"{name}.out.aig"
    for step in STEPS:
        after.unlink(missing_ok=True)
        yosys(folder, f"{name}_proof", INDUCTION.format(name=name, step=step), check=False)
        if after.exists() and _is_never(after):
            return True
    return False


def _copy(name):
    return f"flatten\nopt_clean\nrename -top {name}\n{MAPPED}"


def _is_never(path):
    """Whether the first output of a binary AIGER file is constant 0."""
    with path.open("rb") as file:
        latches = file.readline().split()[3]
        for _ in range(int(latches)):
            file.readline()
        return int(file.readline()) == 0
