"""``make sim``, as a user runs it."""

import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest

import resv
import sim
import simulate

ROOT = Path(__file__).parents[2]


def run_sim(seed, trace=""):
    environment = {**os.environ, "SEED": str(seed), "CORE": "hcu", "TESTCASE": "", "TRACE": trace}
    run = subprocess.run(
        [sys.executable, "tb/sim.py"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def shown(output, name):
    """What the table says in the row ``name``, for both presets."""
    row = next(line for line in output.splitlines() if line.startswith(f"│ {name} "))
    return [cell.strip() for cell in row.split("│")[2:4]]


@pytest.mark.slow
def test_sim_replays_the_excerpt_and_any_other_trace(seed, tmp_path):
    output = run_sim(seed)
    for name, value in {"tokens": "624", "clusters": "41", "mismatches": "0"}.items():
        assert shown(output, name) == [value, value]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in ("tokens per cluster", "cycles per frame, mean", "bound per frame, mean"):
        assert shown(output, name) == shown(readme, name)
    simulator = os.environ["SIM"]
    for preset in sim.PRESETS:
        results = ROOT / f"build/sim/hcu-{preset}-{simulator}/bench_hcu_replay.xml"
        assert str(results.relative_to(ROOT)) in output
        assert len(list(ElementTree.parse(results).iter("testcase"))) == 2
    assert (ROOT / "build/sim/hcu.png").read_bytes().startswith(b"\x89PNG")

    resv.save_trace(tmp_path / "other.safetensors", small_trace(np.random.default_rng(seed)))
    output = run_sim(seed, str(tmp_path / "other.safetensors"))
    assert shown(output, "tokens") == [str(6 * 54)] * 2  # 3 layers, 2 KV heads, 16 sinks
    assert shown(output, "mismatches") == ["0", "0"]


def small_trace(rng):
    """70 tokens, 3 layers, 2 KV heads: system, frames of 5, a question."""
    kinds = [resv.Kind.SYSTEM] * 20 + [resv.Kind.FRAME] * 40 + [resv.Kind.QUESTION] * 10
    frame = [-1] * 20 + [n // 5 for n in range(40)] + [-2] * 10

    def tensor(heads):
        return resv.to_bfloat16(rng.standard_normal((3, heads, 70, 64), np.float32))

    return resv.Trace(
        q=tensor(4),
        k=tensor(2),
        v=tensor(2),
        frame=np.array(frame, np.int32),
        kind=np.array([int(kind) for kind in kinds], np.uint8),
        metadata={"format": "resv-trace/1"},
    )


def test_a_failed_case_fails_sim_and_says_how_to_repeat_it(monkeypatch, capsys, tmp_path):
    prepared = simulate.Prepared(None, "hcu", None, tmp_path, False)
    outcome = simulate.Outcome(1, ("reset_in_mid_chunk",), tmp_path / "r.xml", tmp_path / "r.log")
    monkeypatch.setattr(sim, "prepare", lambda *arguments, **settings: prepared)
    monkeypatch.setattr(sim, "run", lambda *arguments, **settings: outcome)
    monkeypatch.setenv("CORE", "hcu")
    monkeypatch.setenv("SEED", "5")
    monkeypatch.setenv("TESTCASE", "reset")
    with pytest.raises(SystemExit) as stop:
        sim.main()
    assert stop.value.code == 1
    lines = capsys.readouterr().out.splitlines()
    assert any("reset_in_mid_chunk" in line and "r.log" in line for line in lines)
    simulator = os.environ["SIM"]
    assert lines[-1] == f"reproduce: make sim CORE=hcu SIM={simulator} SEED=5 TESTCASE=reset"
