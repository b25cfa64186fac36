"""tokens: one rule for a chunk and for a trace. Messages are in test_*_refused."""

import numpy as np
import pytest

from resv.tokens import Kind, check_vectors, chunks_of_trace, kind_of_chunk, kinds_of_trace

ALLOWED = {
    -1: [Kind.SYSTEM],
    -2: [Kind.QUESTION, Kind.DECODED],
    0: [Kind.FRAME],
    7: [Kind.FRAME],
}


@pytest.mark.parametrize("frame", ALLOWED)
@pytest.mark.parametrize("kind", [None, *Kind, 4])
def test_a_chunk_and_a_trace_follow_one_rule(frame, kind):
    frames = np.array([frame], np.int32)
    kinds = None if kind is None else np.array([kind], np.uint8)
    if kind is None or kind in ALLOWED[frame]:
        expected = ALLOWED[frame][0] if kind is None else kind
        assert kind_of_chunk(frame, kind) is expected
        assert kinds_of_trace(frames, kinds).tolist() == [expected]
    else:
        with pytest.raises(ValueError, match=rf"^kind must be .*, not {kind:d}"):
            kind_of_chunk(frame, kind)
        with pytest.raises(ValueError, match=rf"^kind must be .*, not {kind:d}"):
            kinds_of_trace(frames, kinds)


def test_what_is_given_is_returned_and_what_is_not_is_of_its_dtype():
    frame = np.array([-1, 0, 0, -2, -2], np.int32)
    kind = np.array([0, 1, 1, 3, 3], np.uint8)
    chunk = np.array([0, 1, 2, 3, 3], np.int32)
    assert kinds_of_trace(frame, kind) is kind
    assert chunks_of_trace(frame, kind, chunk) is chunk
    assert kinds_of_trace(frame, None).dtype == np.uint8
    divided = chunks_of_trace(frame, kind, None)
    assert (divided.tolist(), divided.dtype) == ([0, 1, 1, 2, 3], np.int32)


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ((1, 4, 2, 8), None),
        ((2, 4, 2, 8), "q must have shape [2, 4, T, 8], not [1, 4, 3, 8]"),
        ((1, 2, 2, 8), "q must have shape [1, 2, T, 8], not [1, 4, 3, 8]"),
        ((1, 4, 1, 8), "k must have shape [1, 1, 3, 8], not [1, 2, 3, 8]"),
        ((1, 4, 2, 6), "q must have shape [1, 4, T, 6], not [1, 4, 3, 8]"),
    ],
)
def test_known_sizes_must_be_met(sizes, message):
    q, k = (np.zeros((1, heads, 3, 8), "bfloat16") for heads in (4, 2))
    check_vectors(q, k, k)
    if message is None:
        check_vectors(q, k, k, sizes)
    else:
        with pytest.raises(ValueError, match="must have shape") as caught:
            check_vectors(q, k, k, sizes)
        assert str(caught.value) == message
