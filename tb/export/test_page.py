"""``docs/verilog.md``: its commands are understood, and its example gives what it says."""

import re
import shlex
import subprocess
from pathlib import Path

import numpy as np
import pytest

import resv
import simulate
import verilog
from dre.export import UNITS, Build, ports, write
from export.tools_export import verilator

PAGE = (Path(__file__).parents[2] / "docs" / "verilog.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    make verilog(.*?)(?: *#.*)?$", PAGE, re.MULTILINE)


def builds(command):
    """What a command writes, by the words behind ``make verilog``."""
    return verilog.read_builds(dict(word.split("=", 1) for word in shlex.split(command)))


def test_commands_are_understood():
    assert [len(builds(command)) for command in COMMANDS] == [len(UNITS), 1, len(UNITS), 1, 1]
    (bus,) = re.findall(r'`(CORE=bus PARAMETERS=".*?")`', PAGE)
    assert [port.name for port in builds(bus)[0].config.ports] == ["cpu", "dma"]


def test_names_are_those_of_the_ports():
    for name in ("m__araddr", "m__wstrb"):
        assert name in PAGE
    names = {port["name"] for port in ports.flat(ports.table(Build.of("mover")))}
    assert {"clk", "rst", "source__araddr", "target__wstrb", "jobs__payload"} <= names
    for signal in ("lock", "qos", "region", "user"):
        assert not {f"source__ar{signal}", f"target__aw{signal}"} & names


@pytest.fixture
def example(tmp_path):
    """The example beside the export that it needs; its folder."""
    (build,) = builds(COMMANDS[-1])
    write(build, tmp_path)
    (text,) = re.findall(r"```verilog\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "example.v").write_text(text)
    return tmp_path


def test_verilator_takes_the_example(example):
    """It is a test bench: signals with an initial value, delays, unused bits, empty pins."""
    few = ("BLKSEQ", "INITIALDLY", "UNUSEDSIGNAL", "PINCONNECTEMPTY", "DECLFILENAME")
    quiet = [f"-Wno-{name}" for name in few]
    words = ("--timing", *quiet, "-F", "small_hcu.f", "example.v", "--top-module", "example")
    assert verilator(example, *words) == ""


@pytest.mark.skipif(not simulate.has_icarus(), reason="needs iverilog, and there is none that runs")
def test_the_example_gives_what_the_page_and_the_model_say(example):
    (command,) = re.findall(r"^    \$ (iverilog.*)$", PAGE, re.MULTILINE)
    said = re.findall(r"^    (clusters? \d.*)$", PAGE, re.MULTILINE)
    done = subprocess.run(command, shell=True, cwd=example, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    given = [line for line in done.stdout.splitlines() if line.startswith("cluster")]
    words = re.findall(r"32'h([0-9a-f]{8})", (example / "example.v").read_text())
    assert given == said == golden(words)


def golden(words):
    """Lines of the golden model about a chunk of hash words, as the example prints them."""
    rows = np.array([[int(word, 16)] for word in words], "<u4").view(np.uint8)
    rules = resv.ClusterRules(Th_hd=7, max_clusters=1024, max_chunk=16)
    found = resv.cluster_chunk(rows, resv.HCTable.empty(32), rules)
    tokens = zip(found.clusters, found.founded, found.distances, strict=True)
    lines = [f"cluster {c}, founded {int(f)}, distance {d}" for c, f, d in tokens]
    return [*lines, f"clusters {found.founded.sum()}, status 0"]
