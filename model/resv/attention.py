"""Full and light attention in float64, the references for error measures (D22).

Equal across machines within float64 rounding, not bit for bit: the exponential is the platform's.
"""

from collections.abc import Sequence

import ml_dtypes
import numpy as np
from numpy.typing import NDArray

from resv import checks
from resv.numerics import BF16


def full_attention(
    q: NDArray[ml_dtypes.bfloat16],
    k: NDArray[ml_dtypes.bfloat16],
    v: NDArray[ml_dtypes.bfloat16],
    scale: float,
) -> NDArray[np.float64]:
    """Attention of a chunk to every position up to each row's own.

    Parameters
    ----------
    q : ndarray of bfloat16 [Hq, T, d]
        Queries of the chunk, which is the last T of the P positions.
    k, v : ndarray of bfloat16 [Hkv, P, d]
        Keys and values of all positions, the chunk's included.
    scale : float
        Factor of q . k, above 0.

    Returns
    -------
    ndarray of float64 [Hq, T, d]
        softmax(scale * q . k) . v, causal inside the chunk; query head h uses KV head
        h // (Hq / Hkv) (D2).

    Raises
    ------
    TypeError, ValueError
        If an argument is of a wrong kind, shape or range.
    """
    before = np.arange(_check(q, k, v, scale))
    return _attention(q, k, v, scale, [before] * len(k))


def light_attention(
    q: NDArray[ml_dtypes.bfloat16],
    k: NDArray[ml_dtypes.bfloat16],
    v: NDArray[ml_dtypes.bfloat16],
    scale: float,
    attended: Sequence[NDArray[np.integer]],
) -> NDArray[np.float64]:
    """Attention of a chunk to the attended positions before it, and to itself, causally (D6).

    Parameters
    ----------
    q, k, v, scale
        As in ``full_attention``.
    attended : sequence of Hkv integer arrays [any]
        For each KV head the positions before the chunk that it attends to, ascending:
        ``HeadStep.attended``.

    Returns
    -------
    ndarray of float64 [Hq, T, d]

    Raises
    ------
    TypeError, ValueError
        If an argument is of a wrong kind, shape or range.
    """
    first = _check(q, k, v, scale)
    if len(attended) != len(k):
        raise ValueError(f"attended must be one array for each of {len(k)} KV heads")
    for positions in attended:
        if np.any(np.diff(positions, prepend=-1, append=first) < 1):
            raise ValueError(f"attended must be ascending positions before the chunk at {first}")
    return _attention(q, k, v, scale, attended)


def _attention(
    q: NDArray, k: NDArray, v: NDArray, scale: float, attended: Sequence[NDArray[np.integer]]
) -> NDArray[np.float64]:
    tokens, d = q.shape[1:]
    chunk = np.arange(k.shape[1] - tokens, k.shape[1])
    groups = q.reshape(len(k), -1, tokens, d).astype(np.float64)
    outputs = np.empty_like(groups)
    for head, positions in enumerate(attended):
        seen = np.concatenate([positions, chunk])
        keys, values = (array[head, seen].astype(np.float64) for array in (k, v))
        logits = scale * (groups[head] @ keys.T)
        logits[:, seen[None, :] > chunk[:, None]] = -np.inf  # a row does not see later tokens
        weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
        outputs[head] = weights @ values / weights.sum(axis=-1, keepdims=True)
    return outputs.reshape(q.shape)


def _check(q: NDArray, k: NDArray, v: NDArray, scale: float) -> int:
    """Check the arguments and return the position of the chunk's first token."""
    checks.finite("q", checks.array("q", q, BF16, ("Hq", "T", "d")))
    checks.finite("k", checks.array("k", k, BF16, ("Hkv", "P", q.shape[2])))
    checks.finite("v", checks.array("v", v, BF16, k.shape))
    if len(q) % len(k):
        raise ValueError(f"query heads must be a multiple of KV heads, not {len(q)} of {len(k)}")
    if q.shape[1] > k.shape[1]:
        raise ValueError(f"q must have at most {k.shape[1]} tokens, as k, not {q.shape[1]}")
    if checks.real("scale", scale) <= 0:
        raise ValueError(f"scale must be above 0, not {scale}")
    return k.shape[1] - q.shape[1]
