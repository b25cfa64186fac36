"""What was selected, chunk after chunk: counts always, positions if they are asked for."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resv import checks
from resv.online.choosing import Choice
from resv.online.timeline import KINDS, Piece
from resv.tokens import Kind


@dataclass(frozen=True, eq=False)
class ChunkRecord:
    """What one chunk has selected.

    Parameters
    ----------
    piece : Piece
    far : int
        Far tokens, the same in all layers and heads (D5).
    selected : ndarray of int64 [L, Hkv]
        How many of them were selected.
    """

    piece: Piece
    far: int
    selected: NDArray[np.int64]


class Record:
    """The selections of a stream.

    Parameters
    ----------
    layers, kv_heads : int
    positions : bool
        Whether selected positions are kept: a bit for each far token, chunk, layer and KV head.
    """

    def __init__(self, layers: int, kv_heads: int, positions: bool = False) -> None:
        self.layers, self.kv_heads = layers, kv_heads
        self.chunks: list[ChunkRecord] = []
        self._bits: dict[tuple[int, int, int], NDArray[np.uint8]] | None = {} if positions else None
        self._far_start: list[int] = []
        self._open: list[ChunkRecord] = []

    def note(self, piece: Piece, layer: int, choices: list[Choice]) -> None:
        """Note the choices of one chunk in one layer; layers come in their order."""
        far = choices[0].far
        if layer == 0:
            shape = (self.layers, self.kv_heads)
            self._open.append(ChunkRecord(piece, far.stop - far.start, np.zeros(shape, np.int64)))
            self._far_start.append(far.start)
        chunk = next(each for each in self._open if each.piece == piece)
        for kv_head, choice in enumerate(choices):
            chunk.selected[layer, kv_head] = choice.selected.sum()
            if self._bits is not None:
                self._bits[piece.index, layer, kv_head] = np.packbits(choice.selected)

    def close(self) -> None:
        """All layers have noted the chunks that are open: they count from now on."""
        self.chunks += self._open
        self._open = []

    def ratio(self, kinds: Iterable[str] = ("frame", "question", "decoded")) -> NDArray[np.float64]:
        """Retrieval ratio of each layer and KV head: float64 [L, Hkv].

        Selected far tokens over far tokens, sums over sums (D134); system chunks are left out
        unless they are asked for.

        Raises
        ------
        TypeError, ValueError
            If a kind is not one of `KINDS`, or no such chunk had far tokens: then the stream was
            not longer than its sinks and recent window.
        """
        wanted = {Kind[checks.one_of("kind", kind, KINDS).upper()] for kind in kinds}
        counted = [chunk for chunk in self.chunks if chunk.piece.kind in wanted and chunk.far]
        if not counted:
            names = ", ".join(kind.name.lower() for kind in sorted(wanted))
            raise ValueError(
                f"stream must have chunks of kind {names} behind its sinks and recent window "
                f"to have a ratio, not {self.tokens} tokens without a far one"
            )
        return sum(chunk.selected for chunk in counted) / sum(chunk.far for chunk in counted)

    def selected(self, chunk: int, layer: int, kv_head: int) -> NDArray[np.int64]:
        """Positions of the far tokens that a chunk has selected, ascending: int64 [any].

        Raises
        ------
        TypeError, ValueError
            If there is no such chunk, layer or KV head, or positions were not kept.
        """
        if self._bits is None:
            raise ValueError("positions must be True for selected positions to be kept")
        checks.integer("chunk", chunk, 0, len(self.chunks) - 1)
        checks.integer("layer", layer, 0, self.layers - 1)
        checks.integer("kv_head", kv_head, 0, self.kv_heads - 1)
        bits = np.unpackbits(self._bits[chunk, layer, kv_head], count=self.chunks[chunk].far)
        return self._far_start[chunk] + np.flatnonzero(bits)

    @property
    def tokens(self) -> int:
        """Positions of the chunks that count."""
        return self.chunks[-1].piece.stop if self.chunks else 0
