"""traces: round trip, every error message, chunks, damaged headers."""

import itertools
import random
import re
import warnings

import hypothesis.strategies as st
import ml_dtypes
import numpy as np
import pytest
from hypothesis import given

from resv import tensors, traces
from resv.tokens import Kind
from resv.traces import Trace, load_trace, save_trace

BF16 = ml_dtypes.bfloat16
FRAME = np.array([-1, -1, 0, 0, 0, 4, 4, -2, -2, -2, -2], np.int32)
KIND = np.array([0, 0, 1, 1, 1, 1, 1, 2, 2, 3, 3], np.uint8)
METADATA = {
    "format": "resv-trace/1",
    "scale": "0.25",
    "model": "none",
    "seed": "0",
    "rope_theta": "500000.0",
    "weights": "random",
    "source": "numbers – drawn",
}


def make(frame=FRAME, kind=KIND, metadata=METADATA, **changes):
    """A valid trace of 2 layers, 4 query heads, 2 KV heads of 6, unless it is changed."""
    tokens = len(frame)
    rng = np.random.default_rng(0)
    arrays = {
        "q": rng.standard_normal((2, 4, tokens, 6), np.float32).astype(BF16),
        "k": rng.standard_normal((2, 2, tokens, 6), np.float32).astype(BF16),
        "v": rng.standard_normal((2, 2, tokens, 6), np.float32).astype(BF16),
    }
    return Trace(**arrays | {"frame": frame, "kind": kind, "metadata": metadata} | changes)


def raw(path, metadata=METADATA, **changes):
    """Write tensors without the checks of ``Trace``; None leaves one out."""
    trace = make()
    arrays = {name: getattr(trace, name) for name in ("q", "k", "v", "frame", "kind")} | changes
    arrays = {name: array for name, array in arrays.items() if array is not None}
    tensors.write_tensors(path, arrays, metadata)
    return path


def bounds(trace, max_chunk=256):
    return [(chunk.start, chunk.stop) for chunk in trace.chunks(max_chunk)]


@pytest.mark.parametrize("ahead", [False, True])
def test_round_trip(tmp_path, ahead):
    before = make(q_ahead=make().q + BF16(1) if ahead else None)
    sha256 = save_trace(tmp_path / "a", before)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        after = load_trace(tmp_path / "a")
    for name in ("q", "k", "v", "frame", "kind", "chunk"):
        one, other = getattr(before, name), getattr(after, name)
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
        assert not other.flags.writeable
    if ahead:
        np.testing.assert_array_equal(before.q_ahead, after.q_ahead)
    else:
        assert after.q_ahead is None
    assert (after.metadata, after.sha256, after.warnings) == (METADATA, sha256, ())
    assert after.scale == 0.25
    assert save_trace(tmp_path / "b", after) == sha256  # the same trace, the same bytes


def test_the_bytes_depend_on_no_order(tmp_path):
    turned = dict(reversed(METADATA.items()))
    assert save_trace(tmp_path / "a", make()) == save_trace(tmp_path / "b", make(metadata=turned))


def test_the_arrays_given_stay_writeable():
    frame = FRAME.copy()
    trace = make(frame=frame)
    frame[:] = frame
    with pytest.raises(ValueError, match="read-only"):
        trace.frame[0] = 0


def load_with_warnings(path):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        trace = load_trace(path)
    assert [str(w.message) for w in caught] == [f"{path}: {line}" for line in trace.warnings]
    assert all(w.filename == __file__ for w in caught)  # it points at the caller
    return trace


def test_missing_metadata_is_warned_about(tmp_path):
    raw(tmp_path / "a", metadata={"format": "resv-trace/1", "other": "kept"})
    trace = load_with_warnings(tmp_path / "a")
    assert list(trace.warnings) == [f"metadata {name} is missing" for name in traces.METADATA[1:]]
    assert trace.scale == pytest.approx(6**-0.5, rel=1e-15)
    assert trace.metadata["other"] == "kept"


def test_tensors_that_are_not_used_are_warned_about(tmp_path):
    raw(tmp_path / "a", kind=None, kinds=KIND, hidden=np.zeros(3, np.float32))
    trace = load_with_warnings(tmp_path / "a")
    assert trace.warnings == ("tensor hidden is not used", "tensor kinds is not used")


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


def with_value(array, where, value):
    array = array.copy()
    array[where] = value
    return array


BAD = [
    ({"q": [[1]]}, TypeError, "q must be a bfloat16 array, not list"),
    ({"k": make().k.astype(np.float32)}, TypeError, "k must be a bfloat16 array, not float32"),
    ({"q": make().q[0]}, ValueError, "q must have shape [L, Hq, T, d], not [4, 11, 6]"),
    (
        {"k": make().k[:, :, 1:]},
        ValueError,
        "k must have shape [2, Hkv, 11, 6], not [2, 2, 10, 6]",
    ),
    ({"v": make().v[:, :1]}, ValueError, "v must have shape [2, 2, 11, 6], not [2, 1, 11, 6]"),
    ({"q": make().q[:, :3]}, ValueError, "query heads must be a multiple of KV heads, not 3 of 2"),
    (
        {"q": with_value(make().q, (1, 2, 3, 4), np.nan)},
        ValueError,
        "q must be finite everywhere, not nan at [1, 2, 3, 4]",
    ),
    (
        {"v": with_value(make().v, (0, 1, 2, 0), -np.inf)},
        ValueError,
        "v must be finite everywhere, not -inf at [0, 1, 2, 0]",
    ),
    (
        {"q_ahead": make().q[:1]},
        ValueError,
        "q_ahead must have shape [2, 4, 11, 6], not [1, 4, 11, 6]",
    ),
    (
        {"q_ahead": with_value(make().q, (0, 0, 0, 0), np.inf)},
        ValueError,
        "q_ahead must be finite everywhere, not inf at [0, 0, 0, 0]",
    ),
    ({"frame": FRAME.astype(np.int64)}, TypeError, "frame must be an int32 array, not int64"),
    (
        {"frame": FRAME[:5], "q": make().q, "k": make().k, "v": make().v},
        ValueError,
        "frame must have shape [11], not [5]",
    ),
    (
        {"frame": with_value(FRAME, 0, -3)},
        ValueError,
        "frame must be -2, -1 or a frame's number, not -3",
    ),
    ({"frame": with_value(FRAME, 2, 5)}, ValueError, "frame must not decrease, not 0 after 5"),
    ({"kind": KIND.astype(np.int32)}, TypeError, "kind must be a uint8 array, not int32"),
    ({"kind": with_value(KIND, 3, 4)}, ValueError, "kind must be between 0 and 3, not 4"),
    (
        {"kind": with_value(KIND, 3, 2)},
        ValueError,
        "kind must be 0 where frame is -1, 2 or 3 where it is -2 and 1 elsewhere, "
        "not 2 with frame 0 at token 3",
    ),
    (
        {"kind": with_value(KIND, 1, 1)},
        ValueError,
        "kind must be 0 where frame is -1, 2 or 3 where it is -2 and 1 elsewhere, "
        "not 1 with frame -1 at token 1",
    ),
    (
        {"chunk": np.arange(11)[::-1].astype(np.int32)},
        ValueError,
        "chunk must not decrease, not 9 after 10",
    ),
    (
        {"chunk": np.array([-(2**31)] + [2**31 - 1] * 10, np.int32)},
        ValueError,
        "chunk must hold tokens of one kind, not several in chunk 2147483647",
    ),
    (
        {"chunk": np.arange(11, dtype=np.uint8)},
        TypeError,
        "chunk must be an int32 array, not uint8",
    ),
    (
        {"metadata": METADATA | {"format": "resv-trace/2"}},
        ValueError,
        "metadata format must be 'resv-trace/1', not 'resv-trace/2'",
    ),
    (
        {"metadata": METADATA | {"weights": "good"}},
        ValueError,
        "metadata weights must be one of 'random', 'trained', not 'good'",
    ),
    (
        {"metadata": METADATA | {"scale": "wide"}},
        ValueError,
        "metadata scale must be a number above 0, not 'wide'",
    ),
    (
        {"metadata": METADATA | {"scale": "0"}},
        ValueError,
        "metadata scale must be a number above 0, not '0'",
    ),
    (
        {"metadata": METADATA | {"scale": "nan"}},
        ValueError,
        "metadata scale must be a number above 0, not 'nan'",
    ),
]


@pytest.mark.parametrize(("change", "error", "message"), BAD)
def test_messages_of_a_trace(change, error, message):
    with pytest.raises(error) as caught:
        make(**change)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("change", "message"),
    [(change, message) for change, _, message in BAD[1:]],  # a list cannot be in a file
)
def test_messages_of_a_file_name_it_and_are_value_errors(tmp_path, change, message):
    path = raw(tmp_path / "a", **change)
    with pytest.raises(ValueError, match=f"^{re.escape(f'{path}: {message}')}$"):
        load_trace(path)


def test_metadata_must_be_text():
    with pytest.raises(TypeError, match="metadata seed must be a text, not int"):
        make(metadata=METADATA | {"seed": 0})


@pytest.mark.parametrize("name", ["q", "k", "v", "frame"])
def test_a_missing_tensor_is_named(tmp_path, name):
    path = raw(tmp_path / "a", **{name: None})
    with pytest.raises(ValueError, match=f"tensor {name} must be in the file, not only") as caught:
        load_trace(path)
    assert str(path) in str(caught.value)


def test_a_missing_file_is_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_trace(tmp_path / "none")


def test_a_file_cut_off_is_refused(tmp_path):
    path = raw(tmp_path / "a")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ValueError, match=f"^{path}: must be an undamaged safetensors file, not "):
        load_trace(path)


def test_a_damaged_header_never_ends_in_another_error(tmp_path, seed):
    path = raw(tmp_path / "a")
    blob = path.read_bytes()
    rng = random.Random(seed)
    header = 8 + int.from_bytes(blob[:8], "little")
    for _ in range(200):
        damaged = bytearray(blob)
        damaged[rng.randrange(header)] ^= 1 << rng.randrange(8)
        path.write_bytes(damaged)
        error = None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                trace = load_trace(path)
            except ValueError as caught:
                error = caught
        if error:
            assert str(path) in str(error)
        else:  # it hit a letter of the metadata, or made the optional tensor another one
            assert trace.metadata != METADATA or "is not used" in trace.warnings[0]


def test_the_facts_of_a_trace(tmp_path):
    save_trace(tmp_path / "a", make())
    facts = traces.describe(load_trace(tmp_path / "a"))
    assert facts.pop("sha256") == load_trace(tmp_path / "a").sha256
    assert facts == {
        "tokens": 11,
        "layers": 2,
        "query_heads": 4,
        "kv_heads": 2,
        "head_size": 6,
        "frames": 2,
        "kinds": {"system": 2, "frame": 5, "question": 2, "decoded": 2},
        "chunks": 6,
        "scale": 0.25,
        "size_bytes": 2 * (4 + 2 + 2) * 11 * 6 * 2,
        "metadata": METADATA,
        "warnings": [],
    }
