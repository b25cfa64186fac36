"""capture: what is written layer by layer comes back as the trace that it was."""

import numpy as np
import pytest

import resv
from model import small_traces
from resv.online import Capture, Layout, Timeline


def captured(trace, layers, steps, folder=None):
    capture, timeline = Capture(layers, folder), Timeline(256)
    timeline.add(timeline.plan(len(trace.frame), Layout(trace.frame, trace.kind)))
    for start, stop in steps:
        for layer in range(len(trace.k)):
            parts = (each[layer][:, start:stop] for each in (trace.q, trace.k, trace.v))
            capture.write(layer, *parts)
    return capture, timeline


@pytest.mark.parametrize("layers", [(0, 1), (1,)])
@pytest.mark.parametrize("steps", [[(0, 11)], [(0, 2), (2, 7), (7, 8), (8, 11)]])
def test_a_trace_comes_back(tmp_path, layers, steps):
    trace = small_traces.make()
    capture, timeline = captured(trace, layers, steps)
    path = tmp_path / "captured.safetensors"
    sha256 = capture.save(path, timeline, 11, dict(trace.metadata))
    found = resv.load_trace(path)
    assert found.sha256 == sha256
    assert found.metadata == trace.metadata
    for name in ("q", "k", "v"):
        assert (getattr(found, name) == getattr(trace, name)[list(layers)]).all()
    assert (found.frame == trace.frame).all()
    assert (found.kind == trace.kind).all()
    assert [c.start for c in found.chunks()] == [c.start for c in trace.chunks()]


def test_a_broken_pass_leaves_the_tokens_before_it(tmp_path):
    trace = small_traces.make()
    capture, timeline = captured(trace, (0, 1), [(0, 7)])
    capture.write(0, *(each[0][:, 7:] for each in (trace.q, trace.k, trace.v)))
    capture.save(tmp_path / "captured", timeline, 7, dict(trace.metadata))
    found = resv.load_trace(tmp_path / "captured")
    assert (found.k == trace.k[:, :, :7]).all()
    assert len(found.frame) == 7


def test_the_files_are_gone_with_the_object(tmp_path):
    capture, _ = captured(small_traces.make(), (0,), [(0, 11)], tmp_path)
    (folder,) = tmp_path.iterdir()
    assert sorted(part.name for part in folder.iterdir()) == ["k.0", "q.0", "v.0"]
    del capture
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_a_trace_is_refused(tmp_path):
    trace = small_traces.make()
    capture, timeline = captured(trace, (0,), [])
    with pytest.raises(ValueError, match="tokens of the stream must be at least 1, not 0"):
        capture.save(tmp_path / "captured", timeline, 0, {})
    v = trace.v.copy()
    v[0, 0, 3, 1] = np.inf
    with pytest.raises(ValueError, match="v of layer 0 must be finite everywhere, not inf"):
        capture.write(0, trace.q[0], trace.k[0], v[0])
    with pytest.raises(FileNotFoundError):
        Capture((0,), tmp_path / "nowhere")
