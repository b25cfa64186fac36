"""traces: how tokens are divided into chunks."""

import itertools
import re

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from model.small_traces import BF16, METADATA, make
from resv.tokens import Kind
from resv.traces import Trace


def bounds(trace, max_chunk=256):
    return [(chunk.start, chunk.stop) for chunk in trace.chunks(max_chunk)]


def test_without_kind_text_is_one_question():
    trace = make(kind=None)
    assert trace.kind.tolist() == [0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2]
    assert trace.kind.dtype == np.uint8
    assert bounds(trace) == [(0, 2), (2, 5), (5, 7), (7, 11)]


def test_chunks_of_each_kind():
    chunks = list(make().chunks())
    assert [(c.index, c.start, c.stop, c.frame, c.kind) for c in chunks] == [
        (0, 0, 2, -1, Kind.SYSTEM),
        (1, 2, 5, 0, Kind.FRAME),
        (2, 5, 7, 4, Kind.FRAME),
        (3, 7, 9, -2, Kind.QUESTION),
        (4, 9, 10, -2, Kind.DECODED),
        (5, 10, 11, -2, Kind.DECODED),
    ]
    trace = make(q_ahead=make().q)
    for chunk in trace.chunks():
        for name in ("q", "k", "v", "q_ahead"):
            view = getattr(chunk, name)
            assert np.shares_memory(view, getattr(trace, name))
            expected = getattr(trace, name)[:, :, chunk.start : chunk.stop]
            np.testing.assert_array_equal(view, expected)


def test_long_chunks_are_split_into_full_ones_and_a_rest():
    assert bounds(make(), 2) == [
        *[(0, 2), (2, 4), (4, 5), (5, 7)],
        *[(7, 9), (9, 10), (10, 11)],
    ]
    assert bounds(make(), 1) == [(t, t + 1) for t in range(11)]


def test_questions_between_frames_are_chunks_of_their_own():
    frame = np.array([-1, 0, 0, -2, -2, 1, 1, -2], np.int32)
    assert bounds(make(frame=frame, kind=None)) == [(0, 1), (1, 3), (3, 5), (5, 7), (7, 8)]


def test_the_chunk_tensor_overrides():
    chunk = np.array([3, 3, 5, 5, 5, 5, 5, 6, 7, 8, 8], np.int32) - 4
    assert bounds(make(chunk=chunk)) == [(0, 2), (2, 7), (7, 8), (8, 9), (9, 11)]
    assert [c.frame for c in make(chunk=chunk).chunks()] == [-1, 0, -2, -2, -2]
    assert bounds(make(chunk=chunk), 4) == [(0, 2), (2, 6), (6, 7), (7, 8), (8, 9), (9, 11)]


PIECES = st.lists(st.tuples(st.sampled_from(Kind), st.integers(1, 40)), min_size=1, max_size=12)


@given(pieces=PIECES, max_chunk=st.integers(1, 50), explicit=st.booleans())
def test_chunks_partition_the_tokens(pieces, max_chunk, explicit):
    """Every token in one chunk, in order, none too long, none across a border of runs."""
    numbers = itertools.count()
    text = {Kind.SYSTEM: -1, Kind.QUESTION: -2, Kind.DECODED: -2}
    frame, kind = [], []
    for one, length in pieces:
        frame += [next(numbers) if one == Kind.FRAME else text[one]] * length
        kind += [one] * length
    frame, kind = np.array(frame, np.int32), np.array(kind, np.uint8)
    vectors = np.zeros((1, 1, len(frame), 2), BF16)
    trace = Trace(vectors, vectors, vectors, frame, kind, metadata=METADATA)
    if explicit:  # the division it found, given to it
        trace = Trace(vectors, vectors, vectors, frame, kind, trace.chunk, metadata=METADATA)
    chunks = list(trace.chunks(max_chunk))
    assert [c.index for c in chunks] == list(range(len(chunks)))
    assert [t for c in chunks for t in range(c.start, c.stop)] == list(range(len(frame)))
    assert all(1 <= c.stop - c.start <= max_chunk for c in chunks)
    for c in chunks:
        assert set(frame[c.start : c.stop]) == {c.frame}
        assert set(kind[c.start : c.stop]) == {c.kind}
        assert c.q.shape == (1, 1, c.stop - c.start, 2)
        if c.kind == Kind.DECODED:
            assert c.stop - c.start == 1
    for a, b in itertools.pairwise(chunks):  # no border without a reason
        same_run = (a.kind, a.frame) == (b.kind, b.frame) and a.kind != Kind.DECODED
        assert not same_run or a.stop - a.start == max_chunk


@pytest.mark.parametrize("bad", [0, -1, 65_536])
def test_max_chunk_has_limits(bad):
    message = f"max_chunk must be between 1 and 65535, not {bad}"
    with pytest.raises(ValueError, match=re.escape(message)):
        make().chunks(bad)
    with pytest.raises(TypeError, match="max_chunk must be an integer, not float"):
        make().chunks(2.0)
