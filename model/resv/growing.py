"""Arrays that grow at their end without being copied each time."""

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray


class Growing:
    """An array that grows along its first axis; its space doubles when it is full.

    What has been handed out stays valid: rows are changed in place, and never moved.

    Parameters
    ----------
    dtype : dtype-like
    *row : int
        Shape of one row.
    """

    def __init__(self, dtype: DTypeLike, *row: int) -> None:
        self._space = np.empty((256, *row), dtype)
        self._rows = 0

    def __len__(self) -> int:
        return self._rows

    @property
    def filled(self) -> NDArray[Any]:
        """The rows so far, a view that may be written to."""
        return self._space[: self._rows]

    @property
    def nbytes(self) -> int:
        """Bytes of the space, room to grow included."""
        return self._space.nbytes

    def append(self, rows: NDArray[Any]) -> None:
        """Add rows at the end."""
        end = self._rows + len(rows)
        if end > len(self._space):
            grown = np.empty((2 * end, *self._space.shape[1:]), self._space.dtype)
            grown[: self._rows] = self.filled
            self._space = grown
        self._space[self._rows : end] = rows
        self._rows = end
