"""cli: what it prints, its exit statuses, and one line for every error of the user."""

import os
import re
import subprocess
import sys

import numpy as np
import pytest

import resv
from resv import Trace, cli, to_bfloat16, trace_cli

ALL_METADATA = {
    "scale": "0.25", "model": "test", "seed": "7", "rope_theta": "1e4", "weights": "random",
    "source": "random numbers",
}  # fmt: skip


@pytest.fixture(scope="module")
def trace(tmp_path_factory):
    rng = np.random.default_rng(7)
    q, k, v = (to_bfloat16(rng.standard_normal((2, heads, 48, 16))) for heads in (4, 2, 2))
    frame = np.repeat(np.array([-1, 0, 1, 2, 3, -2], np.int32), 8)
    path = tmp_path_factory.mktemp("traces") / "small.safetensors"
    resv.save_trace(path, Trace(q=q, k=k, v=v, frame=frame, metadata=ALL_METADATA))
    return path


FEW = ("--sink-tokens", 4, "--recent-tokens", 8)


# -- what it prints --------------------------------------------------------------------------------


def test_version(run):
    assert run("--version") == (0, f"resv {resv.__version__}, specification 1\n", "")


@pytest.mark.parametrize("command", [(), ("trace",), ("trace", "info"), ("select",), ("diff",)])
def test_help(run, command):
    status, out, err = run(*command, "--help")
    assert (status, err) == (0, "")
    assert "Usage: resv" in out


def test_info_prints_every_fact(run, trace):
    status, out, err = run("trace", "info", trace)
    assert (status, err) == (0, "")
    lines = [re.split(r" {2,}", line) for line in out.splitlines()]
    facts = dict(lines)
    assert facts["tokens"] == "48"
    assert facts["kv heads"] == "2"
    assert facts["kinds system"] == "8"
    assert facts["kinds frame"] == "32"
    assert facts["sha256"] == resv.load_trace(trace).sha256
    assert facts["metadata source"] == "random numbers"


def test_what_a_trace_lacks_is_a_warning(run, trace, tmp_path):
    loaded = resv.load_trace(trace)
    path = tmp_path / "t.safetensors"
    metadata = ALL_METADATA | {"source": "[bold]a long " + "story " * 50}
    del metadata["seed"]
    parts = {name: getattr(loaded, name) for name in ("q", "k", "v", "frame")}
    resv.save_trace(path, Trace(**parts, metadata=metadata))
    status, out, err = run("trace", "info", path)
    assert status == 0
    assert err == f"resv: warning: {path}: metadata seed is missing\n"
    rows = [line.split(maxsplit=2) for line in out.splitlines()]
    assert ["metadata", "source", metadata["source"].strip()] in rows  # neither folded nor styled


def test_select_writes_the_file_and_sums_up(run, trace, tmp_path):
    path = tmp_path / "s.jsonl"
    status, out, err = run("select", trace, "-o", path, *FEW, "--th-hd", 4, "--th-r", 0.1)
    assert (status, err) == (0, "")
    config = resv.Config(sink_tokens=4, recent_tokens=8, Th_hd=4, Th_r=0.1, scale=0.25)
    loaded = resv.load_trace(trace)
    steps = list(resv.replay(loaded, config))
    other = tmp_path / "t.jsonl"
    resv.selection.write_selection(other, loaded, config, steps)
    assert path.read_bytes() == other.read_bytes()

    facts = dict(re.split(r" {2,}", line) for line in out.splitlines())
    clusters = sum(int(head.founded.sum()) for step in steps for head in step.heads)
    assert facts["tokens"] == "48 in 6 chunks"
    assert facts["layers × KV heads"] == "2 × 2"
    assert facts["clusters"] == f"{clusters}, 0 tokens joined because a table was full"
    assert facts["tokens per cluster"] == f"{44 * 4 / clusters:.1f}"
    for name, kind in (("frames", 1), ("text", 2)):
        of_kind = [step for step in steps if step.kind == kind]
        far, got = (sum(getattr(s, n) for s in of_kind) for n in ("far_tokens", "selected_tokens"))
        assert facts[f"retrieval ratio, {name}"] == f"{100 * got / far:.1f} % ({got} of {far})"
    assert facts["written"] == str(path)


def test_every_option_reaches_the_file(run, trace, tmp_path):
    path = tmp_path / "s.jsonl"
    options = {
        "hash_bits": 64, "Th_hd": 20, "Th_r": 0.5, "sink_tokens": 3, "recent_tokens": 5,
        "max_chunk": 6, "max_clusters": 9, "cluster_cap": 4,
    }  # fmt: skip
    flags = [x for name, value in options.items() for x in (f"--{name.lower()}", value)]
    status, out, _ = run("select", trace, "-o", path, *(str(f).replace("_", "-") for f in flags))
    assert status == 0
    found = resv.selection.read_selection(path)
    assert found.header["config"] == options | {"scale": 0.25}
    assert [chunk["tokens"] for chunk in found.chunks] == [6, 2] * 6
    assert "12 chunks" in out


def test_the_defaults_are_those_of_the_model(run, trace, tmp_path):
    path = tmp_path / "s.jsonl"
    assert run("select", trace, "-o", path)[0] == 0
    config = resv.selection.read_selection(path).header["config"]
    assert config == resv.Config(scale=0.25).to_dict()


def test_full_tables_are_counted(run, trace, tmp_path):
    status, out, _ = run("select", trace, "-o", tmp_path / "s", "--max-clusters", 1, "--th-hd", 0)
    assert status == 0
    #  of 32 clustered tokens in each of 4 heads one founds
    assert re.search(r"^clusters +4, 124 tokens joined because a table was full$", out, re.M)
    assert re.search(r"^tokens per cluster +32\.0$", out, re.M)
    assert re.search(r"^retrieval ratio, text +no far tokens$", out, re.M)


def test_nothing_but_sinks(run, trace, tmp_path):
    status, out, _ = run("select", trace, "-o", tmp_path / "s", "--sink-tokens", 99)
    assert status == 0
    assert re.search(r"^tokens per cluster +none$", out, re.M)


def test_diff(run, trace, tmp_path):
    paths = [tmp_path / name for name in "abc"]
    for path, ratio in zip(paths, (0.1, 0.1, 0.2), strict=True):
        run("select", trace, "-o", path, "--th-r", ratio)
    assert run("diff", paths[0], paths[1]) == (0, "", "")
    status, out, err = run("diff", paths[0], paths[2])
    assert (status, err) == (1, "")
    assert out == f"config Th_r: 0.1 in {paths[0]}, 0.2 in {paths[2]}\n"


# -- errors ----------------------------------------------------------------------------------------

NO_FILE = "{tmp}/no: No such file or directory"
DIRECTORY = "{tmp}: Is a directory"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "Missing command."),
        ("nothing", "No such command 'nothing'."),
        ("trace info", "Missing argument 'TRACE'."),
        ("trace info {tmp}/no", NO_FILE),
        ("trace info {tmp}", DIRECTORY),
        ("trace info {tmp}/text", "{tmp}/text: must be an undamaged safetensors file, not .*"),
        ("trace info {tmp}/short", "{tmp}/short: must be an undamaged safetensors file, not .*"),
        ("select {trace}", "Missing option '--output' / '-o'."),
        ("select {tmp}/no -o {tmp}/x", NO_FILE),
        ("select {tmp} -o {tmp}/x", DIRECTORY),
        ("select {trace} -o {tmp}/x --th-hd 34", "Th_hd must be between 0 and 33, not 34"),
        ("select {trace} -o {tmp}/x --th-hd many", "Invalid value for '--th-hd': .*"),
        ("select {trace} -o {tmp}/x --th-r 1.1", "Th_r must be between 0 and 1, not 1.1"),
        ("select {trace} -o {tmp}/x --th-r nan", "Th_r must be finite, not nan"),
        ("select {trace} -o {tmp}/x --hash-bits 9", "hash_bits must be a multiple of 8, not 9"),
        ("select {trace} -o {tmp}/x --max-chunk 0", "max_chunk must be between 1 and 65535, not 0"),
        ("select {trace} -o {tmp}/x --nothing", "No such option: --nothing"),
        ("select {trace} -o {tmp}/no/x", "{tmp}/no/x: No such file or directory"),
        ("select {trace} -o {tmp}/text/x", "{tmp}/text/x: Not a directory"),
        ("select {trace} -o {tmp}", "output must be a regular file, not {tmp}"),
        ("select {trace} -o /dev/full", "output must be a regular file, not /dev/full"),
        ("select {trace} -o {trace}", "output must be another file than the trace, not {trace}"),
        (
            "select {trace} -o {tmp}/x --max-chunk 65535 --max-clusters 1",
            "layer 0, kv_head 0: chunk refused: the table is full .*",
        ),
        ("diff {tmp}/text", "Missing argument 'B'."),
        ("diff {tmp}/no {tmp}/text", NO_FILE),
        ("diff {tmp}/text {tmp}", "{tmp}.*"),
        ("diff {tmp}/text {tmp}/text", "{tmp}/text, line 1: must be a JSON object, not .*"),
    ],
)
def test_every_error_is_one_line_and_status_2(run, trace, tmp_path, arguments, message):
    (tmp_path / "text").write_text("no trace, no selection\n")
    (tmp_path / "short").write_bytes(trace.read_bytes()[:-100])
    files, content = sorted(os.listdir(tmp_path)), trace.read_bytes()
    names = {"tmp": tmp_path, "trace": trace}
    status, out, err = run(*arguments.format(**names).split())
    assert (status, out) == (2, "")
    pattern = message.replace(".", r"\.").replace(r"\.*", ".*").format(**names)
    assert re.fullmatch(f"resv: {pattern}\n", err), err
    assert sorted(os.listdir(tmp_path)) == files  # no half-written file either
    assert trace.read_bytes() == content


def test_an_error_of_ours_is_not_dressed_up_as_the_user_s(monkeypatch, trace):
    def broken(*_):
        raise TypeError("a bug")

    monkeypatch.setattr(trace_cli, "describe", broken)
    with pytest.raises(TypeError, match="a bug"):
        cli.run(["trace", "info", str(trace)])


def test_an_existing_file_survives_a_failed_run(run, trace, tmp_path):
    path = tmp_path / "s.jsonl"
    path.write_text("precious")
    assert run("select", trace, "-o", path, "--max-chunk", 65_535, "--max-clusters", 1)[0] == 2
    assert path.read_text() == "precious"


def test_the_installed_command(tmp_path):
    """The entry point itself: status, streams, no traceback."""
    command = [sys.executable, "-m", "resv.cli"]
    good = subprocess.run([*command, "--version"], capture_output=True, text=True, check=False)
    assert (good.returncode, good.stderr) == (0, "")
    assert good.stdout.startswith("resv ")
    bad = subprocess.run(
        [*command, "trace", "info", tmp_path / "no"], capture_output=True, text=True, check=False
    )
    assert (bad.returncode, bad.stdout) == (2, "")
    assert bad.stderr == f"resv: {tmp_path}/no: No such file or directory\n"


def test_both_engines_write_the_same_file(run, trace, tmp_path):
    for engine in ("plain", "fast"):
        for form in ("float64", "integer"):
            output = tmp_path / f"{engine}-{form}"
            arguments = ("--engine", engine, "--wicsum", form, *FEW)
            assert run("select", trace, "-o", output, *arguments)[0] == 0
    for form in ("float64", "integer"):
        plain, fast = (tmp_path / f"{engine}-{form}" for engine in ("plain", "fast"))
        assert plain.read_bytes() == fast.read_bytes()
    status, _, err = run("select", trace, "-o", tmp_path / "x", "--engine", "quick")
    assert (status, err) == (2, "resv: engine must be one of 'plain', 'fast', not 'quick'\n")
