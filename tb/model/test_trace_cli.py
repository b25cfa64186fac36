"""resv trace: making, cutting and checking traces on the command line."""

import errno
import os
import resource
import subprocess
import sys
from functools import partial

import numpy as np
import pytest

import resv
from resv import cli, named_traces

av = pytest.importorskip("av")

QUICK = ("--layers", "0", "--system-tokens", "2", "--question-tokens", "1", "--decoded-tokens", "1")


@pytest.fixture
def run(run):
    """The commands of `resv trace`."""
    return partial(run, "trace")


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    path = tmp_path_factory.mktemp("clip") / "clip.avi"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=4)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for n in range(8):
            planes = np.full((72, 64), 20 + 25 * n, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(planes, format="yuv420p")))
        container.mux(stream.encode())
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    path = tmp_path_factory.mktemp("made") / "made.safetensors"
    arguments = ["trace", "synth", "-o", str(path), "--frames", "3", *QUICK]
    assert cli.run([*arguments, "--kv-heads", "all"]) == 0
    return path


def test_from_video(run, clip, tmp_path):
    output = tmp_path / "out"
    status, out, err = run("from-video", clip, "-o", output, "--frames", 3, *QUICK)
    trace = resv.load_trace(output)
    assert (status, err) == (0, "")
    assert out == f"{output}: 34 tokens, SHA-256 {trace.sha256}\n"
    assert trace.frame.tolist() == [-1] * 2 + [0] * 10 + [1] * 10 + [2] * 10 + [-2] * 2
    assert trace.q.shape == (1, 4, 34, 128)
    assert trace.warnings == ()
    assert trace.metadata["source"] == "clip.avi; 3 frames at 2 FPS from 0 s"
    assert trace.metadata["regime"] == "calibrated"


def test_all_frames_of_a_clip_are_taken_by_default(run, clip, tmp_path):
    assert run("from-video", clip, "-o", tmp_path / "out", *QUICK)[0] == 0
    assert resv.load_trace(tmp_path / "out").frame.max() == 3  # 8 pictures at 4 FPS, 2 FPS taken


def test_knobs_replace_those_of_the_regime(run, clip, tmp_path):
    output = tmp_path / "out"
    knobs = ("--regime", "isotropic", "--logit-spread", "3", "--layers", "1,0")
    assert run("from-video", clip, "-o", output, "--frames", 1, *QUICK, *knobs)[0] == 0
    trace = resv.load_trace(output)
    assert trace.q.shape[0] == 2
    assert trace.metadata["regime"] == "isotropic, changed"
    assert trace.metadata["knobs"].endswith("logit_spread 3")


def test_synth_needs_no_video(run, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    output = tmp_path / "out"
    assert run("synth", "-o", output, "--frames", 2, *QUICK)[0] == 0
    assert resv.load_trace(output).frame.max() == 1


def test_slice(run, made, tmp_path):
    output = tmp_path / "part"
    status, out, _ = run("slice", made, "-o", output, "--frames", "1:2", "--kv-heads", "1")
    part, whole = resv.load_trace(output), resv.load_trace(made)
    assert status == 0
    assert out.startswith(f"{output}: 20 tokens")
    assert (part.k == whole.k[:, [1], 12:32]).all()
    assert run("slice", made, "-o", output, "--tokens", ":5")[0] == 0
    assert resv.load_trace(output).k.shape == (1, 2, 5, 128)


def test_validate(run, made, tmp_path):
    assert run("validate", made) == (
        0,
        f"{made}: valid, 34 tokens in 6 chunks, 1 × 2 heads of 128\n",
        "",
    )
    trace = resv.load_trace(made)
    lacking = resv.Trace(
        q=trace.q, k=trace.k, v=trace.v, frame=trace.frame, metadata={"format": "resv-trace/1"}
    )
    resv.save_trace(tmp_path / "lacking", lacking)
    status, out, err = run("validate", tmp_path / "lacking")
    assert status == 0
    assert "valid" in out
    assert "metadata scale is missing" in err
    status, out, err = run("validate", "--strict", tmp_path / "lacking")
    assert (status, out) == (2, "")
    assert err.splitlines()[-1] == f"resv: {tmp_path / 'lacking'}: metadata scale is missing"


def test_validate_finds_damage(run, made, tmp_path):
    content = made.read_bytes()
    (tmp_path / "cut").write_bytes(content[: len(content) // 2])
    status, out, err = run("validate", tmp_path / "cut")
    assert (status, out) == (2, "")
    assert err.startswith(f"resv: {tmp_path / 'cut'}")
    assert err.count("\n") == 1


def test_names_are_traces_too(run, made, monkeypatch):
    monkeypatch.setattr(named_traces, "find", lambda name: made)
    assert run("info", "T2")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("from-video", "none.mp4", "-o", "x"), "clip must be an existing file, not none.mp4"),
        (
            ("from-video", "CLIP", "-o", "x", "--frames", "9"),
            "clip must give 9 pictures at 2 a sec",
        ),
        (("from-video", "CLIP", "-o", "x", "--frames", "0"), "frames must be at least 1, not 0"),
        (("from-video", "CLIP", "-o", "CLIP"), "output must be another file than the clip, not"),
        (("from-video", "CLIP", "-o", "x/y"), "x/y: No such file or directory"),
        (("synth", "-o", "x/y"), "x/y: No such file or directory"),
        (("synth", "-o", "."), "output must be a regular file, not ."),
        (("from-video", "CLIP", "-o", "x", "--start", "9"), "clip must give any pictures at 2 a"),
        (("from-video", "CLIP", "-o", "x", "--regime", "trained"), "regime must be one of 'isot"),
        (
            ("from-video", "CLIP", "-o", "x", "--layers", "6"),
            "layers must be between 0 and 5, not 6",
        ),
        (("from-video", "CLIP", "-o", "x", "--layers", "x"), "layers must be numbers with commas"),
        (("from-video", "CLIP", "-o", "x", "--kv-heads", "2"), "kv_heads must be between 0 and 1"),
        (("from-video", "CLIP", "-o", "x", "--key-bias", "2"), "key_bias * (1 + head_spread) must"),
        (("synth", "-o", "x", "--frames", "0"), "frames must be at least 1, not 0"),
        (("slice", "MADE", "-o", "MADE"), "output must be another file than the trace"),
        (("slice", "MADE", "-o", "x", "--tokens", "1"), "tokens must be two numbers with a colon"),
        (("slice", "MADE", "-o", "x", "--tokens", "9:5"), "stop must be between 10 and 34, not 5"),
        (("slice", "MADE", "-o", "x", "--frames", "5:9"), "frames must be in the trace, which has"),
        (
            ("slice", "MADE", "-o", "x", "--frames", "0:1", "--tokens", "0:1"),
            "tokens must not be given together with frames",
        ),
        (("validate", "T9"), "trace must be a file or one of T1, T2, T3, T1s, T2s, T3s, not 'T9'"),
    ],
)
def test_what_is_wrong_is_one_line_and_status_2(
    run, clip, made, tmp_path, monkeypatch, arguments, message
):
    monkeypatch.chdir(tmp_path)
    names = {"CLIP": clip, "MADE": made}
    status, out, err = run(*(names.get(argument, argument) for argument in arguments))
    assert (status, out) == (2, "")
    assert err.startswith(f"resv: {message}")
    assert err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_without_pyav_one_line_names_the_extra(run, clip, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    status, _, err = run("from-video", clip, "-o", tmp_path / "x")
    assert status == 2
    assert (
        err == "resv: reading a clip needs PyAV: install it with `pip install vrex-open[video]`\n"
    )


def test_a_terminal_sees_the_progress(tmp_path):
    parent, child = os.openpty()
    command = ["trace", "synth", "-o", str(tmp_path / "x"), "--frames", "2", *QUICK]
    ran = subprocess.run(
        [sys.executable, "-m", "resv.cli", *command],
        env={**os.environ, "TERM": "xterm"},
        stdout=subprocess.PIPE,
        stderr=child,
        check=False,
    )
    os.close(child)
    shown = os.read(parent, 100_000).decode()
    os.close(parent)
    assert ran.returncode == 0
    assert "frames" in shown
    assert "100%" in shown


def test_a_disk_that_fills_up_leaves_no_half_file(tmp_path):
    """For real: the operating system refuses to let a file grow beyond 20 kB."""
    output = tmp_path / "out.safetensors"
    output.write_bytes(b"an older trace")
    script = (
        "import signal, sys; from resv import cli; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)"
    )
    command = ["trace", "synth", "-o", str(output), "--frames", "2", *QUICK]
    ran = subprocess.run(
        [sys.executable, "-c", f"{script}; sys.exit(cli.run(sys.argv[1:]))", *command],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)),
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 2
    assert ran.stderr == f"resv: {output}: {os.strerror(errno.EFBIG)}\n"
    assert output.read_bytes() == b"an older trace"
    assert [path.name for path in tmp_path.iterdir()] == [output.name]
