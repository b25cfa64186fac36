"""The keys and values of a stream, unmerged, as attention needs them."""

import numpy as np
from ml_dtypes import bfloat16
from numpy.typing import NDArray

from resv import checks
from resv.numerics import BF16


class KeptVectors:
    """All keys and values of a stream, chunk by chunk.

    Parameters
    ----------
    missing : int
        Positions at the beginning whose keys and values are not known: those before a state file
        was saved (D44).
    """

    def __init__(self, missing: int = 0) -> None:
        self._missing = missing
        self._keys: list[NDArray[bfloat16]] = []  # [L, Hkv, T, d] for each chunk
        self._values: list[NDArray[bfloat16]] = []

    @classmethod
    def given(
        cls,
        k: NDArray[bfloat16] | None,
        v: NDArray[bfloat16] | None,
        shape: tuple[int, int, int, int],
    ) -> "KeptVectors":
        """Those of a resumed stream: bfloat16 [L, Hkv, tokens, d] = ``shape``, or none.

        Raises
        ------
        TypeError, ValueError
            If only one is given, or they are of another kind, shape, or not finite.
        """
        if (k is None) != (v is None):
            raise TypeError("k and v must be given both or neither, not one of them")
        if k is None or v is None:
            return cls(missing=shape[2])
        kept = cls()
        for name, array in (("k", k), ("v", v)):
            checks.finite(name, checks.array(name, array, BF16, shape))
        kept.append(k, v)
        return kept

    def append(self, k: NDArray[bfloat16], v: NDArray[bfloat16]) -> None:
        """Keep copies of a chunk's keys and values."""
        self._keys.append(k.copy())
        self._values.append(v.copy())

    @property
    def keys(self) -> NDArray[bfloat16]:
        """All keys: bfloat16 [L, Hkv, tokens, d]."""
        return self._whole(self._keys)

    @property
    def values(self) -> NDArray[bfloat16]:
        """All values: bfloat16 [L, Hkv, tokens, d]."""
        return self._whole(self._values)

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays."""
        return sum(array.nbytes for array in (*self._keys, *self._values))

    def _whole(self, parts: list[NDArray[bfloat16]]) -> NDArray[bfloat16]:
        if self._missing:
            raise ValueError(
                f"keys and values must be known from position 0, not from {self._missing}: a state "
                "file does not hold them, give them to ReSV.resume"
            )
        return np.concatenate(parts, axis=2)
