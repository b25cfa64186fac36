"""Which tokens of a stream form a chunk, as they come in (D1, D161)."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from resv import checks
from resv.growing import Growing
from resv.replay import split
from resv.tokens import Kind, check_frames, chunks_of_trace, kinds_of_trace

KINDS = tuple(kind.name.lower() for kind in Kind)
"""Names of kinds, as users write them."""


@dataclass(frozen=True)
class Run:
    """All tokens that come together are of one kind.

    Parameters
    ----------
    kind : Kind
    frame : int or None
        Number of the frame; None: the next one. Only of a frame.
    """

    kind: Kind
    frame: int | None = None

    @classmethod
    def named(cls, kind: str, frame: int | None = None) -> "Run":
        """From a name in `KINDS`.

        Raises
        ------
        TypeError, ValueError
            If the kind is not one of them, or ``frame`` is no number of a frame, or is given for
            something else.
        """
        found = Kind[checks.one_of("kind", kind, KINDS).upper()]
        if frame is not None:
            checks.integer("frame", frame, 0)
            if found != Kind.FRAME:
                raise ValueError(f"frame must be given for kind 'frame' only, not for {kind!r}")
        return cls(found, frame)


@dataclass(frozen=True, eq=False)
class Layout:
    """Tokens that come together are of several chunks; arrays as in a trace (D36).

    Parameters
    ----------
    frame : ndarray of int32 [T]
    kind : ndarray of uint8 [T], optional
    chunk : ndarray of int32 [T], optional
    """

    frame: NDArray[np.int32]
    kind: NDArray[np.uint8] | None = None
    chunk: NDArray[np.int32] | None = None


@dataclass(frozen=True)
class Piece:
    """One chunk: positions ``[start, stop)`` of the stream.

    Attributes
    ----------
    index, start, stop : int
        Number of the chunk; positions of its first token and after its last.
    frame : int
        -1 for system tokens, -2 for text, else the frame's number.
    kind : Kind
    """

    index: int
    start: int
    stop: int
    frame: int
    kind: Kind

    @property
    def tokens(self) -> int:
        """How many it has."""
        return self.stop - self.start


class Plan(NamedTuple):
    """What the next tokens of a stream are; `Timeline.add` takes it.

    Attributes
    ----------
    pieces : list of Piece
    frame : ndarray of int32 [T]
    kind : ndarray of uint8 [T]
    """

    pieces: list[Piece]
    frame: NDArray[np.int32]
    kind: NDArray[np.uint8]


class Timeline:
    """The tokens of one stream so far, and the chunks that they form.

    Parameters
    ----------
    max_chunk : int
        Longer chunks are split (D1).

    Attributes
    ----------
    chunks : int
        How many there are.
    last_frame : int
        Number of the last frame, -1 before the first.
    """

    def __init__(self, max_chunk: int) -> None:
        self.max_chunk = max_chunk
        self.chunks = 0
        self.last_frame = -1
        self._frame, self._kind = Growing(np.int32), Growing(np.uint8)
        self._chunk = Growing(np.int64)

    @property
    def tokens(self) -> int:
        """Positions so far."""
        return len(self._frame)

    @property
    def frame(self) -> NDArray[np.int32]:
        """As in a trace: int32 [tokens]."""
        return self._frame.filled

    @property
    def kind(self) -> NDArray[np.uint8]:
        """As in a trace: uint8 [tokens]."""
        return self._kind.filled

    @property
    def chunk(self) -> NDArray[np.int64]:
        """Number of each position's chunk: int64 [tokens]."""
        return self._chunk.filled

    def plan(self, tokens: int, declared: Run | Layout | None = None) -> Plan:
        """The chunks that the next tokens form; nothing is changed.

        Tokens that come together never share a chunk with earlier or later ones.

        Parameters
        ----------
        tokens : int
            How many come together, at least 1.
        declared : Run, Layout or None
            None: one token is decoded, more are a question.

        Raises
        ------
        TypeError, ValueError
            If the layout is not of so many tokens or not valid, or a frame's number decreases.
        """
        checks.integer("tokens", tokens, 1)
        if declared is None:
            declared = Run(Kind.DECODED if tokens == 1 else Kind.QUESTION)
        if isinstance(declared, Run):
            declared = self._layout_of(declared, tokens)
        frame = declared.frame
        check_frames(frame, tokens)
        kind = kinds_of_trace(frame, declared.kind)
        chunk = chunks_of_trace(frame, kind, declared.chunk)
        numbers = frame[frame >= 0]
        if numbers.size and numbers[0] < self.last_frame:
            raise ValueError(f"frame must not decrease, not {numbers[0]} after {self.last_frame}")
        places = _places(chunk, self.max_chunk)
        first = self.tokens
        pieces = [
            Piece(
                self.chunks + n, first + start, first + stop, int(frame[start]), Kind(kind[start])
            )
            for n, (start, stop) in enumerate(places)
        ]
        return Plan(pieces, frame, kind)

    def add(self, plan: Plan) -> None:
        """Enter the chunks of a plan."""
        self._frame.append(plan.frame)
        self._kind.append(plan.kind)
        for piece in plan.pieces:
            self._chunk.append(np.full(piece.tokens, piece.index, np.int64))
        self.chunks += len(plan.pieces)
        self.last_frame = max(self.last_frame, int(plan.frame.max()))

    def _layout_of(self, run: Run, tokens: int) -> Layout:
        number = self.last_frame + 1 if run.frame is None else run.frame
        text = {Kind.SYSTEM: -1, Kind.QUESTION: -2, Kind.DECODED: -2}
        frame = np.full(tokens, text.get(run.kind, number), np.int32)
        return Layout(frame, np.full(tokens, run.kind, np.uint8))


def _places(chunk: NDArray[np.integer], max_chunk: int) -> list[tuple[int, int]]:
    """First token of each chunk, and the one after its last; long ones are split."""
    ends = [*(np.flatnonzero(np.diff(chunk)) + 1).tolist(), len(chunk)]
    places, start = [], 0
    for end in ends:
        places += [(start + p.start, start + p.stop) for p in split(end - start, max_chunk)]
        start = end
    return places
