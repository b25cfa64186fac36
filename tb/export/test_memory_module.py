"""The Verilog module that all memories of an export are, against the generic body.

From memories that hold zeros every sequence of inputs is tried, resets among them, up to a length
in which a word can be written, read late, and met by another write in every stage.
"""

import re

import pytest
from amaranth.back import rtlil
from amaranth.hdl import Module, ResetInserter, Signal
from amaranth.lib import wiring

from dre.export import memory
from dre.memory import SyncMemory
from export.tools_export import yosys

NAME = "x__memory"

SCRIPT = """
read_verilog memory.v
read_rtlil exported.il
read_rtlil generic.il
miter -equiv generic exported both
hierarchy -check -top both
proc
flatten
memory -nordff
opt -full
sat -verify -set-init-zero -tempinduct-baseonly -maxsteps 8 -prove trigger 0 both
"""

sizes = pytest.mark.parametrize(("width", "depth"), [(1, 1), (3, 2), (2, 4)])
latencies = pytest.mark.parametrize("latency", [1, 2])


class Resettable(wiring.Component):
    """A memory in a module with a reset, whatever its body makes of it, and one of its own."""

    def __init__(self, inner):
        self._memory = inner
        super().__init__({**inner.signature.members, "hold": wiring.In(1)})

    def elaborate(self, platform):
        m = Module()
        inner = self._memory
        m.submodules.memory = ResetInserter(self.hold)(inner)
        m.d.sync += Signal().eq(1)
        for name, member in inner.signature.members.items():
            ours, theirs = getattr(self, name), getattr(inner, name)
            m.d.comb += theirs.eq(ours) if member.flow is wiring.In else ours.eq(theirs)
        return m


def compare(folder, text, **parameters):
    """What yosys says of a text of the module beside the generic body; empty if they are equal."""
    (folder / "memory.v").write_text(text)
    for name, platform in (("exported", memory.Platform(NAME)), ("generic", None)):
        unit = Resettable(SyncMemory(**parameters))
        il = rtlil.convert(unit, name=name, platform=platform)
        assert (NAME in il) == (name == "exported")
        (folder / f"{name}.il").write_text(il)
    return yosys(folder, SCRIPT)


@sizes
@latencies
def test_the_module_equals_the_generic_body(tmp_path, width, depth, latency):
    parameters = {"shape": width, "depth": depth, "latency": latency}
    assert compare(tmp_path, memory.module(NAME), **parameters) == ""


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("if (write_en)", "if (write_en && !read_en)"),
        ("if (read_en)", "if (1)"),
        ("<= words[read_address]", "<= write_en ? write_data : words[read_address]"),
        ("<= write_data", "<= read_en ? write_data : 0"),
    ],
)
def test_another_module_does_not(tmp_path, right, wrong):
    text = memory.module(NAME)
    assert text.count(right) == 1
    said = compare(tmp_path, text.replace(right, wrong), shape=2, depth=2, latency=2)
    assert "ERROR: Called with -verify and proof did fail!" in said


def test_each_memory_has_its_parameters():
    inner = SyncMemory(shape=5, depth=9, latency=2, apart=True)
    il = rtlil.convert(inner, platform=memory.Platform(NAME))
    (cell,) = re.findall(rf"^ *cell \\{NAME} .*?^ *end$", il, re.MULTILINE | re.DOTALL)
    found = dict(re.findall(r"parameter .*\\(\w+) (\d+)$", cell, re.MULTILINE))
    assert found == {"WIDTH": "5", "DEPTH": "9", "ADDRESS_BITS": "4", "APART": "1"}


def test_synthesis_makes_block_ram_of_it(tmp_path):
    (tmp_path / "memory.v").write_text(memory.module(NAME))
    lines = (
        "read_verilog memory.v",
        f"chparam -set WIDTH 36 -set DEPTH 1024 -set ADDRESS_BITS 10 {NAME}",
        f"synth_ecp5 -top {NAME}",
        "select -assert-count 2 t:DP16KD",
    )
    assert "ERROR" not in yosys(tmp_path, "\n".join(lines))
