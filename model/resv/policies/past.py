"""What a policy may look at when it selects for one chunk in one layer and KV head."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resv.tokens import Kind


@dataclass(frozen=True, eq=False, kw_only=True)
class Past:
    """Everything before a chunk, in one layer and KV head; arrays are views, not to be changed.

    Parameters
    ----------
    keys : ndarray of float64 [first, d]
        Keys after RoPE, BF16 numbers, of all positions before the chunk.
    frame : ndarray of int32 [first]
        -1 for system tokens, -2 for text, else the frame's number.
    chunk : ndarray of int64 [first]
        Number of each position's chunk (D1).
    sink_tokens, recent_tokens : int
        Of the configuration (D3, D4).
    scale : float
        Factor of q . k in the softmax (D19).
    kind : Kind
        What the chunk that selects is.
    tokens : int
        How many tokens it has.
    seed : tuple of int
        Of all that is random here: it differs by layer, KV head and chunk.
    """

    keys: NDArray[np.float64]
    frame: NDArray[np.int32]
    chunk: NDArray[np.int64]
    sink_tokens: int
    recent_tokens: int
    scale: float
    kind: Kind
    tokens: int
    seed: tuple[int, ...]

    @property
    def first(self) -> int:
        """Position of the chunk's first token."""
        return len(self.keys)

    @property
    def d(self) -> int:
        """Head size."""
        return self.keys.shape[1]

    @property
    def far(self) -> slice:
        """Positions of the far tokens, which are to be chosen from (D5)."""
        stop = max(self.first - self.recent_tokens, self.sink_tokens)
        return slice(min(self.sink_tokens, self.first), min(stop, self.first))

    @property
    def far_tokens(self) -> int:
        """How many there are (F)."""
        return self.far.stop - self.far.start

    @property
    def far_keys(self) -> NDArray[np.float64]:
        """Their keys: float64 [F, d]."""
        return self.keys[self.far]

    def random(self) -> np.random.Generator:
        """Random numbers, the same for the same seed, layer, KV head and chunk."""
        return np.random.default_rng(self.seed)
