# amaranth: UnusedElaboratable=no
"""``make verilog``: what it writes, and one line and exit status 2 if it is used wrongly."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import verilog
from dre.bus import BusPort
from dre.core import DREConfig
from dre.export import UNITS, Build, parameters
from settings import Usage

ROOT = Path(__file__).parents[2]
VARIABLES = ("CORE", "PRESET", "PARAMETERS", "MODULE")


def run(**given):
    """Run ``tb/verilog.py`` as make does."""
    return subprocess.run(
        [sys.executable, "tb/verilog.py"],
        cwd=ROOT,
        env={**os.environ, **dict.fromkeys(VARIABLES, ""), **given},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


NAMES = ", ".join(("hash_bits", "lanes", "max_clusters", "max_chunk", "table", "preset"))
PLAIN = "letters, digits and single underscores between them, a letter first"

WRONG = [
    ("CORE=nvdla", "CORE must be one of hcu, wtu, kvmu, mover, hct, bus, dre, not 'nvdla'"),
    ("PRESET=gpu", "PRESET must be one of asic, fpga, not 'gpu'"),
    (
        "PARAMETERS=lanes=3",
        "PARAMETERS must be given with CORE=, the unit that it is for, not alone",
    ),
    ("MODULE=mine", "MODULE must be given with CORE=, the unit that it is for, not alone"),
    ("CORE=hcu PARAMETERS=lane=3", f"names in PARAMETERS must be of {NAMES}, not 'lane'"),
    ("CORE=hcu PARAMETERS=lanes", "PARAMETERS must be words like name=value, not 'lanes'"),
    ("CORE=hcu PARAMETERS=lanes=65", "lanes must be between 1 and 64, not 65"),
    ("CORE=hcu PARAMETERS=lanes=", "lanes must be an int, not ''"),
    ("CORE=hcu PARAMETERS=lanes=1.5", "lanes must be an int, not '1.5'"),
    ("CORE=hcu PARAMETERS=hash_bits=33", "hash_bits must be a multiple of 8, not 33"),
    ("CORE=hcu PARAMETERS=table=chip", "table must be one of 'stream', 'memory', not 'chip'"),
    ("CORE=kvmu PARAMETERS=aged=yes", "aged must be a bool, not 'yes'"),
    (
        "CORE=hcu PRESET=fpga PARAMETERS=preset=asic",
        "preset must be given once, not again as 'asic'",
    ),
    ("CORE=hcu MODULE=reg", "MODULE must be no keyword of Verilog, not 'reg'"),
    ("CORE=hcu MODULE=1st", f"MODULE must be {PLAIN}, not '1st'"),
    ("CORE=hcu MODULE=a__b", f"MODULE must be {PLAIN}, not 'a__b'"),
    ("CORE=hcu MODULE=../hcu", f"MODULE must be {PLAIN}, not '../hcu'"),
    ("CORE=hcu MODULE=a_", f"MODULE must be {PLAIN}, not 'a_'"),
    ("CORE=bus PARAMETERS=ports=a", "data_bits of port 'a' must be given, not only 'a'"),
    (
        "CORE=bus PARAMETERS=ports=a:width=3",
        "settings of port 'a' must be of data_bits, ids, reads, writes, each once, not 'width=3'",
    ),
    ("CORE=bus PARAMETERS=ports=a:data_bits=64", "reads and writes must not both be 0"),
]


def settings_of(text):
    return dict(word.split("=", 1) for word in text.split())


@pytest.mark.parametrize(("given", "line"), WRONG, ids=[given for given, _ in WRONG])
def test_wrong_use_is_refused(given, line):
    with pytest.raises((Usage, TypeError, ValueError)) as refused:
        verilog.read_builds(settings_of(given))
    assert str(refused.value) == line


@pytest.mark.parametrize("which", [0, 4, 6, 7])
def test_wrong_use_is_one_line_and_status_2(which):
    given, line = WRONG[which]
    done = run(**settings_of(given))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"make verilog: {line}\n"


def test_parameters_of_the_dre_have_its_rules():
    with pytest.raises(ValueError, match=r"^timeout must be at least .*, not 128$"):
        verilog.read_builds({"CORE": "dre", "PARAMETERS": "contexts=4 timeout=128"})


def test_without_core_every_unit_is_written_in_its_default_build():
    assert verilog.read_builds({}) == [Build.of(unit) for unit in UNITS]
    empty = dict.fromkeys(VARIABLES, " ")
    assert verilog.read_builds(empty) == [Build.of(unit) for unit in UNITS]


def test_preset_is_for_those_that_have_it():
    for build in verilog.read_builds({"PRESET": "fpga"}):
        if "preset" in build.parameters:
            assert build.config.preset == "fpga"
            assert build.command == f"make verilog CORE={build.unit.name} PARAMETERS=preset=fpga"
        else:
            assert build == Build.of(build.unit.name)


def test_parameters_arrive():
    given = {"CORE": "dre", "PARAMETERS": "contexts=4  max_clusters=1_024", "MODULE": "mine"}
    (build,) = verilog.read_builds(given)
    assert build.config == DREConfig(contexts=4, max_clusters=1024)
    assert build.command == (
        "make verilog CORE=dre MODULE=mine PARAMETERS='contexts=4 max_clusters=1024'"
    )
    (build,) = verilog.read_builds({"CORE": "kvmu", "PARAMETERS": "aged=True store=near"})
    assert (build.config.aged, build.config.store) == (True, "near")


def test_ports_of_the_arbiter_have_a_form_of_their_own():
    word = "ports=a:data_bits=64:reads=2,b:data_bits=128:ids=3:writes=1"
    config = parameters.parse(UNITS["bus"].default(), [word, "data_bits=128"])
    assert config.ports == (
        BusPort(name="a", data_bits=64, reads=2),
        BusPort(name="b", data_bits=128, ids=3, writes=1),
    )
    assert parameters.show(config, UNITS["bus"].default()) == [word, "data_bits=128"]


def test_files_are_written_where_they_are_said_to_be(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(verilog, "BUILD", tmp_path / "build")
    monkeypatch.chdir(tmp_path)
    for name in ("PRESET", "MODULE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CORE", "mover")
    monkeypatch.setenv("PARAMETERS", "outstanding=3")
    verilog.main()
    said = "Mover: build/verilog/mover.v, .f, .core, .ports.md, .ports.json\n"
    assert capsys.readouterr().out == said
    written = sorted(path.name for path in (tmp_path / "build/verilog").iterdir())
    assert written == sorted(f"mover.{end}" for end in ("v", "f", "core", "ports.md", "ports.json"))
    assert "//   outstanding  = 3\n" in (tmp_path / "build/verilog/mover.v").read_text()


def test_a_yosys_that_is_not_there_is_explained(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(verilog, "BUILD", tmp_path)
    monkeypatch.setenv("CORE", "mover")
    monkeypatch.setenv("PARAMETERS", "jobs=2")
    monkeypatch.setenv("YOSYS", "no-such-yosys")
    with pytest.raises(SystemExit) as stop:
        verilog.main()
    assert stop.value.code == 1
    first, *_, last = capsys.readouterr().out.splitlines()
    assert first.startswith("failed mover: ")
    assert last == "reproduce: make verilog CORE=mover PARAMETERS=jobs=2"
