"""timeline: chunks of a stream as its tokens come in, against those of a trace."""

import numpy as np
import pytest

from model import small_traces
from resv.online import Layout, Run, Timeline
from resv.tokens import Kind


def pieces(timeline, tokens, declared=None):
    plan = timeline.plan(tokens, declared)
    timeline.add(plan)
    return [(p.index, p.start, p.stop, p.frame, p.kind) for p in plan.pieces]


def test_what_is_not_declared_is_text():
    timeline = Timeline(256)
    assert pieces(timeline, 5) == [(0, 0, 5, -2, Kind.QUESTION)]
    assert pieces(timeline, 1) == [(1, 5, 6, -2, Kind.DECODED)]


def test_frames_are_counted_and_may_be_given():
    timeline = Timeline(256)
    frame = Run.named("frame")
    assert pieces(timeline, 2, Run.named("system")) == [(0, 0, 2, -1, Kind.SYSTEM)]
    assert pieces(timeline, 3, frame) == [(1, 2, 5, 0, Kind.FRAME)]
    assert pieces(timeline, 3, frame) == [(2, 5, 8, 1, Kind.FRAME)]
    assert pieces(timeline, 3, Run.named("frame", 9)) == [(3, 8, 11, 9, Kind.FRAME)]
    assert pieces(timeline, 3, frame) == [(4, 11, 14, 10, Kind.FRAME)]
    assert timeline.frame.tolist() == [-1] * 2 + [0] * 3 + [1] * 3 + [9] * 3 + [10] * 3
    assert timeline.chunk.tolist() == [0] * 2 + [1] * 3 + [2] * 3 + [3] * 3 + [4] * 3


def test_long_runs_are_split_and_decoded_tokens_are_chunks():
    timeline = Timeline(4)
    assert [p[1:3] for p in pieces(timeline, 10, Run.named("frame"))] == [(0, 4), (4, 8), (8, 10)]
    assert [p[1:3] for p in pieces(timeline, 2, Run.named("decoded"))] == [(10, 11), (11, 12)]
    assert timeline.chunk.tolist() == [0] * 4 + [1] * 4 + [2] * 2 + [3, 4]


@pytest.mark.parametrize("chunk", [None, np.array([0, 0, 3, 3, 3, 3, 3, 4, 4, 5, 6], np.int32)])
@pytest.mark.parametrize("max_chunk", [1, 2, 256])
def test_a_layout_gives_the_chunks_of_a_trace(chunk, max_chunk):
    trace = small_traces.make(chunk=chunk)
    timeline = Timeline(max_chunk)
    tokens = len(trace.frame)
    found = pieces(timeline, tokens, Layout(trace.frame, trace.kind, chunk))
    expected = [(c.index, c.start, c.stop, c.frame, c.kind) for c in trace.chunks(max_chunk)]
    assert found == expected
    assert (timeline.frame == trace.frame).all()  # of every token, not of its chunk
    assert (timeline.kind == trace.kind).all()


def test_a_plan_changes_nothing():
    timeline = Timeline(256)
    timeline.plan(5, Run.named("frame"))
    assert (timeline.tokens, timeline.chunks, timeline.last_frame) == (0, 0, -1)


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        (Run.named("frame", 3), "frame must not decrease, not 3 after 7"),
        (Layout(np.zeros(4, np.int32)), r"frame must have shape \[5\], not \[4\]"),
        (Layout(np.full(5, -3, np.int32)), "frame must be -2, -1 or a frame's number, not -3"),
        (Layout(np.full(5, 7, np.int32), np.zeros(5, np.uint8)), "kind must be 0 where frame is"),
    ],
)
def test_what_does_not_fit_is_refused(declared, message):
    timeline = Timeline(256)
    pieces(timeline, 2, Run.named("frame", 7))
    with pytest.raises(ValueError, match=message):
        timeline.plan(5, declared)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("frames",), ValueError, "kind must be one of 'system', 'frame', .* not 'frames'"),
        ((1,), TypeError, "kind must be one of .* not int"),
        (("frame", -1), ValueError, "frame must be at least 0, not -1"),
        (("question", 3), ValueError, "frame must be given for kind 'frame' only, not for 'que"),
    ],
)
def test_runs_are_checked(arguments, error, message):
    with pytest.raises(error, match=message):
        Run.named(*arguments)
