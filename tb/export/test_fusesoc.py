"""The cores of exports, as FuseSoC takes them: found, linted, and used by somebody else's core."""

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml

from dre.export import UNITS, Build, lists, write
from export.builds_export import small

VERSION = version("vrex-open")
NAMES = ("hct", "mine")

USER = """\
CAPI=2:
name: somebody:else:soc:1.0
filesets:
  rtl:
    files: [soc.v]
    file_type: verilogSource-2005
    depend: ["vrex-open:dre:hct", ">=vrex-open:dre:mine:{version}"]
targets:
  lint:
    filesets: [rtl]
    toplevel: soc
    flow: lint
    flow_options:
      tool: verilator
      verilator_options: [-Wno-PINMISSING]
"""
SOC = """\
module soc(input clk, input rst, input go, output idle, output [7:0] words, output broken);
  wire [2:0] state;
  {mine} mover (.clk(clk), .rst(rst), .quiesce(go), .state(state));
  hct hct (.clk(clk), .rst(rst), .words__arlen(words), .state({{broken, idle}}));
endmodule
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("cores")
    write(small("hct"), made / "cores")
    write(small("mover", "mine"), made / "cores")
    return made


def fusesoc(folder, *words):
    """What FuseSoC says, without any settings of the user's."""
    done = subprocess.run(
        [Path(sys.executable).parent / "fusesoc", "--cores-root", folder, *words],
        cwd=folder,
        env={**os.environ, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("unit", UNITS)
def test_a_core_has_what_a_core_needs(unit):
    for build in (Build.of(unit), small(unit, "mine")):
        text = lists.fusesoc(build)
        assert text.startswith("CAPI=2:\n")
        said = yaml.safe_load(text.partition("\n")[2])
        assert said["name"] == f"vrex-open:dre:{build.name}:{VERSION}"
        assert build.unit.about.split("`")[0] in said["description"]
        assert said["filesets"]["rtl"]["files"] == [f"{build.name}.v"]
        assert said["filesets"]["rtl"]["file_type"] == "verilogSource-2005"
        assert said["targets"].keys() == {"default", "lint"}
        for target in said["targets"].values():
            assert (target["filesets"], target["toplevel"]) == (["rtl"], build.name)


def test_cores_are_found(folder):
    status, said = fusesoc(folder, "core", "list")
    assert status == 0
    for name in NAMES:
        assert f"vrex-open:dre:{name}:{VERSION}" in said


@pytest.mark.parametrize("name", NAMES)
def test_a_core_is_linted(folder, name):
    status, said = fusesoc(folder, "run", "--target", "lint", f"vrex-open:dre:{name}:{VERSION}")
    assert status == 0, said
    assert "Verilator: Built from" in said
    assert "%Warning" not in said


def test_another_core_can_use_two(folder):
    (folder / "soc").mkdir()
    (folder / "soc" / "soc.core").write_text(USER.format(version=VERSION))
    for mine, fits in (("mine", True), ("theirs", False)):
        (folder / "soc" / "soc.v").write_text(SOC.format(mine=mine))
        status, said = fusesoc(folder, "run", "--target", "lint", "somebody:else:soc")
        assert (status == 0) == fits, said
        assert ("%Error" in said) != fits
