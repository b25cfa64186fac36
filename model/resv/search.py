"""The nearest of many hash words, for a few at a time: what the fast path spends its search on."""

import numpy as np
from numpy.typing import NDArray

from resv.config import MAX_MEMBERS

NONE = 255
"""The distance where no word is allowed; real ones are at most 128."""

_BLOCK = 1 << 17  # distances worked on at once: what lies between stays in the cache
_ROWS = np.arange(MAX_MEMBERS)  # made once: a search of a small table takes microseconds
_ONE_NUMBER = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64}


def as_numbers(words: NDArray[np.uint8]) -> NDArray[np.unsignedinteger]:
    """Hash words as numbers of one machine word or more: [C, columns].

    A view where the width is 1, 2, 4, 8 or 16 bytes; else a copy filled up with zeros, which add
    nothing to a distance.

    Parameters
    ----------
    words : ndarray of uint8 [C, N / 8]
    """
    width = words.shape[1]
    if width in _ONE_NUMBER and words.flags.c_contiguous:
        return words.view(_ONE_NUMBER[width])
    if width not in _ONE_NUMBER:
        padded = np.zeros((len(words), 8 if width < 8 else 16), np.uint8)
        padded[:, :width] = words
        words = padded
    words = np.ascontiguousarray(words)
    return words.view(_ONE_NUMBER.get(words.shape[1], np.uint64))


def distances(
    tokens: NDArray[np.unsignedinteger], clusters: NDArray[np.unsignedinteger]
) -> NDArray[np.uint8]:
    """Hamming distances of words from `as_numbers`: uint8 [T, C]. Equal: ``hamming_distance``."""
    if tokens.size * clusters.size <= _BLOCK:  # a shortcut: microseconds count here
        return _distances(tokens, clusters)
    result = np.empty((len(tokens), len(clusters)), np.uint8)
    step = max(_BLOCK // len(tokens), 1)
    for start in range(0, len(clusters), step):
        part = slice(start, start + step)
        result[:, part] = _distances(tokens, clusters[part])
    return result


def nearest(
    distance: NDArray[np.uint8], allowed: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.intp], NDArray[np.uint8]]:
    """The first of the smallest distances of each row, among the columns allowed.

    Parameters
    ----------
    distance : ndarray of uint8 [T, C]
        C at least 1.
    allowed : ndarray of bool [C] or None
        None: all.

    Returns
    -------
    index : ndarray of intp [T]
    distance : ndarray of uint8 [T]
        ``NONE`` where no column is allowed.
    """
    if allowed is not None and not allowed.all():
        distance = np.where(allowed, distance, np.uint8(NONE))
    index = distance.argmin(axis=1)
    return index, distance[_ROWS[: len(index)], index]


def _distances(
    tokens: NDArray[np.unsignedinteger], clusters: NDArray[np.unsignedinteger]
) -> NDArray[np.uint8]:
    if tokens.shape[1] == 1:
        return np.bitwise_count(tokens ^ clusters.T)
    result = np.bitwise_count(tokens[:, :1] ^ clusters[:, 0])
    for column in range(1, tokens.shape[1]):
        result += np.bitwise_count(tokens[:, column : column + 1] ^ clusters[:, column])
    return result
