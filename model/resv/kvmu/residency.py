"""Which far pages are in the retrieved area (D66, D68)."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass
class Frame:
    """A place for a page in the retrieved area.

    Attributes
    ----------
    number : int
        Of the frame, in the pool.
    page : int or None
        What it holds.
    used : bool
        The part at hand uses the page.
    history : int
        A bit for each of the last eight parts, the last one highest: whether it used the page.
    """

    number: int
    page: int | None = None
    used: bool = False
    history: int = 0


EVICTIONS: dict[str, Callable[[Frame], int]] = {
    "lru": lambda frame: 0,
    "often": lambda frame: frame.history.bit_count(),
    "none": lambda frame: 0,
}
"""Rules by name: of the frames that the part does not use the lowest makes room, of several the
first in the order of D68.

``lru``: the first one, as D68 says. ``often``: the one that the fewest of the last eight parts
used. ``none``: nothing stays from chunk to chunk, to measure without residency.
"""


class Area:
    """The frames of one context, in the order of D68.

    Parameters
    ----------
    numbers : sequence of int
        Its frames, in the order in which it got them.
    eviction : str
        One of `EVICTIONS`.
    """

    def __init__(self, numbers: Sequence[int], eviction: str) -> None:
        self._frames = OrderedDict((number, Frame(number)) for number in numbers)
        self._rank = EVICTIONS[eviction]
        self._keeps = eviction != "none"
        self._of_page: dict[int, Frame] = {}

    def __len__(self) -> int:
        return len(self._frames)

    @property
    def numbers(self) -> list[int]:
        """Its frames in their order; the first one makes room."""
        return list(self._frames)

    def begin_chunk(self) -> None:
        """A selection begins."""
        if not self._keeps:
            for frame in self._frames.values():
                frame.page = None
            self._of_page.clear()

    def pages(self) -> set[int]:
        """All pages that are here."""
        return set(self._of_page)

    def use(self, page: int) -> int | None:
        """Where a page is, or None; its frame becomes the last one, if the part did not use it."""
        frame = self._of_page.get(page)
        if frame is None:
            return None
        if not frame.used:
            frame.used = True
            self._frames.move_to_end(frame.number)
        return frame.number

    def place(
        self, pages: Sequence[int], failed: frozenset[int] = frozenset()
    ) -> tuple[list[tuple[int, int]], list[int]]:
        """One part: pages that come to frames which it does not use; each frame becomes the last.

        Parameters
        ----------
        pages : sequence of int
            As many as there are such frames, at most.
        failed : frozenset of int
            Those of them that could not be read: their frames are empty (D86).

        Returns
        -------
        placed : list of (int, int)
            Page and frame, in the order of ``pages``.
        evicted : list of int
            Pages that made room.
        """
        others = [frame for frame in self._frames.values() if not frame.used]
        chosen = sorted(others, key=self._rank)[: len(pages)]
        assert len(chosen) == len(pages), "more pages than frames"
        evicted = []
        for frame, page in zip(chosen, pages, strict=True):
            if frame.page is not None:
                evicted.append(frame.page)
                del self._of_page[frame.page]
            frame.page, frame.history, frame.used = None, 0, page not in failed
            if frame.used:
                frame.page = page
                self._of_page[page] = frame
            self._frames.move_to_end(frame.number)
        for frame in self._frames.values():
            frame.history = frame.history >> 1 | (128 if frame.used else 0)
            frame.used = False
        return [(page, frame.number) for frame, page in zip(chosen, pages, strict=True)], evicted


def belady(requests: Sequence[Sequence[int]], frames: int) -> int:
    """Fewest pages that any rule would read, for these requests, with this many frames.

    Belady's rule: what is needed again last makes room, and what comes does not stay if it is that
    itself. A lower bound that knows the future.

    Parameters
    ----------
    requests : sequence of sequence of int
        Pages needed by each chunk, each once.
    frames : int
        At least 1.
    """
    never = len(requests)
    following: list[dict[int, int]] = [{} for _ in requests]
    seen: dict[int, int] = {}
    for n in range(len(requests) - 1, -1, -1):
        for page in requests[n]:
            following[n][page] = seen.get(page, never)
            seen[page] = n
    here: dict[int, int] = {}  # page, and the chunk that needs it next
    read = 0
    for n, pages in enumerate(requests):
        read += sum(page not in here for page in pages)
        here |= following[n]
        if len(here) > frames:
            here = dict(sorted(here.items(), key=lambda one: one[1])[:frames])
        here = {page: when for page, when in here.items() if when < never}
    return read
