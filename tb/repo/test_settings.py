"""What the user sets: defaults, every refusal, and a command that repeats the run."""

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

import resv
import settings
from resv import named_traces

TRACES = ", ".join(named_traces.TRACES)

ROOT = Path(__file__).parents[2]
NAMES = ("CORE", "SIM", "WAVES", "SEED", "TESTCASE", "TRACE")


def refused(message):
    """Expect a refusal with exactly this line."""
    return pytest.raises(settings.Usage, match=f"^{re.escape(message)}$")


@pytest.mark.parametrize(
    "environment", [{}, dict.fromkeys(NAMES, ""), dict.fromkeys(NAMES[:4], " ")], ids=str
)
def test_what_is_not_given_has_its_default(environment):
    chosen = settings.read(environment)
    assert (chosen.core, chosen.simulator, chosen.waves) == ("hcu", "verilator", False)
    assert (chosen.testcase, chosen.trace) == (None, resv.excerpt_path())
    assert 0 <= chosen.seed < 2**31


def test_a_seed_is_new_each_time_unless_given():
    assert len({settings.read({}).seed for _ in range(8)}) > 1
    assert settings.read({"SEED": " 17 "}).seed == 17
    assert settings.read({"SEED": "0"}).seed == 0


def test_what_is_given_arrives(tmp_path):
    trace = tmp_path / "trace"
    trace.touch()
    given = {"SEED": "5", "WAVES": "1", "TESTCASE": "a|b$", "TRACE": str(trace), "CORE": "hcu"}
    assert settings.read(given) == settings.Settings(
        core="hcu", simulator="verilator", waves=True, seed=5, testcase="a|b$", trace=trace
    )
    assert settings.read({"WAVES": "0"}).waves is False


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("CORE", "dre", "CORE must be one of hcu, kvmu, wtu, not 'dre'"),
        ("CORE", "HCU", "CORE must be one of hcu, kvmu, wtu, not 'HCU'"),
        ("SIM", "vcs", "SIM must be one of verilator, icarus, not 'vcs'"),
        ("WAVES", "yes", "WAVES must be one of 0, 1, not 'yes'"),
        ("SEED", "-1", "SEED must be a whole number, 0 or more, not '-1'"),
        ("SEED", "1.5", "SEED must be a whole number, 0 or more, not '1.5'"),
        ("SEED", "٣", "SEED must be a whole number, 0 or more, not '٣'"),
        ("SEED", "1" * 5000, "SEED must have at most 18 digits, not 5000"),
        (
            "TESTCASE",
            "ties(",
            "TESTCASE must be a regular expression, not 'ties(': "
            "missing ), unterminated subpattern at position 4",
        ),
        ("TRACE", "/no/trace", f"TRACE must be a file or one of {TRACES}, not '/no/trace'"),
        ("TRACE", "/", f"TRACE must be a file or one of {TRACES}, not '/'"),
    ],
)
def test_what_cannot_be_used_is_refused(name, value, message):
    with refused(message):
        settings.read({name: value})


def test_a_command_may_know_other_cores():
    assert settings.read({"CORE": "model"}, cores=("model", "hcu")).core == "model"
    assert settings.read({}, cores=("model", "hcu")).core == "hcu"
    with refused("CORE must be one of hcu, model, not 'wtu'"):
        settings.read({"CORE": "wtu"}, cores=("model", "hcu"))


def test_a_command_may_take_all_cores_when_none_is_given():
    chosen = settings.read({"SEED": "7"}, core="")
    assert (chosen.core, chosen.command("sim")) == ("", "make sim SIM=verilator SEED=7")
    assert settings.read({"CORE": "wtu"}, core="").core == "wtu"


def test_a_unit_must_bring_what_a_command_needs():
    settings.needs("hcu", "area")
    for core in ("hcu", "nowhere"):
        with refused(f"CORE={core} needs tb/{core}/weather_{core}.py; there is none"):
            settings.needs(core, "weather")


def test_icarus_must_be_there(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with refused("SIM=icarus needs the program iverilog on PATH; there is none"):
        settings.read({"SIM": "icarus"})
    program = tmp_path / "iverilog"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert settings.read({"SIM": "icarus"}).simulator == "icarus"


@pytest.mark.parametrize(
    "given",
    [
        {"SEED": "7"},
        {"SEED": "7", "WAVES": "1"},
        {"SEED": "7", "TESTCASE": "ties|random_streams/mix=slow sinks", "WAVES": "1"},
        {"SEED": "7", "TESTCASE": r"chains.*\b[ab]+"},
        {"SEED": "7", "TRACE": __file__},
        {"SEED": "7", "TESTCASE": "ties$|chains"},
        {"SEED": "7", "TESTCASE": "it's"},
        {"SEED": "7", "TRACE": "a trace"},
    ],
    ids=repr,
)
def test_the_command_repeats_the_run(given, tmp_path, monkeypatch):
    """Through make and a shell, to the same settings."""
    monkeypatch.chdir(tmp_path)
    Path("a trace").touch()
    chosen = settings.read(given)
    (tmp_path / "ci").mkdir()
    (tmp_path / "ci" / "environment.sh").write_text("env\n")
    (tmp_path / "Makefile").write_text((ROOT / "Makefile").read_text())
    command = chosen.command("sim")
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    assert settings.read(dict(line.split("=", 1) for line in done.stdout.splitlines())) == chosen
    assert len(shlex.split(command)) == 4 + len(given), "only what differs from the defaults"


def test_a_failure_is_one_line_and_status_2(capsys):
    with pytest.raises(SystemExit) as stop:
        settings.fail("make sim: no")
    assert stop.value.code == 2
    assert capsys.readouterr() == ("", "make sim: no\n")
