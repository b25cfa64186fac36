"""The default builds of ``make verilog``, as other people's tools see them."""

import json
import re

import pytest

import simulate
from dre.export import UNITS, Build, ports, write
from export.builds_export import small
from export.tools_export import icarus, ports_by_yosys, verilator

pytestmark = pytest.mark.slow
units = pytest.mark.parametrize("unit", UNITS)

OTHERS = ("mine",)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """All default builds, and an HCU that has a name of its own."""
    made = tmp_path_factory.mktemp("exports")
    for unit in UNITS:
        write(Build.of(unit), made)
    for name in OTHERS:
        write(small("hcu", name), made)
    return made


def modules(text):
    """Names of the modules in a Verilog file."""
    return re.findall(r"^module (\S+?)(?: #)?[( ]", text, re.MULTILINE)


def test_verilator_has_nothing_to_say_of_all_in_one_design(folder):
    """It would say that a module is there twice. That there are many tops is meant."""
    lists = [word for name in (*UNITS, *OTHERS) for word in ("-F", f"{name}.f")]
    assert verilator(folder, *lists, "-Wno-MULTITOP") == ""


def test_yosys_takes_all_in_one_design_and_sees_the_ports_of_the_tables(folder):
    found = ports_by_yosys(folder, *UNITS, *OTHERS)
    for name, seen in found.items():
        table = json.loads((folder / f"{name}.ports.json").read_text())
        expected = {port["name"]: (port["direction"], port["bits"]) for port in ports.flat(table)}
        assert seen == expected, name


@units
@pytest.mark.skipif(not simulate.has_icarus(), reason="needs iverilog, and there is none that runs")
def test_icarus_takes_it_as_verilog_2005(folder, unit):
    assert icarus(folder, f"{unit}.v") == ""


@pytest.mark.parametrize("name", [*UNITS, *OTHERS])
def test_modules_are_called_after_the_outermost(folder, name):
    top, *others = modules((folder / f"{name}.v").read_text())
    assert top == name
    parts = {other for other in others if other.startswith(f"\\{name}.")}
    assert parts
    assert set(others) - parts <= {f"{name}__memory"}
