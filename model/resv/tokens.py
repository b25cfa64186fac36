"""What comes with a token: its vectors, frame, kind and chunk; the rules of D1 and D36."""

from enum import IntEnum

import numpy as np
from ml_dtypes import bfloat16
from numpy.typing import NDArray

from resv import checks

SIZES = ("L", "Hq", "Hkv", "d")
"""Layers, query heads, KV heads and head size, while they are not known yet."""


class Kind(IntEnum):
    """What a token is. Its ``frame`` is -1, its frame's number, -2 and -2."""

    SYSTEM = 0
    FRAME = 1
    QUESTION = 2
    DECODED = 3


def check_vectors(
    q: NDArray[bfloat16],
    k: NDArray[bfloat16],
    v: NDArray[bfloat16],
    sizes: tuple[int | str, ...] = SIZES,
) -> None:
    """Check the queries, keys and values of at least one token.

    Parameters
    ----------
    q : ndarray of bfloat16 [L, Hq, T, d]
    k, v : ndarray of bfloat16 [L, Hkv, T, d]
    sizes : tuple
        L, Hq, Hkv and d, where they are known.

    Raises
    ------
    TypeError
        If one is not of bfloat16 (D39).
    ValueError
        If shapes do not fit each other or ``sizes``, Hq is no multiple of Hkv, or a number is NaN
        or infinite.
    """
    layers, query_heads, kv_heads, d = sizes
    checks.array("q", q, bfloat16, (layers, query_heads, "T", d))
    layers, query_heads, tokens, d = q.shape
    checks.array("k", k, bfloat16, (layers, kv_heads, tokens, d))
    checks.array("v", v, bfloat16, k.shape)
    if query_heads % k.shape[1]:
        raise ValueError(
            f"query heads must be a multiple of KV heads, not {query_heads} of {k.shape[1]}"
        )
    for name, array in (("q", q), ("k", k), ("v", v)):
        checks.finite(name, array)


def kind_of_chunk(frame: int, kind: int | None) -> Kind:
    """The kind of one chunk, checked against its frame; None: from the frame, -2 is a question.

    Raises
    ------
    TypeError, ValueError
        If ``kind`` is no integer, no ``Kind``, or does not fit the frame.
    """
    fitting = {-1: [Kind.SYSTEM], -2: [Kind.QUESTION, Kind.DECODED]}.get(frame, [Kind.FRAME])
    if kind is None:
        return fitting[0]
    kind = Kind(checks.integer("kind", kind, 0, max(Kind)))
    if kind not in fitting:
        allowed = " or ".join(str(int(each)) for each in fitting)
        raise ValueError(f"kind must be {allowed} where frame is {frame}, not {kind:d}")
    return kind


def check_frames(frame: NDArray[np.int32], tokens: int) -> None:
    """Check the frames of a whole trace: int32 [tokens], -2, -1 or numbers that do not decrease.

    Raises
    ------
    TypeError, ValueError
        If it is of another dtype or shape, or has other values.
    """
    checks.array("frame", frame, np.int32, (tokens,))
    if frame.min() < -2:
        raise ValueError(f"frame must be -2, -1 or a frame's number, not {frame.min()}")
    numbers = frame[frame >= 0]
    steps = np.diff(numbers)
    if (steps < 0).any():
        at = int(np.argmax(steps < 0))
        raise ValueError(f"frame must not decrease, not {numbers[at + 1]} after {numbers[at]}")


def kinds_of_trace(frame: NDArray[np.int32], kind: NDArray[np.uint8] | None) -> NDArray[np.uint8]:
    """The kinds of a trace's tokens, checked against their frames; None: from the frames.

    Raises
    ------
    TypeError, ValueError
        If ``kind`` is of another dtype or shape than uint8 [T], or does not fit a frame.
    """
    from_frame = np.select([frame == -1, frame == -2], [Kind.SYSTEM, Kind.QUESTION], Kind.FRAME)
    if kind is None:
        return from_frame.astype(np.uint8)
    checks.array("kind", kind, np.uint8, frame.shape)
    if kind.max() > max(Kind):
        raise ValueError(f"kind must be between 0 and {max(Kind):d}, not {kind.max()}")
    text = np.where(kind == Kind.DECODED, Kind.QUESTION, kind)
    wrong = np.flatnonzero(text != from_frame)
    if wrong.size:
        at = wrong[0]
        raise ValueError(
            "kind must be 0 where frame is -1, 2 or 3 where it is -2 and 1 elsewhere, "
            f"not {kind[at]} with frame {frame[at]} at token {at}"
        )
    return kind


def chunks_of_trace(
    frame: NDArray[np.int32], kind: NDArray[np.uint8], chunk: NDArray[np.int32] | None
) -> NDArray[np.int32]:
    """The chunk of each of a trace's tokens, checked; None: divided as D1 says.

    Raises
    ------
    TypeError, ValueError
        If ``chunk`` is of another dtype or shape than int32 [T], decreases, or mixes kinds.
    """
    other_kind = np.diff(kind.astype(np.int32)) != 0
    if chunk is None:
        starts = other_kind | (np.diff(frame) != 0) | (kind[1:] == Kind.DECODED)
        return np.concatenate([[0], np.cumsum(starts)]).astype(np.int32)
    checks.array("chunk", chunk, np.int32, frame.shape)
    steps = np.diff(chunk.astype(np.int64))
    if (steps < 0).any():
        at = int(np.argmax(steps < 0))
        raise ValueError(f"chunk must not decrease, not {chunk[at + 1]} after {chunk[at]}")
    mixed = np.flatnonzero(other_kind & (steps == 0))
    if mixed.size:
        raise ValueError(
            f"chunk must hold tokens of one kind, not several in chunk {chunk[mixed[0]]}"
        )
    return chunk
