"""What a selection brings, part by part (D66, D67)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Read(NamedTuple):
    """One read of far memory: ``pages`` pages from ``page`` on."""

    page: int
    pages: int


class Piece(NamedTuple):
    """Entries that lie one after the other: their ``tokens``, and the first one's near address."""

    tokens: tuple[int, ...]
    address: int


class Delivery(NamedTuple):
    """A selected token, and the near byte address of its entry."""

    token: int
    address: int


@dataclass(frozen=True)
class Part:
    """What is delivered at once; its addresses stay as they are until it is released (D66).

    Attributes
    ----------
    reads : tuple of Read
        In their order.
    frames : tuple of (int, int)
        Page to be read, and the frame that it goes to, in the order of ``reads``.
    failed : tuple of int
        Those of the pages that could not be read: their frames are empty (D86).
    lost : tuple of int
        Tokens that were wanted of them, which are not delivered.
    evicted : tuple of int
        Pages that made room.
    pieces : tuple of Piece
        What was here first, then what is read, page by page.
    more : bool
        Another part follows.
    entry_bytes : int
        Distance of the entries of a piece.
    """

    reads: tuple[Read, ...]
    frames: tuple[tuple[int, int], ...]
    failed: tuple[int, ...]
    lost: tuple[int, ...]
    evicted: tuple[int, ...]
    pieces: tuple[Piece, ...]
    more: bool
    entry_bytes: int

    @property
    def deliveries(self) -> Iterator[Delivery]:
        """Every token of the part, once."""
        for tokens, address in self.pieces:
            for n, token in enumerate(tokens):
                yield Delivery(token, address + n * self.entry_bytes)


def merged(pages: Sequence[int], most_pages: int) -> list[Read]:
    """Reads of the missing pages of a window: ascending, neighbours in one read (D67)."""
    reads: list[Read] = []
    for page in sorted(pages):
        if reads and page == sum(reads[-1]) and reads[-1].pages < most_pages:
            reads[-1] = Read(reads[-1].page, reads[-1].pages + 1)
        else:
            reads.append(Read(page, 1))
    return reads


def first_pages(reads: Sequence[Read], pages: int) -> tuple[list[Read], list[Read]]:
    """The reads of the first so many pages, and the rest; a read may be divided."""
    now: list[Read] = []
    for n, (page, count) in enumerate(reads):
        if count > pages:
            now += [Read(page, pages)] if pages else []
            return now, [Read(page + pages, count - pages), *reads[n + 1 :]]
        now.append(Read(page, count))
        pages -= count
    return now, []
