"""The nearest of many hash words, for a few at a time: what the fast path spends its search on."""

import numpy as np
from numpy.typing import NDArray

NONE = 255
"""The distance where no word is allowed; real ones are at most 128."""

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
    result = np.bitwise_count(tokens[:, None, 0] ^ clusters[None, :, 0])
    for column in range(1, tokens.shape[1]):
        result += np.bitwise_count(tokens[:, None, column] ^ clusters[None, :, column])
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
    return index, distance[np.arange(len(distance)), index]
