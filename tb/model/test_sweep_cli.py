"""resv sweep and what declares a sweep: files, tables, one line for every error of the user."""

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
from resv import sweeps
from resv.laboratory import Settings
from resv.sweeps import pool, units

ROOT = Path(__file__).parents[2]
SIZES = "sink_tokens = 3\nrecent_tokens = 8\nlink = false\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("traces")
    resv.save_trace(path / "t0.safetensors", made(0, frames=16))
    resv.save_trace(path / "odd.safetensors", made(0, d=6))
    (path / "text").write_text("no trace\n")
    return path


@pytest.fixture
def here(monkeypatch):
    """No processes."""

    def finished(client, work, items):
        return ((item, work(item)) for item in items)

    monkeypatch.setattr(pool, "processes", lambda *_: nullcontext())
    monkeypatch.setattr(pool, "finished", finished)


def declared(folder, text):
    path = folder / "sweep.toml"
    path.write_text(text)
    return path


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


ALL_POLICIES = (
    "full, random, recent, topk_token, topk_frame_mean, topk_frame_exp, segment, cell, kmeans, "
    "resv, resv_plus"
)
TRACE = 'traces = ["t0.safetensors"]\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("traces = [", "{f}: must be TOML: .*"),
        ("", "{f}: traces must be given, files or names"),
        ('traces = "T1"', "{f}: traces must be several, in a list, not 'T1'"),
        ("traces = []", "{f}: traces must be one or more, not none"),
        ("traces = [3]", "{f}: traces must be a text, not int"),
        (TRACE + "seed = 1", "{f}: key must be one of .*, not 'seed'; did you mean seeds?"),
        (TRACE + "seeds = [-1]", "{f}: seeds must be at least 0, not -1"),
        (TRACE + "seeds = [1, 1]", "{f}: seeds must be all different, not [1, 1]"),
        (TRACE + 'fit = "each"', "{f}: fit must be one of .*together.*, not 'each'"),
        (TRACE + "ratios = [33]", "{f}: ratios must be above 0 and below 1, not 33"),
        (TRACE + "knobs = [1.5]", "{f}: knobs must be between 0 and 1, not 1.5"),
        (TRACE + "ratios = []", "{f}: ratios must be one or more, all different, not []"),
        (
            TRACE + "policies = 'resv'",
            "{f}: policies must be a table, as resv = {{ Th_hd = 7 }}, not 'resv'",
        ),
        (
            TRACE + "[policies]\nresv = 7",
            "{f}: policies.resv must be a table of parameters, as {{ Th_hd = 7 }} or {{}}, not 7",
        ),
        (
            TRACE + "[policies]\nresv = {{ Th_hd = [] }}",
            "{f}: policies.resv.Th_hd must have one or more values, not []",
        ),
        (
            TRACE + "[policies]\nrsv = {{}}",
            "{f}: policy must be one of "
            + ALL_POLICIES
            + ", not 'rsv'; did you mean resv or resv_plus?",
        ),
        (
            TRACE + "[policies]\nresv = {{ Th_h = [3] }}",
            "{f}: parameter of resv must be one of hash_bits, Th_hd, max_clusters, cluster_cap, "
            "auto, prefix, tokens_per_cluster, not 'Th_h'; did you mean Th_hd?",
        ),
        (
            TRACE + "[policies]\nresv = {{ Th_hd = [3, 3] }}",
            "{f}: policies must be different ones, not 'resv:Th_hd=3' twice",
        ),
        ('traces = ["no.safetensors"]', "{t}/no.safetensors: No such file or directory"),
        (
            'traces = ["T9"]',
            "trace must be a file or one of T1, T2, T3, T1s, T2s, T3s, not 'T9'",
        ),
        ('traces = ["text"]', "{t}/text: must be an undamaged safetensors file, not .*"),
        (
            'traces = ["t0.safetensors", "t0.safetensors"]',
            "traces must be different ones, not {t}/t0.safetensors and {t}/t0.safetensors",
        ),
        (
            TRACE,
            "t0: trace must have more than its sinks and recent window (16 + 200 tokens) before "
            "its last chunk, not 70",
        ),
        (
            SIZES + TRACE + "layers = [0, 2]",
            "t0: layers must be in the trace, which has 0 to 1, not 2",
        ),
        (
            SIZES.replace("false", "true") + "traces = ['odd.safetensors']\npolicies.resv = {{}}",
            "odd: head size must divide 1,024 for link bytes, not 6: do without link",
        ),
    ],
)
def test_every_error_of_a_declaration_is_one_line_and_status_2(
    run, folder, tmp_path, monkeypatch, text, message
):
    monkeypatch.setattr(units, "measure", lambda *_: pytest.fail("work was done"))
    path = declared(folder, text.replace("{{", "{").replace("}}", "}"))
    status, out, err = run("sweep", path, "-o", tmp_path / "out")
    assert (status, out) == (2, "")
    pattern = re.escape(message.format(f=path, t=folder)).replace(r"\.\*", ".*")
    assert re.fullmatch(f"resv: {pattern}\n", err), err
    assert not (tmp_path / "out").exists()


GOOD = SIZES + TRACE + "[policies]\nrandom = {}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "Missing argument 'FILE'."),
        ("{t}/none.toml -o {o}", "{t}/none.toml: No such file or directory"),
        ("{f}", "Missing option '--output' / '-o'."),
        ("{f} -o {t}/text", "output must be a folder, not {t}/text"),
        ("{f} -o {o} --workers 0", "workers must be at least 1, not 0"),
        (
            "{f} -o {o} --workers 1 --scheduler tcp://h:1",
            "workers must be left out with a scheduler, which has its own",
        ),
        (
            "{f} -o {o} --scheduler nowhere",
            "scheduler must be the address of one that answers, not 'nowhere': .*",
        ),
    ],
)
def test_every_error_of_the_command_is_one_line_and_status_2(
    run, folder, tmp_path, monkeypatch, arguments, message
):
    monkeypatch.setattr(units, "measure", lambda *_: pytest.fail("work was done"))
    names = {"f": declared(folder, GOOD), "t": folder, "o": tmp_path / "out"}
    status, out, err = run("sweep", *arguments.format(**names).split())
    assert (status, out) == (2, "")
    pattern = re.escape(message.format(**names)).replace(r"\.\*", ".*")
    assert re.fullmatch(f"resv: {pattern}\n", err), err


@pytest.mark.parametrize(
    ("module", "more", "message"),
    [
        ("distributed", [], "sweeps need dask: install it with `pip install vrex-open[sweep]`"),
        (
            "pyarrow",
            ["--parquet"],
            "Parquet needs pyarrow: install it with `pip install vrex-open[parquet]`, or do "
            "without (the same table is in sweep.csv)",
        ),
    ],
)
def test_what_is_not_installed_is_told_before_the_work(
    run, folder, tmp_path, monkeypatch, module, more, message
):
    monkeypatch.setattr(units, "measure", lambda *_: pytest.fail("work was done"))
    monkeypatch.setitem(sys.modules, module, None)
    path = declared(folder, GOOD)
    status, _, err = run("sweep", path, "-o", tmp_path / "out", *more)
    assert (status, err) == (2, f"resv: {message}\n")
    assert not (tmp_path / "out").exists()


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
