"""traces: every error message, of a trace and of a file; damaged files."""

import random
import re
import warnings

import numpy as np
import pytest

from model.small_traces import FRAME, KIND, METADATA, make, raw
from resv.traces import load_trace


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
