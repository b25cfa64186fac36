"""One stream through ReSV, chunk by chunk: section 2 of the specification (D1 to D8)."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from ml_dtypes import bfloat16
from numpy.typing import NDArray

from resv import attention, checks, state
from resv.kept import KeptVectors
from resv.step import Step
from resv.table import ContextTable
from resv.tokens import SIZES, check_vectors, kind_of_chunk

if TYPE_CHECKING:
    from resv.algorithm import ReSV


class Stream:
    """The state of one stream: an HC table for every layer and KV head, and all keys and values.

    Made by ``ReSV.start``. ``step`` takes one chunk after the other; it changes the state of every
    head or, if it raises, of none.

    Attributes
    ----------
    config : Config
    tokens, chunks : int
        Positions and chunks so far.
    last_frame : int
        Number of the last frame, 0 before the first.
    algorithm : ReSV
        That made it.
    kept : KeptVectors
        All keys and values.
    """

    def __init__(self, algorithm: "ReSV") -> None:
        self.config = algorithm.config
        self.tokens = 0
        self.chunks = 0
        self.algorithm = algorithm
        self.last_frame = 0
        self._sizes: tuple[int | str, ...] = SIZES  # numbers after the first chunk
        self._tables: list[list[ContextTable]] = []  # [L][Hkv]; none before the first chunk
        self.kept = KeptVectors()

    def step(
        self,
        q: NDArray[bfloat16],
        k: NDArray[bfloat16],
        v: NDArray[bfloat16],
        *,
        frame: int,
        kind: int | None = None,
    ) -> Step:
        """Take one chunk: select what it attends to, cluster its tokens, keep its keys and values.

        Parameters
        ----------
        q : ndarray of bfloat16 [L, Hq, T, d]
            Queries after RoPE. L, Hq, Hkv and d are those of the first chunk.
        k, v : ndarray of bfloat16 [L, Hkv, T, d]
            Keys after RoPE, and values. They are copied.
        frame : int
            -1 for system tokens, -2 for text, else the frame's number, never decreasing.
        kind : int or None
            A ``Kind`` that fits the frame. None: from ``frame``, where -2 is a question.

        Returns
        -------
        Step

        Raises
        ------
        TypeError
            If an argument is of the wrong kind or dtype (D39).
        ValueError
            If a shape or value is not allowed, or a run is longer than ``max_chunk``: ``split`` it
            first. Runs are not split here because a step is one chunk, and changes all or nothing.
        ChunkRefused
            If a table is full and no cluster can take another token (D14).
        """
        check_vectors(q, k, v, self._sizes)
        layers, kv_heads, tokens, _ = k.shape
        self._check_length(tokens)
        frame = self._checked_frame(frame)
        kind = kind_of_chunk(frame, kind)
        heads = self._take_in(q, k, v)  # nothing fails from here on
        self.kept.append(k, v)
        self.last_frame = max(self.last_frame, frame)
        self.tokens += tokens
        self.chunks += 1
        return Step(
            chunk=self.chunks - 1,
            first=self.tokens - tokens,
            tokens=tokens,
            frame=frame,
            kind=kind,
            layers=layers,
            kv_heads=kv_heads,
            heads=heads,
        )

    def _take_in(self, q, k, v):
        """Heads of a chunk, when none of them was refused: then the tables have its tokens."""
        layers, kv_heads, _, d = k.shape
        planes, engine = self.algorithm.planes(d), self.algorithm.engine
        tables = self._tables or engine.tables(self.config, layers, kv_heads, d)
        heads = engine.heads(self.config, self.tokens, tables, q, k, v, planes)
        for head in heads:
            table = tables[head.layer][head.kv_head]
            table.append(k[head.layer, head.kv_head], head.words, head.assignments)
        self._tables, self._sizes = tables, (layers, q.shape[1], kv_heads, d)
        return heads

    def table(self, layer: int, kv_head: int) -> ContextTable:
        """The HC table of one layer and KV head, as it stands now; not to be changed."""
        return self._tables[layer][kv_head]

    @property
    def sizes(self) -> tuple[int | str, ...]:
        """L, Hq, Hkv and d; names instead of numbers before the first chunk."""
        return self._sizes

    def save(self, path: str | Path) -> str:
        """Write what ``ReSV.resume`` needs to go on: tables and positions, no keys or values (D44).

        Parameters
        ----------
        path : path
            An existing regular file is replaced. The file appears when it is complete, or not.

        Returns
        -------
        str
            SHA-256 of the file.

        Raises
        ------
        OSError
            If the file cannot be written.
        ValueError
            If there was no chunk yet, or ``path`` is something other than a regular file.
        """
        return state.save(self, path)

    @property
    def keys(self) -> NDArray[bfloat16]:
        """All keys so far, unmerged: bfloat16 [L, Hkv, tokens, d]."""
        return self.kept.keys

    @property
    def values(self) -> NDArray[bfloat16]:
        """All values so far, unmerged: bfloat16 [L, Hkv, tokens, d]."""
        return self.kept.values

    def full_attention(self, step: Step, q: NDArray[bfloat16]) -> NDArray[np.float64]:
        """Attention of a chunk to everything before it: float64 [L, Hq, T, d] (D22).

        Parameters
        ----------
        step : Step
            The chunk, the last one or any earlier one.
        q : ndarray of bfloat16 [L, Hq, T, d]
            Its queries.
        """
        k, v, scale = self._up_to(step)
        layers = range(step.layers)
        return np.stack([attention.full_attention(q[n], k[n], v[n], scale) for n in layers])

    def light_attention(self, step: Step, q: NDArray[bfloat16]) -> NDArray[np.float64]:
        """Attention of a chunk to what was selected for it: float64 [L, Hq, T, d] (D6, D22).

        Parameters
        ----------
        step, q
            As in ``full_attention``.
        """
        k, v, scale = self._up_to(step)
        outputs = []
        for n in range(step.layers):
            attended = [step.head(n, kv_head).attended for kv_head in range(step.kv_heads)]
            outputs.append(attention.light_attention(q[n], k[n], v[n], scale, attended))
        return np.stack(outputs)

    def _continue(
        self,
        numbers: dict[str, int],
        tables: list[list[ContextTable]],
        k: NDArray[bfloat16] | None,
        v: NDArray[bfloat16] | None,
    ) -> None:
        """Become the stream that was saved."""
        self._sizes = tuple(numbers[name] for name in ("layers", "query_heads", "kv_heads", "d"))
        self.tokens, self.chunks = numbers["tokens"], numbers["chunks"]
        self.last_frame = numbers["last_frame"]
        self._tables = tables
        layers, _, kv_heads, d = self._sizes
        self.kept = KeptVectors.given(k, v, (layers, kv_heads, self.tokens, d))

    def _check_length(self, tokens: int) -> None:
        if tokens > self.config.max_chunk:
            raise ValueError(
                f"tokens of a chunk must be at most max_chunk ({self.config.max_chunk}), "
                f"not {tokens}: divide longer runs with resv.split or Trace.chunks"
            )

    def _checked_frame(self, frame: int) -> int:
        frame = checks.integer("frame", frame, -2)
        if 0 <= frame < self.last_frame:
            raise ValueError(f"frame must not decrease, not {frame} after {self.last_frame}")
        return frame

    def _up_to(self, step: Step) -> tuple[NDArray, NDArray, float]:
        """Keys and values up to the end of a chunk, and the scale."""
        end = step.first + step.tokens
        k, v = self.keys[:, :, :end], self.values[:, :, :end]
        return k, v, self.config.scale_for(k.shape[3])
