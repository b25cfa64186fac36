"""``make sim`` used wrongly: one line on standard error, exit status 2, and nothing is built."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import resv
import settings
import sim
import simulate

ROOT = Path(__file__).parents[2]


def run_sim(**given):
    """Run ``tb/sim.py`` as make does; returns its line, having checked that there is only one."""
    done = subprocess.run(
        [sys.executable, "tb/sim.py"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **given},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("make sim: ")
    return line.removeprefix("make sim: ")


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("CORE", "nvdla", "CORE must be one of dre, hcu, kvmu, wtu, not 'nvdla'"),
        ("SIM", "vcs", "SIM must be one of verilator, icarus, fast, not 'vcs'"),
        ("SEED", "seven", "SEED must be a whole number, 0 or more, not 'seven'"),
        ("WAVES", "vcd", "WAVES must be one of 0, 1, not 'vcd'"),
        ("TESTCASE", "[", "TESTCASE must be a regular expression, not '[': unterminated"),
        ("TRACE", "no/trace", "TRACE must be a file or one of T1, T2, T3, "),
    ],
    ids=lambda value: value.partition(" ")[0],
)
def test_a_bad_setting_is_one_line(name, value, rule):
    assert run_sim(**{name: value}).startswith(rule)


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        ({"TESTCASE": "ties"}, "TESTCASE must not be given with SIM=fast, which has none"),
        ({"WAVES": "1"}, "WAVES must not be given with SIM=fast, which has none"),
        ({"TRACE": "x.chunk.json"}, "TRACE must be a trace with SIM=fast, not x.chunk.json"),
    ],
    ids=["TESTCASE", "WAVES", "TRACE"],
)
def test_a_fast_replay_has_neither_cases_nor_waves(given, rule, tmp_path):
    if "TRACE" in given:
        given = {"TRACE": str(tmp_path / given["TRACE"])}
        Path(given["TRACE"]).touch()
        rule = rule.replace("x.chunk.json", given["TRACE"])
    assert run_sim(SIM="fast", **given) == rule


@pytest.mark.parametrize(("core", "name"), [("wtu", "x.chunk.json"), ("hcu", "x.rows.npz")])
def test_saved_chunks_are_those_of_one_unit(core, name, tmp_path):
    path = tmp_path / name
    path.touch()
    line = run_sim(CORE=core, TRACE=str(path))
    assert line == f"TRACE must be a trace with CORE={core}, not {path}"


def test_a_unit_without_fast_replay_says_so(monkeypatch):
    monkeypatch.setattr(sim, "unit_of", lambda core: SimpleNamespace(fast=False, saved=None))
    chosen = settings.read({"SIM": "fast"}, simulators=("verilator", "fast"), core="wtu")
    with pytest.raises(settings.Usage) as stop:
        sim.chosen_cores(chosen)
    assert str(stop.value) == "SIM must be one of verilator, icarus with CORE=wtu, not 'fast'"


@pytest.mark.parametrize(
    ("given", "cores"),
    [
        ({}, ["hcu", "wtu", "kvmu", "dre"]),
        ({"CORE": "hcu"}, ["hcu"]),
        ({"CORE": "wtu"}, ["wtu"]),
        ({"SIM": "fast"}, ["hcu", "wtu", "kvmu", "dre"]),
        ({"SIM": "fast", "CORE": "wtu"}, ["wtu"]),
    ],
    ids=str,
)
def test_without_core_all_units_do_what_they_can(given, cores):
    chosen = settings.read(given, simulators=("verilator", "fast"), core="")
    assert sim.chosen_cores(chosen) == cores


@pytest.mark.parametrize("content", ["", "{}", '{"format": "vrex-chunk/2"}'])
def test_a_damaged_chunk_is_one_line(content, tmp_path):
    path = tmp_path / "first.chunk.json"
    path.write_text(content)
    line = run_sim(TRACE=str(path))
    assert line.startswith(f"{path}: must be an undamaged saved chunk, not ")


@pytest.mark.parametrize("content", ["", "PK\3\4", '{"format": "vrex-rows/1"}'])
def test_damaged_rows_are_one_line(content, tmp_path):
    path = tmp_path / "first.rows.npz"
    path.write_text(content)
    line = run_sim(TRACE=str(path))
    assert line.startswith(f"{path}: must be undamaged saved rows, not ")


@pytest.mark.parametrize("content", ["empty", "garbage", "cut"])
def test_a_damaged_trace_is_one_line(content, tmp_path):
    trace = tmp_path / "my.safetensors"
    excerpt = resv.excerpt_path().read_bytes()
    trace.write_bytes({"empty": b"", "garbage": b"no trace" * 99, "cut": excerpt[:-9]}[content])
    line = run_sim(TRACE=str(trace))
    assert line.startswith(f"{trace}: must be an undamaged safetensors file, not ")


def test_a_file_of_tensors_that_is_no_trace_is_one_line():
    planes = resv.excerpt_path().with_name("hyperplanes.safetensors")
    assert run_sim(TRACE=str(planes)).startswith(f"{planes}: ")


@pytest.fixture
def simulated(monkeypatch, tmp_path):
    """``sim.main`` without a simulator: a function that says what every run of a bench gives."""
    prepared = simulate.Prepared(None, "hcu", None, tmp_path, False)
    monkeypatch.setattr(sim, "prepare", lambda *arguments, **settings: prepared)
    for name in ("SEED", "CORE", "SIM", "WAVES", "TRACE", "TESTCASE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SEED", "5")

    def main(run):
        monkeypatch.setattr(sim, "run", run)
        with pytest.raises(SystemExit) as stop:
            sim.main()
        return stop.value.code

    return main


def test_a_test_case_that_is_not_there_is_wrong_use(simulated, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("TESTCASE", "tyes")
    benches = []

    def run(prepared, bench, **settings):
        benches.append(bench)
        return simulate.Outcome(0, (), tmp_path / "r.xml", tmp_path / "r.log")

    assert simulated(run) == 2
    assert capsys.readouterr().err == "make sim: TESTCASE must match a test case, not 'tyes'\n"
    units = (sim.unit_of(core) for core in sim.CORES)
    every = [bench for unit in units for bench in 2 * [unit.replay, *unit.benches]]
    assert benches == every, "it was looked for in every bench"


def dies(prepared, bench, **settings):
    raise simulate.BuildFailed(f"{bench}: the simulation ended early, see some.log")


def test_a_simulator_that_dies_fails_and_says_how_to_repeat(simulated, monkeypatch, capsys):
    monkeypatch.setenv("CORE", "hcu")
    assert simulated(dies) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2:] == [
        "failed hcu.bench_hcu_replay: the simulation ended early, see some.log",
        "reproduce: make sim CORE=hcu SIM=verilator SEED=5",
    ]


def test_a_unit_that_fails_does_not_keep_the_others_from_running(
    simulated, monkeypatch, tmp_path, capsys
):
    def run(prepared, bench, **settings):
        if bench.startswith("hcu"):
            dies(prepared, bench)
        return simulate.Outcome(1, (), tmp_path / "r.xml", tmp_path / "r.log")

    assert simulated(run) == 1
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("asic: wtu.bench_wtu_replay 1/1 cases") for line in lines)
    assert lines[-2:] == ["2 cases passed", "reproduce: make sim CORE=hcu SIM=verilator SEED=5"]
    assert any(line.startswith("asic: kvmu.bench_kvmu_replay 1/1 cases") for line in lines)

    assert simulated(dies) == 1
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("failed ") for line in lines) == len(sim.CORES)
    assert lines[-1] == "reproduce: make sim SIM=verilator SEED=5"
