"""What one layer attends to, chunk after chunk, by a policy (D5, D6, D160)."""

from dataclasses import dataclass

import numpy as np
from ml_dtypes import bfloat16
from numpy.typing import NDArray

from resv import checks
from resv.config import Config
from resv.growing import Growing
from resv.online.knobs import Knobs
from resv.online.timeline import Piece, Timeline
from resv.policies import Past, Policy


@dataclass(frozen=True, eq=False)
class Choice:
    """What one chunk attends to in one KV head, before itself.

    Parameters
    ----------
    first : int
        Position of the chunk's first token.
    far : slice
        Positions of the far tokens (D5).
    selected : ndarray of bool [F]
        Which of them are selected.
    """

    first: int
    far: slice
    selected: NDArray[np.bool_]

    @property
    def tokens(self) -> NDArray[np.int64]:
        """Positions of the selected far tokens, ascending: int64 [any]."""
        return self.far.start + np.flatnonzero(self.selected)

    @property
    def everything(self) -> bool:
        """Whether all positions before the chunk are attended to."""
        return bool(self.selected.all())

    @property
    def attended(self) -> NDArray[np.int64]:
        """Positions before the chunk that are attended to, ascending: int64 [any] (D6)."""
        near = np.arange(self.far.start), np.arange(self.far.stop, self.first)
        return np.concatenate([near[0], self.tokens, near[1]])


class LayerChooser:
    """One layer of a stream: its keys so far, and a policy in each of its KV heads.

    Keys are kept as float64, which is what policies see: 8 bytes for each of their numbers.

    Parameters
    ----------
    policy : Policy
    knobs : Knobs
    config : Config
        ``sink_tokens`` and ``recent_tokens`` are used.
    layer, kv_heads, d : int
    scale : float
        Factor of q . k in the softmax.
    seed : int
        Of what policies draw.
    """

    def __init__(
        self,
        policy: Policy,
        knobs: Knobs,
        config: Config,
        *,
        layer: int,
        kv_heads: int,
        d: int,
        scale: float,
        seed: int = 0,
    ) -> None:
        self.knobs, self.config = knobs, config
        self.layer, self.scale, self.seed = layer, scale, seed
        self._heads = [policy.start() for _ in range(kv_heads)]
        self._keys = [Growing(np.float64, d) for _ in range(kv_heads)]

    @property
    def tokens(self) -> int:
        """Positions whose keys it has."""
        return len(self._keys[0])

    def keys(self, positions: NDArray[np.integer]) -> NDArray[np.float64]:
        """Keys at some positions: float64 [Hkv, N, d], BF16 numbers."""
        return np.stack([keys.filled[positions] for keys in self._keys])

    def take(
        self, piece: Piece, q: NDArray[bfloat16], k: NDArray[bfloat16], timeline: Timeline
    ) -> list[Choice]:
        """Choose for the next chunk, then take its keys in.

        Parameters
        ----------
        piece : Piece
            It begins where the layer's keys end.
        q : ndarray of bfloat16 [Hq, T, d]
            Queries after RoPE.
        k : ndarray of bfloat16 [Hkv, T, d]
            Keys after RoPE.
        timeline : Timeline
            Has the chunk and all before it.

        Returns
        -------
        list of Choice
            For each KV head.

        Raises
        ------
        ValueError
            If a query or key is not finite, or the policy gives no valid entries.
        """
        for name, array in (("queries", q), ("keys", k)):
            checks.finite(f"{name} of layer {self.layer}", array)
        group = len(q) // len(k)
        choices = []
        for kv_head, keys in enumerate(self._keys):
            rows = q[kv_head * group : (kv_head + 1) * group].reshape(-1, q.shape[2])
            choices.append(self._choose(kv_head, self._past(kv_head, piece, timeline), rows))
            keys.append(k[kv_head].astype(np.float64))
        return choices

    def _past(self, kv_head: int, piece: Piece, timeline: Timeline) -> Past:
        return Past(
            keys=self._keys[kv_head].filled,
            frame=timeline.frame[: piece.start],
            chunk=timeline.chunk[: piece.start],
            sink_tokens=self.config.sink_tokens,
            recent_tokens=self.config.recent_tokens,
            scale=self.scale,
            kind=piece.kind,
            tokens=piece.tokens,
            seed=(self.seed, self.layer, kv_head, piece.index),
        )

    def _choose(self, kv_head: int, past: Past, rows: NDArray[bfloat16]) -> Choice:
        if not past.far_tokens:
            return Choice(past.first, past.far, np.zeros(0, bool))
        entries = self._heads[kv_head].entries(past, rows.astype(np.float64))
        checks.array("entries of the policy", entries, np.float64, (past.far_tokens,))
        return Choice(past.first, past.far, entries <= self.knobs.of(past.kind))
