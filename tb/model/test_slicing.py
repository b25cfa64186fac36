"""slicing: parts of a trace, and that attention does not notice."""

import numpy as np
import pytest

import resv
from resv import Kind, Trace, to_bfloat16
from resv.slicing import slice_trace, tokens_of_frames


@pytest.fixture
def trace():
    rng = np.random.default_rng(3)
    q, k, v = (to_bfloat16(rng.standard_normal((3, heads, 40, 16))) for heads in (4, 2, 2))
    frame = np.repeat(np.array([-1, 0, 1, 2, -2], np.int32), 8)
    kind = np.repeat(np.array([0, 1, 1, 1, 2], np.uint8), 8)
    return Trace(q=q, k=k, v=v, frame=frame, kind=kind, q_ahead=q[:, :, ::-1].copy())


def test_the_whole_is_a_part_too(trace):
    part = slice_trace(trace)
    for name in ("q", "k", "v", "q_ahead", "frame", "kind", "chunk"):
        assert (getattr(part, name) == getattr(trace, name)).all()
    assert part.metadata["slice"] == (
        "tokens 0 to 39 of 40, layers [0, 1, 2] of 3, KV heads [0, 1] of 2"
    )


def test_tokens_layers_and_heads_are_cut(trace):
    part = slice_trace(trace, start=10, stop=33, layers=[2, 0], kv_heads=[1])
    assert (part.k == trace.k[[2, 0]][:, [1], 10:33]).all()
    assert (part.v == trace.v[[2, 0]][:, [1], 10:33]).all()
    assert (part.q == trace.q[[2, 0]][:, 2:4, 10:33]).all()
    assert (part.q_ahead == trace.q_ahead[[2, 0]][:, 2:4, 10:33]).all()
    assert part.frame.tolist() == [0] * 6 + [1] * 8 + [2] * 8 + [-2]
    assert [chunk.stop - chunk.start for chunk in part.chunks()] == [6, 8, 8, 1]


def test_chunks_of_the_trace_stay(trace):
    own = Trace(q=trace.q, k=trace.k, v=trace.v, frame=trace.frame, chunk=_twos(trace))
    part = slice_trace(own, start=3)
    assert [chunk.stop - chunk.start for chunk in part.chunks()] == [1] + [2] * 18


def _twos(trace):
    return (np.arange(trace.k.shape[2]) // 2).astype(np.int32)


def test_decoded_tokens_stay_chunks_of_their_own(trace):
    kind = trace.kind.copy()
    kind[32:] = Kind.DECODED
    part = slice_trace(Trace(q=trace.q, k=trace.k, v=trace.v, frame=trace.frame, kind=kind))
    assert sum(1 for _ in part.chunks()) == 4 + 8


def test_a_part_says_what_it_is_a_part_of(trace, tmp_path):
    resv.save_trace(tmp_path / "a", trace)
    with pytest.warns(UserWarning, match="is missing"):
        loaded = resv.load_trace(tmp_path / "a")
    assert slice_trace(loaded, stop=5).metadata["slice"].endswith(loaded.sha256)


def test_frames_are_found(trace):
    assert tokens_of_frames(trace, 1, 2) == (16, 32)
    assert tokens_of_frames(trace, 0, 99) == (8, 32)
    with pytest.raises(ValueError, match="frames must be in the trace, which has 0 to 2, not 3 to"):
        tokens_of_frames(trace, 3, 9)
    text = slice_trace(trace, start=32)
    with pytest.raises(ValueError, match="which has none, not 0 to 0"):
        tokens_of_frames(text, 0, 0)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"start": 40}, "start must be between 0 and 39, not 40"),
        ({"start": 5, "stop": 5}, "stop must be between 6 and 40, not 5"),
        ({"stop": 41}, "stop must be between 1 and 40, not 41"),
        ({"layers": [3]}, "layers must be between 0 and 2, not 3"),
        ({"layers": []}, "layers must name at least one, not none"),
        ({"kv_heads": [0, 0]}, r"kv_heads must be different from each other, not \[0, 0\]"),
    ],
)
def test_what_is_not_there_is_refused(trace, values, message):
    with pytest.raises(ValueError, match=message):
        slice_trace(trace, **values)
