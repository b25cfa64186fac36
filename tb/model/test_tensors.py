"""tensors: every dtype there and back, the same bytes always, damaged files and other errors."""

import json
import random
import re

import ml_dtypes
import numpy as np
import pytest
import safetensors.numpy

from resv.tensors import read_tensors, write_tensors

DTYPES = {
    "BF16": ml_dtypes.bfloat16, "U8": np.uint8, "I32": np.int32, "U32": np.uint32,
    "I64": np.int64, "F32": np.float32, "F64": np.float64,
}  # fmt: skip
METADATA = {"format": "a format", "source": "numbers – drawn"}


def make():
    """Tensors of all dtypes, of a size that leaves the next one badly aligned if it comes last."""
    rng = np.random.default_rng(0)
    return {name: rng.integers(0, 100, (3, 5)).astype(dtype) for name, dtype in DTYPES.items()}


def header_of(path):
    blob = path.read_bytes()
    header_bytes = int.from_bytes(blob[:8], "little")
    return header_bytes, json.loads(blob[8 : 8 + header_bytes])


def test_round_trip(tmp_path):
    before = make() | {"none": np.zeros((2, 0), np.uint8), "one": np.array(7, np.int64)}
    before["turned"] = before["F32"].T  # not contiguous
    sha256 = write_tensors(tmp_path / "a", before, METADATA)
    after, metadata, found = read_tensors(tmp_path / "a")
    assert (metadata, found) == (METADATA, sha256)
    assert set(after) == set(before)
    for name, tensor in before.items():
        assert after[name].dtype == tensor.dtype
        np.testing.assert_array_equal(after[name], tensor, strict=True)
        assert not after[name].flags.writeable
    header = header_of(tmp_path / "a")[1]
    assert {name: header[name]["dtype"] for name in DTYPES} == {name: name for name in DTYPES}


def test_other_programs_can_read_the_file(tmp_path):
    write_tensors(tmp_path / "a", make(), METADATA)
    with safetensors.safe_open(tmp_path / "a", "numpy") as file:
        assert file.metadata() == METADATA
        for name in set(DTYPES) - {"BF16"}:
            np.testing.assert_array_equal(file.get_tensor(name), make()[name])
        assert file.get_slice("BF16").get_shape() == [3, 5]


def test_files_of_other_programs_can_be_read(tmp_path):
    tensor = make()["I32"]
    safetensors.numpy.save_file({"t": tensor}, tmp_path / "a")
    found, metadata, _ = read_tensors(tmp_path / "a")
    np.testing.assert_array_equal(found["t"], tensor, strict=True)
    assert metadata == {}


def test_the_bytes_depend_on_no_order_and_every_tensor_is_aligned(tmp_path):
    tensors, metadata = (dict(reversed(d.items())) for d in (make(), METADATA))
    assert write_tensors(tmp_path / "a", make(), METADATA) == write_tensors(
        tmp_path / "b", tensors, metadata
    )
    header_bytes, header = header_of(tmp_path / "a")
    assert header_bytes % 8 == 0
    for name, dtype in DTYPES.items():
        assert header[name]["data_offsets"][0] % np.dtype(dtype).itemsize == 0


@pytest.mark.parametrize("dtype", [np.float16, np.complex64, ">f4"])
def test_other_dtypes_are_not_written(tmp_path, dtype):
    message = (
        "dtype of q must be one of bfloat16, uint8, int32, uint32, int64, float32, float64, "
        f"not {np.dtype(dtype)}"
    )
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        write_tensors(tmp_path / "a", {"q": np.zeros(3, dtype)}, METADATA)
    assert list(tmp_path.iterdir()) == []


def test_errors_of_writing_name_the_file_that_was_asked_for(tmp_path):
    path = tmp_path / "missing" / "a"
    with pytest.raises(FileNotFoundError) as caught:
        write_tensors(path, make(), METADATA)
    assert caught.value.filename == str(path)


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a"
    sha256 = write_tensors(path, make(), METADATA)
    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.replace", lambda *_: (_ for _ in ()).throw(OSError("full")))
        with pytest.raises(OSError, match="full"):
            write_tensors(path, {}, {})
    assert read_tensors(path)[2] == sha256
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]


def test_a_missing_file_is_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_tensors(tmp_path / "none")


def test_an_unused_dtype_is_refused_by_name(tmp_path):
    path = tmp_path / "a"
    header = {"q": {"dtype": "F16", "shape": [1], "data_offsets": [0, 2]}}
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + b"\0\0")
    with pytest.raises(ValueError, match=rf"^{path}: dtype of q must be one of BF16, .*, not F16"):
        read_tensors(path)


def test_truncated_files_are_refused(tmp_path, seed):
    path = tmp_path / "a"
    write_tensors(path, make(), METADATA)
    blob = path.read_bytes()
    random_ends = random.Random(seed).sample(range(len(blob)), 60)
    for end in {0, 1, 7, 8, 9, len(blob) - 1, *random_ends}:
        path.write_bytes(blob[:end])
        with pytest.raises(ValueError, match=f"^{path}: must be an undamaged safetensors file"):
            read_tensors(path)


@pytest.mark.parametrize(
    "blob", [b"not a trace at all", b"\xff" * 64, (2**40).to_bytes(8, "little") + b"{}"]
)
def test_other_files_are_refused(tmp_path, blob):
    (tmp_path / "a").write_bytes(blob)
    with pytest.raises(ValueError, match="must be an undamaged safetensors file"):
        read_tensors(tmp_path / "a")


def test_metadata_may_be_null(tmp_path):
    header = {"__metadata__": None, "a": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]}}
    text = json.dumps(header).encode()
    (tmp_path / "file").write_bytes(len(text).to_bytes(8, "little") + text + b"\7")
    tensors, metadata, _ = read_tensors(tmp_path / "file")
    assert tensors["a"].tolist() == [7]
    assert metadata == {}
