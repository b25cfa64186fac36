"""Safetensors files in and out: bfloat16 read as such, and the same tensors as the same bytes."""

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import safetensors
from numpy.typing import NDArray

from resv.files import atomic_writer

_DTYPES = {
    "BF16": np.dtype(ml_dtypes.bfloat16),
    "U8": np.dtype(np.uint8),
    "I32": np.dtype(np.int32),
    "U32": np.dtype(np.uint32),
    "I64": np.dtype(np.int64),
    "F32": np.dtype(np.float32),
    "F64": np.dtype(np.float64),
}


def read_tensors(path: str | Path) -> tuple[dict[str, NDArray[Any]], dict[str, str], str]:
    """Read any safetensors file, bfloat16 too, which ``safetensors.numpy`` cannot.

    Parameters
    ----------
    path : path

    Returns
    -------
    tensors : dict of str to ndarray
        Read-only.
    metadata : dict of str to str
    sha256 : str
        Of the file.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If the file is damaged, or has a dtype that is not used here.
    """
    blob = Path(path).read_bytes()
    try:
        entries = safetensors.deserialize(blob)
    except safetensors.SafetensorError as error:
        raise ValueError(f"{path}: must be an undamaged safetensors file, not {error}") from error
    tensors = {}
    for name, entry in entries:
        if entry["dtype"] not in _DTYPES:
            raise ValueError(
                f"{path}: dtype of {name} must be one of {', '.join(_DTYPES)}, not {entry['dtype']}"
            )
        values = np.frombuffer(bytes(entry["data"]), _DTYPES[entry["dtype"]])
        tensors[name] = values.reshape(entry["shape"])
    header_bytes = int.from_bytes(blob[:8], "little")
    metadata = json.loads(blob[8 : 8 + header_bytes]).get("__metadata__") or {}
    return tensors, metadata, hashlib.sha256(blob).hexdigest()


def write_tensors(
    path: str | Path, tensors: dict[str, NDArray[Any]], metadata: dict[str, str]
) -> str:
    """Write a safetensors file whose bytes depend on nothing but the tensors and the metadata.

    ``safetensors.serialize`` writes the metadata in an order that changes from run to run, and
    files are known by their hash here. So this writes the same format with sorted names. The file
    appears under ``path`` when it is complete, or not at all.

    Parameters
    ----------
    path : path
        Where to write; an existing regular file is replaced.
    tensors : dict of str to ndarray
    metadata : dict of str to str

    Returns
    -------
    str
        SHA-256 of the file.

    Raises
    ------
    TypeError
        If a tensor has a dtype that is not used here.
    OSError
        If the file cannot be written.
    ValueError
        If ``path`` is something other than a regular file.
    """
    for name, tensor in tensors.items():
        if tensor.dtype not in _DTYPES.values():
            allowed = ", ".join(dtype.name for dtype in _DTYPES.values())
            raise TypeError(f"dtype of {name} must be one of {allowed}, not {tensor.dtype}")
    shapes = {name: (tensor.dtype, tensor.shape) for name, tensor in tensors.items()}
    return write_blocks(path, shapes, lambda name: [tensors[name].tobytes()], metadata)


def write_blocks(
    path: str | Path,
    shapes: Mapping[str, tuple[np.dtype, tuple[int, ...]]],
    blocks: Callable[[str], Iterable[bytes]],
    metadata: dict[str, str],
) -> str:
    """As `write_tensors`, with tensors that need not be in memory as a whole.

    Parameters
    ----------
    path : path
    shapes : mapping of str to (dtype, shape)
        Of every tensor; dtypes that are used here.
    blocks : callable
        The bytes of a tensor by its name, in C order, in as many parts as there may be.
    metadata : dict of str to str

    Returns
    -------
    str
        SHA-256 of the file.

    Raises
    ------
    OSError, ValueError
        As `write_tensors`; or a tensor's parts are not as many bytes as its shape says.
    """
    header: dict[str, Any] = {"__metadata__": metadata}
    names = {dtype: name for name, dtype in _DTYPES.items()}
    sizes = {name: dtype.itemsize * math.prod(shape) for name, (dtype, shape) in shapes.items()}
    order = sorted(shapes, key=lambda name: (-shapes[name][0].itemsize, name))  # keeps alignment
    end = 0
    for name in order:
        dtype, shape = shapes[name]
        start, end = end, end + sizes[name]
        entry = {"dtype": names[dtype], "shape": list(shape)}
        header[name] = entry | {"data_offsets": [start, end]}
    text = json.dumps(header, separators=(",", ":"), sort_keys=True).encode()
    text += b" " * (-len(text) % 8)
    digest = hashlib.sha256()
    with atomic_writer(path) as file:

        def write(part: bytes) -> int:
            digest.update(part)
            return file.write(part)

        write(len(text).to_bytes(8, "little"))
        write(text)
        for name in order:
            written = sum(write(part) for part in blocks(name))
            if written != sizes[name]:
                raise ValueError(f"{name} must have {sizes[name]} bytes, not {written}")
    return digest.hexdigest()
