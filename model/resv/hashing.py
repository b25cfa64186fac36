"""Hash bits of keys and the distance between them (section 3 of the specification, D9 to D11)."""

import hashlib
from functools import cache
from importlib import resources

import ml_dtypes
import numpy as np
import safetensors
from numpy.typing import NDArray

from resv import checks, numerics
from resv.config import MAX_HASH_BITS, check_hash_bits

HYPERPLANES_SHA256 = "d3c59ca85a8286201da5e0845aa9f2b56f90f6b8b5fd27bc388b2b82d345edb8"
"""SHA-256 of the shipped file ``data/hyperplanes.safetensors`` (D11)."""

MAX_HEAD_SIZE = 256
"""Columns of the shipped matrix."""


def hyperplanes(hash_bits: int, d: int) -> NDArray[ml_dtypes.bfloat16]:
    """The shipped hyperplanes for words of ``hash_bits`` bits and heads of size ``d``.

    Parameters
    ----------
    hash_bits : int
        A multiple of 8 from 8 to 128.
    d : int
        Head size, 1 to 256.

    Returns
    -------
    ndarray of bfloat16 [hash_bits, d]
        The first rows and columns of the one pinned matrix (D11); read-only.

    Raises
    ------
    TypeError, ValueError
        If a size is of the wrong kind or out of its limits, or the file is not the pinned one.
    """
    rows = check_hash_bits(hash_bits)
    columns = checks.integer("d", d, 1, MAX_HEAD_SIZE)
    return _shipped_matrix()[:rows, :columns]


def hash_bits(
    keys: NDArray[ml_dtypes.bfloat16], planes: NDArray[ml_dtypes.bfloat16]
) -> NDArray[np.uint8]:
    """Hash words of keys: bit h is 1 if the exact sum of keys[i] * planes[h, i] is above 0 (D9).

    Parameters
    ----------
    keys : ndarray of bfloat16 [..., d]
        Keys after RoPE.
    planes : ndarray of bfloat16 [N, d]
        Hyperplanes; N is the number of hash bits, a multiple of 8 from 8 to 128.

    Returns
    -------
    ndarray of uint8 [..., N / 8]
        Hyperplane 8 b + j is bit j of byte b (D10). Exact: hardware must match it bit for bit.

    Raises
    ------
    TypeError
        If an array is not of bfloat16 (D39).
    ValueError
        If the sizes do not fit, or a number is NaN or infinite.

    Source: V-Rex, section IV-B (a product above 0 is a 1); D9 for how the sum is decided.
    """
    planes = checks.finite("planes", checks.array("planes", planes, numerics.BF16, ("N", "d")))
    rows, d = planes.shape
    check_hash_bits(rows)
    leading = [None] * (np.ndim(keys) - 1)
    keys = checks.finite("keys", checks.array("keys", keys, numerics.BF16, [*leading, d]))
    bits = numerics.positive_dot(keys.reshape(-1, d), planes)
    words = np.packbits(bits, axis=-1, bitorder="little")
    return words.reshape(*keys.shape[:-1], rows // 8)


def hamming_distance(tokens: NDArray[np.uint8], clusters: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Hamming distance from each token's hash word to each cluster's.

    ``distance[t, c] = popcount(tokens[t] XOR clusters[c])``.

    Parameters
    ----------
    tokens : ndarray of uint8 [T, N / 8]
    clusters : ndarray of uint8 [C, N / 8]
        Hash words of N bits (D10).

    Returns
    -------
    ndarray of uint8 [T, C]
        Unit: bits, 0 to N. Exact: hardware must match it bit for bit.

    Raises
    ------
    TypeError
        If an array is not of uint8.
    ValueError
        If the words are not of one width, 1 to 16 bytes.

    Source: V-Rex, section IV-B; section 4 of the specification.
    """
    tokens = check_words("tokens", tokens)
    clusters = check_words("clusters", clusters, tokens.shape[1])
    differing = tokens[:, None, :] ^ clusters[None, :, :]
    return np.bitwise_count(differing).sum(axis=-1, dtype=np.uint8)


def check_words(name: str, words: NDArray[np.uint8], width: int | None = None) -> NDArray[np.uint8]:
    """Check an array of hash words, uint8 [any, ``width``], and return it.

    Parameters
    ----------
    name : str
        The field's name, as the user knows it.
    words : ndarray of uint8
    width : int or None
        Bytes of a word. None: any from 1 to 16.

    Raises
    ------
    TypeError, ValueError
        If dtype, shape or width are wrong.
    """
    checks.array(name, words, np.uint8, (None, width))
    if not 1 <= words.shape[1] <= MAX_HASH_BITS // 8:
        raise ValueError(f"{name} must have words of 1 to 16 bytes, not {words.shape[1]}")
    return words


@cache
def _shipped_matrix() -> NDArray[ml_dtypes.bfloat16]:
    """Read the pinned file once. ``np.frombuffer`` of its bytes is read-only, as it should be."""
    content = resources.files("resv").joinpath("data/hyperplanes.safetensors").read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != HYPERPLANES_SHA256:
        raise ValueError(
            f"hyperplanes.safetensors must have the SHA-256 {HYPERPLANES_SHA256}, not {found}"
        )
    [(_, tensor)] = safetensors.deserialize(content)
    return np.frombuffer(bytes(tensor["data"]), numerics.BF16).reshape(tensor["shape"])
