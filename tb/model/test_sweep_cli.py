"""resv sweep and what declares a sweep: files, tables, and what is left of one that is stopped."""

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import nullcontext
from pathlib import Path

import pytest

import resv
from model.lab_traces import SMALL, made
from model.sweeps_declared import GOOD, SIZES, declared
from resv import sweeps
from resv.laboratory import Settings
from resv.sweeps import pool

ROOT = Path(__file__).parents[2]


@pytest.fixture
def here(monkeypatch):
    """No processes."""

    def finished(client, work, items):
        return ((item, work(item)) for item in items)

    monkeypatch.setattr(pool, "processes", lambda *_: nullcontext())
    monkeypatch.setattr(pool, "finished", finished)


WHOLE = """
traces = ["t0.safetensors", "T1"]
ratios = [0.5, 0.2]
knobs = [0.3]
layers = [1]
seeds = [0, 3]
fit = "alone"
recent_tokens = 8
held_back = 300
[policies]
random = {}
resv = { Th_hd = [3, 7], hash_bits = 64 }
[[policies.resv_plus]]
energy = [0.8]
[[policies.resv_plus]]
key_bits = 4
"""


def test_a_declaration_is_read(folder):
    one = sweeps.read(declared(folder, WHOLE))
    assert one.traces == (folder / "t0.safetensors", Path("T1"))
    assert (one.seeds, one.fit) == ((0, 3), "alone")
    assert one.settings == Settings(
        policies=(
            *("random", "resv:hash_bits=64:Th_hd=3", "resv:hash_bits=64"),
            *("resv_plus:energy=0.8", "resv_plus:key_bits=4"),
        ),
        ratios=(0.2, 0.5),
        knobs=(0.3,),
        layers=(1,),
        config=resv.Config(recent_tokens=8),
        held_back=300,
    )


def test_the_declaration_of_the_page_can_be_read(folder):
    page = (ROOT / "docs" / "laboratory.md").read_text(encoding="utf-8")
    [text] = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    one = sweeps.read(declared(folder, text))
    assert len(one.settings.policies) == 1 + 6
    assert one.settings.layers == (0, 3)


def test_what_is_not_declared_has_its_default(folder):
    one = sweeps.read(declared(folder, 'traces = ["t0.safetensors"]'))
    assert (one.seeds, one.fit, one.settings) == ((0,), "together", Settings())
    assert [policy.name for policy in one.settings.policies] == resv.policies.names()


def test_a_grid_is_every_combination():
    assert sweeps.grid("a", x=[1, 2], y=3, z=["b", "c"]) == [
        *("a:x=1:y=3:z=b", "a:x=1:y=3:z=c", "a:x=2:y=3:z=b", "a:x=2:y=3:z=c")
    ]
    assert sweeps.grid("a") == ["a"]


def test_the_command_prints_and_writes(run, folder, tmp_path, here):
    text = SIZES + "traces = ['t0.safetensors']\nratios = [0.5]\nknobs = [0.25]\nseeds = [0, 1]\n"
    text += "[policies]\nrandom = {}\nresv = { Th_hd = [3] }\n"
    status, out, err = run("sweep", declared(folder, text), "-o", tmp_path / "new" / "out")
    assert (status, err) == (0, "")
    place = tmp_path / "new" / "out"
    assert sorted(path.name for path in place.iterdir()) == ["about.json", "parts", "sweep.csv"]
    assert len(list((place / "parts").iterdir())) == 2 * 3
    assert out.endswith(f"written: {place}/sweep.csv {place}/about.json\n")
    expected = resv.compare(
        resv.load_trace(folder / "t0.safetensors"), ["resv:Th_hd=3"], [0.5], knobs=[0.25],
        config=SMALL, link=False,
    ).figures()  # fmt: skip
    for kind, table, target in (("frames", "ratio", 0.5), ("text", "knob", 0.25)):
        one = expected["trace 0", kind, table, "resv:Th_hd=3", target]
        [grid] = [
            part for part in out.split("\n\n")
            if part.startswith(f"t0, {kind}, ") and ("given" in part) == (table == "knob")
            and "same k" not in part
        ]  # fmt: skip
        cell = f"{100 * one.output_error:.1f} ({100 * one.ratio:.1f})"
        assert re.search(rf"^resv:Th_hd=3 +{re.escape(cell)}$", grid, re.M)
    assert "nothing: " in out


def hear_ctrl_c():
    """As in a terminal: what is begun by a shell in the background inherits that it is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.slow
def test_ctrl_c_ends_it_with_what_is_finished(tmp_path):
    """All processes of a terminal get it; none says anything but what the command does."""
    resv.save_trace(tmp_path / "t0.safetensors", made(0, frames=120))
    seeds = ", ".join(map(str, range(400)))  # long enough on a busy machine, too
    text = f"traces = ['t0.safetensors']\n{SIZES}seeds = [{seeds}]\n"
    file = declared(tmp_path, text + "[policies]\nresv = {}\n")
    parts = tmp_path / "out" / "parts"
    command = [Path(sys.executable).with_name("resv"), "sweep", file, "-o", tmp_path / "out"]
    process = subprocess.Popen(
        [*command, "--workers", "2"],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=hear_ctrl_c,
    )
    while process.poll() is None and not (parts.is_dir() and len(list(parts.iterdir())) > 1):
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate()
    assert (process.returncode, out, err.strip()) == (130, "", "")
    assert 1 < len(list(parts.iterdir())) < 2 * 400


def test_parquet_has_the_same_table(run, folder, tmp_path, here):
    arrow = pytest.importorskip("pyarrow.parquet")
    path = declared(folder, GOOD)
    status, out, _ = run("sweep", path, "-o", tmp_path, "--parquet")
    assert status == 0
    assert f"{tmp_path}/sweep.parquet" in out
    found = arrow.read_table(tmp_path / "sweep.parquet")
    lines = (tmp_path / "sweep.csv").read_text().splitlines()
    assert found.column_names == lines[0].split(",")
    assert found.num_rows == len(lines) - 1
    ratio = found["ratio"].to_pylist()
    assert [f"{value!r}" for value in ratio] == [
        line.split(",")[lines[0].split(",").index("ratio")] for line in lines[1:]
    ]
