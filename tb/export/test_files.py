"""Files of ``make verilog``: what they say of themselves, and that they say nothing of us."""

import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import simulate
from dre.export import UNITS, Build, write
from dre.export.source import MADE_BY_YOSYS, WAIVED, verilog
from dre.verilog import to_verilog
from export.builds_export import SMALL, small
from export.tools_export import icarus, ports_by_yosys, verilator, yosys

ENDINGS = ("v", "f", "core", "ports.md", "ports.json")
QUICK = ("hcu", "hct", "bus")
quick = pytest.mark.parametrize("unit", QUICK)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Small builds of those units that are quick to make, and an HCU called ``mine``."""
    made = tmp_path_factory.mktemp("small")
    for unit in QUICK:
        paths = write(small(unit), made)
        assert [path.name for path in paths] == [f"{unit}.{ending}" for ending in ENDINGS]
    write(small("hcu", "mine"), made)
    return made


def texts(folder, unit):
    return {ending: (folder / f"{unit}.{ending}").read_text() for ending in ENDINGS}


@quick
def test_tools_are_content(folder, unit):
    assert verilator(folder, "-F", f"{unit}.f", "--top-module", unit) == ""
    assert ports_by_yosys(folder, unit)[unit]["clk"] == ("input", 1)
    if simulate.has_icarus():
        assert icarus(folder, f"{unit}.v") == ""


def test_verilator_would_complain_of_what_is_waived(tmp_path):
    """Beside a module with a timescale, in the smallest build."""
    words = ("hash_bits=16", "lanes=1", "max_clusters=1", "max_chunk=1")
    text = verilog(Build.of("hcu", words=words, name="least"))
    (tmp_path / "other.v").write_text("`timescale 1ns/1ps\nmodule other; endmodule\n")
    for name in (*WAIVED, "-"):
        cut = re.sub(rf"^/\* verilator lint_off {name} .*\n", "", text, flags=re.MULTILINE)
        assert (cut != text) == (name != "-")
        (tmp_path / "cut.v").write_text(cut)
        said = verilator(tmp_path, "cut.v", "other.v", "-Wno-MULTITOP")
        assert (f"%Warning-{name}" in said) if name != "-" else (said == "")


def test_verilator_would_complain_of_a_module_that_is_there_twice(folder, tmp_path):
    (tmp_path / "again.v").write_text((folder / "hct.v").read_text())
    assert "MODDUP" in verilator(tmp_path, str(folder / "hct.v"), "again.v", "--top-module", "hct")


def test_tools_would_complain_of_what_is_not_verilog_2005(tmp_path):
    (tmp_path / "new.v").write_text("module new_(output reg a); always_comb a = 1; endmodule\n")
    assert "new.v:1: ERROR" in yosys(tmp_path, "read_verilog new.v")
    if simulate.has_icarus():
        assert icarus(tmp_path, "new.v") != ""


@quick
def test_the_header_says_what_it_is(folder, unit):
    build = small(unit)
    title, licence, *head = texts(folder, unit)["v"].partition("\n\n")[0].splitlines()
    assert title == f"// {build.unit.title} of V-Rex open: module {unit}"
    assert licence == "// SPDX-License-Identifier: Apache-2.0"
    said = f"// Version {version('vrex-open')}, through Amaranth {version('amaranth')} and Yosys "
    assert any(re.fullmatch(rf"{re.escape(said)}0\.\d+\.", line) for line in head)
    assert f"//   {build.command}" in head
    assert all(build.command in text for text in texts(folder, unit).values())
    given = dict(word.split("=", 1) for word in SMALL[unit])
    for name, value in build.parameters.items():
        value = given.get(name, str(value))
        assert any(re.fullmatch(rf"//   {name} += {re.escape(value)}", line) for line in head)


@quick
def test_nothing_is_said_of_whose_machine_it_was(folder, unit):
    for text in texts(folder, unit).values():
        for told in (str(simulate.ROOT), str(Path.home()), str(folder), "site-packages"):
            assert told not in text
        assert not re.search(r"\.py\b|\(\* *(src|generator|top)\b|/workspace", text)


def test_that_would_be_seen():
    text = to_verilog(small("bus").component, "bus")
    assert MADE_BY_YOSYS.match(text)
    assert re.search(r"\(\* *(src|generator|top)\b", text)


@pytest.mark.parametrize("unit", UNITS)
def test_the_command_makes_the_same_build(unit):
    for build in (small(unit), small(unit, "mine"), Build.of(unit)):
        given = dict(re.findall(r"([A-Z]+)=('[^']*'|\S+)", build.command))
        words = given.get("PARAMETERS", "").strip("'").split()
        assert Build.of(given["CORE"], words=words, name=given.get("MODULE")) == build


def test_another_name_is_everywhere(folder):
    """Two builds can live side by side, with nothing in common."""
    named, usual = texts(folder, "mine"), texts(folder, "hcu")
    for ending in ENDINGS:
        assert re.sub(r"\bmine(?=\b|__memory)", "hcu", named[ending]) != named[ending]
    modules = re.compile(r"^module (\S+)", re.MULTILINE)
    names = set(modules.findall(named["v"]))
    assert len(names) == len(modules.findall(usual["v"]))
    assert not names & set(modules.findall(usual["v"]))
    lists = ("-F", "hcu.f", "-F", "mine.f", "-Wno-MULTITOP")
    assert verilator(folder, *lists) == ""


def test_another_python_writes_the_same_bytes(folder, tmp_path):
    code = (
        f"import sys\nsys.path.append({str(simulate.ROOT / 'tb')!r})\n"
        "from pathlib import Path\nfrom dre.export import write\n"
        "from export.builds_export import small\n"
        "write(small('hct'), Path())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "1"}
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, check=True)
    for name in (f"hct.{ending}" for ending in ENDINGS):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


def test_units_are_those_that_are_simulated():
    known = simulate.UNITS | simulate.PARTS
    for name, unit in UNITS.items():
        assert unit.component is known[name][0]
        assert type(unit.default()) is known[name][1]
