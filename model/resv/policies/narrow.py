"""Keys made narrow: the columns that carry a head's scores, in a few bits (D172, D173)."""

import numpy as np
from numpy.typing import NDArray


def columns(
    keys: NDArray[np.float64], rows: NDArray[np.float64], energy: float
) -> NDArray[np.int64]:
    """The fewest columns that carry a share ``energy`` of what tells scores apart: ascending.

    A column's energy is the variance of the keys in it times the mean square of the queries: how
    much its products differ from key to key. What all keys have in common changes no order.

    Parameters
    ----------
    keys : ndarray of float64 [n, d]
        At least one.
    rows : ndarray of float64 [R, d]
        At least one.
    energy : float
        Above 0; 1 or more: all columns.

    Returns
    -------
    ndarray of int64 [1 to d]
    """
    d = keys.shape[1]
    parts = keys.var(axis=0) * np.square(rows).mean(axis=0)
    if energy >= 1 or not parts.any():
        return np.arange(d)
    order = np.argsort(-parts, kind="stable")
    enough = np.cumsum(parts[order]) >= energy * parts.sum()
    count = int(enough.argmax()) + 1 if enough.any() else d
    return np.sort(order[:count])


def rounded(keys: NDArray[np.float64], bits: int) -> NDArray[np.float64]:
    """Keys as whole numbers of ``bits`` bits times a power of two of each key's own.

    The power is the smallest that holds the largest entry; rounding is to nearest, ties to even.
    Up to 9 bits the results are BF16 numbers, unless they are too small. A key of zeros stays.

    Parameters
    ----------
    keys : ndarray of float64 [C, columns]
        Finite.
    bits : int
        2 to 9, sign included.
    """
    most = 2 ** (bits - 1) - 1
    share, power = np.frexp(np.abs(keys).max(axis=1, keepdims=True) / most)
    power -= share == 0.5  # a power of two holds itself
    return np.ldexp(np.rint(np.ldexp(keys, -power)), power)
