"""The trace format ``resv-trace/1``: queries, keys and values of a decoder, token by token.

A trace is a safetensors file: decision D36 of docs/spec.md, and D1 for what a chunk is.
"""

import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
from numpy.typing import NDArray

from resv import checks
from resv.tensors import read_tensors, write_tensors
from resv.tokens import Kind, check_frames, check_vectors, chunks_of_trace, kinds_of_trace

FORMAT = "resv-trace/1"
METADATA = ("format", "scale", "model", "seed", "rope_theta", "weights", "source")
"""The metadata strings every trace should have. A missing one is a warning."""

_TENSORS = ("q", "k", "v", "frame", "kind", "chunk", "q_ahead")


@dataclass(frozen=True, eq=False)
class Chunk:
    """One unit of work: the tokens ``[start, stop)`` of a trace, with views of its arrays.

    Attributes
    ----------
    index : int
        Number of the chunk, from 0.
    start, stop : int
        Positions of the first token and after the last one.
    frame : int
        ``frame`` of the first token.
    kind : Kind
        Kind of all its tokens.
    q, k, v, q_ahead
        As in ``Trace``, with ``stop - start`` tokens.
    """

    index: int
    start: int
    stop: int
    frame: int
    kind: Kind
    q: NDArray[ml_dtypes.bfloat16]
    k: NDArray[ml_dtypes.bfloat16]
    v: NDArray[ml_dtypes.bfloat16]
    q_ahead: NDArray[ml_dtypes.bfloat16] | None


@dataclass(frozen=True, eq=False)
class Trace:
    """Queries, keys and values of L layers over T tokens; checked, and read-only.

    Parameters
    ----------
    q : bfloat16 [L, Hq, T, d]
        Queries after RoPE. Query head h uses KV head ``h // (Hq // Hkv)``.
    k, v : bfloat16 [L, Hkv, T, d]
        Keys after RoPE, and values.
    frame : int32 [T]
        -1 for system tokens, -2 for text, else the frame's number, never decreasing.
    kind : uint8 [T], optional
        A ``Kind`` for each token. Default: from ``frame``, where -2 is a question.
    chunk : int32 [T], optional
        Tokens of one value form a chunk; never decreasing, one kind in each. Default: a run of
        system tokens, a frame, a run of question tokens and each decoded token is a chunk.
    q_ahead : bfloat16 [L, Hq, T, d], optional
        Look-ahead queries: what was known of ``q`` one layer earlier.
    metadata : dict of str to str
        See ``METADATA``; other names may be added.
    sha256 : str, optional
        Of the file it was read from.

    Attributes
    ----------
    warnings : tuple of str
        What is missing in the metadata, and what in the file is not used.

    Raises
    ------
    TypeError
        If something is of a wrong kind or dtype.
    ValueError
        If shapes do not fit each other, or a value is not allowed.
    """

    q: NDArray[ml_dtypes.bfloat16]
    k: NDArray[ml_dtypes.bfloat16]
    v: NDArray[ml_dtypes.bfloat16]
    frame: NDArray[np.int32]
    kind: NDArray[np.uint8] | None = None
    chunk: NDArray[np.int32] | None = None
    q_ahead: NDArray[ml_dtypes.bfloat16] | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    sha256: str | None = None
    warnings: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        check_vectors(self.q, self.k, self.v)
        if self.q_ahead is not None:
            checks.array("q_ahead", self.q_ahead, ml_dtypes.bfloat16, self.q.shape)
            checks.finite("q_ahead", self.q_ahead)
        check_frames(self.frame, self.q.shape[2])
        _set(self, "kind", kinds_of_trace(self.frame, self.kind))
        _set(self, "chunk", chunks_of_trace(self.frame, self.kind, self.chunk))
        _set(self, "warnings", _check_metadata(self.metadata))
        for name in _TENSORS:
            if getattr(self, name) is not None:
                view = getattr(self, name).view()
                view.flags.writeable = False
                _set(self, name, view)

    @property
    def scale(self) -> float:
        """Factor of q . k in the softmax: ``scale`` of the metadata, else 1 / sqrt(d)."""
        if "scale" in self.metadata:
            return float(self.metadata["scale"])
        return 1 / math.sqrt(self.q.shape[3])

    def chunks(self, max_chunk: int = 256) -> Iterator[Chunk]:
        """The trace's chunks in order; longer ones are split.

        Parameters
        ----------
        max_chunk : int
            Most tokens in a chunk, 1 to 65,535.

        Yields
        ------
        Chunk

        Raises
        ------
        TypeError, ValueError
            If ``max_chunk`` is no integer or out of its limits.
        """
        checks.integer("max_chunk", max_chunk, 1, 65_535)
        ends = [*(np.flatnonzero(np.diff(self.chunk)) + 1).tolist(), len(self.chunk)]
        pieces, start = [], 0
        for end in ends:
            pieces += [(at, min(at + max_chunk, end)) for at in range(start, end, max_chunk)]
            start = end
        return (self._piece(index, *piece) for index, piece in enumerate(pieces))

    def _piece(self, index: int, start: int, stop: int) -> Chunk:
        arrays = {
            name: None if getattr(self, name) is None else getattr(self, name)[:, :, start:stop]
            for name in ("q", "k", "v", "q_ahead")
        }
        frame, kind = int(self.frame[start]), Kind(self.kind[start])
        return Chunk(index=index, start=start, stop=stop, frame=frame, kind=kind, **arrays)


def load_trace(path: str | Path) -> Trace:
    """Read and check a trace; what is missing in its metadata, or not used, is warned about.

    Parameters
    ----------
    path : path
        A safetensors file.

    Returns
    -------
    Trace

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is damaged or no ``resv-trace/1``; the message names the file and the field.
    """
    tensors, metadata, sha256 = read_tensors(path)
    try:
        for name in ("q", "k", "v", "frame"):
            if name not in tensors:
                raise ValueError(f"tensor {name} must be in the file, not only {sorted(tensors)}")
        arrays = {name: tensors.get(name) for name in _TENSORS}
        trace = Trace(**arrays, metadata=metadata, sha256=sha256)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from error
    unknown = sorted(set(tensors) - set(_TENSORS))
    _set(trace, "warnings", (*trace.warnings, *(f"tensor {name} is not used" for name in unknown)))
    for message in trace.warnings:
        warnings.warn(f"{path}: {message}", stacklevel=2)
    return trace


def save_trace(path: str | Path, trace: Trace) -> str:
    """Write a trace; under ``path`` there is never half a file.

    Parameters
    ----------
    path : path
        Where to write; an existing regular file is replaced.
    trace : Trace

    Returns
    -------
    str
        SHA-256 of the file. The same trace gives the same bytes everywhere.

    Raises
    ------
    OSError, ValueError
        As ``resv.tensors.write_tensors``.
    """
    tensors = {name: getattr(trace, name) for name in _TENSORS}
    tensors = {name: tensor for name, tensor in tensors.items() if tensor is not None}
    return write_tensors(path, tensors, {"format": FORMAT} | trace.metadata)


def describe(trace: Trace) -> dict[str, Any]:
    """Facts about a trace, for ``resv trace info``: name and value, in the order to print."""
    layers, query_heads, tokens, head_size = trace.q.shape
    tensors = (trace.q, trace.k, trace.v, trace.q_ahead)
    return {
        "tokens": tokens,
        "layers": layers,
        "query_heads": query_heads,
        "kv_heads": trace.k.shape[1],
        "head_size": head_size,
        "frames": len(np.unique(trace.frame[trace.frame >= 0])),
        "kinds": {kind.name.lower(): int((trace.kind == kind).sum()) for kind in Kind},
        "chunks": len(np.unique(trace.chunk)),
        "scale": trace.scale,
        "size_bytes": sum(tensor.nbytes for tensor in tensors if tensor is not None),
        "sha256": trace.sha256,
        "metadata": dict(trace.metadata),
        "warnings": list(trace.warnings),
    }


def excerpt_path() -> Path:
    """Where the committed excerpt lies: one layer and KV head, 640 tokens of a real film."""
    return Path(str(resources.files("resv") / "data" / "excerpt.safetensors"))


def _set(trace: Trace, name: str, value: Any) -> None:
    object.__setattr__(trace, name, value)  # the way to fill a field of a frozen dataclass


def _check_metadata(metadata: dict[str, str]) -> tuple[str, ...]:
    for name, value in metadata.items():
        checks.text("name in metadata", name)
        if not isinstance(value, str):
            raise TypeError(f"metadata {name} must be a text, not {type(value).__name__}")
    if metadata.get("format", FORMAT) != FORMAT:
        raise ValueError(f"metadata format must be {FORMAT!r}, not {metadata['format']!r}")
    if "weights" in metadata:
        checks.one_of("metadata weights", metadata["weights"], ("random", "trained"))
    if "scale" in metadata:
        try:
            good = 0 < float(metadata["scale"]) < math.inf
        except ValueError:
            good = False
        if not good:
            raise ValueError(f"metadata scale must be a number above 0, not {metadata['scale']!r}")
    return tuple(f"metadata {name} is missing" for name in METADATA if name not in metadata)
