"""``make sim``, as a user runs it."""

import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

import sim
import simulate

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_sim_replays_the_excerpt(seed):
    environment = {**os.environ, "SEED": str(seed), "CORE": "", "TESTCASE": "", "TRACE": ""}
    run = subprocess.run(
        [sys.executable, "tb/sim.py"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    for name, value in {"tokens": "624", "clusters": "41", "mismatches": "0"}.items():
        row = next(line for line in run.stdout.splitlines() if line.startswith(f"│ {name} "))
        assert row.split("│")[2:4] == [f" {value:>4} "] * 2, row
    simulator = os.environ["SIM"]
    for preset in sim.PRESETS:
        results = ROOT / f"build/sim/hcu-{preset}-{simulator}/bench_hcu_replay.xml"
        assert str(results.relative_to(ROOT)) in run.stdout
        assert len(list(ElementTree.parse(results).iter("testcase"))) == 2
    assert (ROOT / "build/sim/hcu.png").read_bytes().startswith(b"\x89PNG")


def test_a_failed_case_fails_sim_and_says_how_to_repeat_it(monkeypatch, capsys, tmp_path):
    prepared = simulate.Prepared(None, "hcu", None, tmp_path, False)
    outcome = simulate.Outcome(1, ("reset_in_mid_chunk",), tmp_path / "r.xml", tmp_path / "r.log")
    monkeypatch.setattr(sim, "prepare", lambda *arguments, **settings: prepared)
    monkeypatch.setattr(sim, "run", lambda *arguments, **settings: outcome)
    monkeypatch.setenv("SEED", "5")
    monkeypatch.setenv("TESTCASE", "reset")
    with pytest.raises(SystemExit) as stop:
        sim.main()
    assert stop.value.code == 1
    lines = capsys.readouterr().out.splitlines()
    assert any("reset_in_mid_chunk" in line and "r.log" in line for line in lines)
    simulator = os.environ["SIM"]
    assert lines[-1] == f"reproduce: make sim CORE=hcu SIM={simulator} SEED=5 TESTCASE='reset'"
