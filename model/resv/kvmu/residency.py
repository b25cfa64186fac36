"""Which far pages are in the retrieved area (D66, D68)."""

from collections.abc import Callable, Iterable, Sequence
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
    used : int
        The last part that used the page.
    history : int
        A bit for each of the last eight parts, the last one highest: whether it used the page.
    """

    number: int
    page: int | None = None
    used: int = 0
    history: int = 0


EVICTIONS: dict[str, Callable[[Frame], tuple[int, ...]]] = {
    "lru": lambda frame: (frame.used,),
    "often": lambda frame: (frame.history.bit_count(), frame.used),
    "none": lambda frame: (frame.used,),
}
"""Rules by name: of the pages that are not needed now the lowest make room, ties by frame number.

``lru``: the one that was used longest ago. ``often``: the one that the fewest of the last eight
parts used. ``none``: nothing stays from chunk to chunk, to measure without residency.
"""


class Area:
    """The frames of one context.

    Parameters
    ----------
    numbers : sequence of int
        Its frames.
    eviction : str
        One of `EVICTIONS`.
    """

    def __init__(self, numbers: Sequence[int], eviction: str) -> None:
        self.frames = [Frame(number) for number in sorted(numbers)]
        self._rank = EVICTIONS[eviction]
        self._keeps = eviction != "none"
        self._parts = 0
        self._of_page: dict[int, Frame] = {}

    def begin_chunk(self) -> None:
        """A selection begins."""
        if not self._keeps:
            for frame in self.frames:
                frame.page = None
            self._of_page.clear()

    def frame_of(self, page: int) -> int | None:
        """Where a page is, or None."""
        frame = self._of_page.get(page)
        return None if frame is None else frame.number

    def pages(self) -> set[int]:
        """All pages that are here."""
        return set(self._of_page)

    def place(
        self, hits: Iterable[int], misses: Sequence[int]
    ) -> tuple[list[tuple[int, int]], list[int]]:
        """One part: pages that are here and used, and pages that come.

        Parameters
        ----------
        hits : iterable of int
            They stay.
        misses : sequence of int
            As many as there are other frames, at most.

        Returns
        -------
        placed : list of (int, int)
            Page and frame, in the order of ``misses``.
        evicted : list of int
            Pages that made room.
        """
        self._parts += 1
        kept = {self._of_page[page].number for page in hits}
        free = [frame for frame in self.frames if frame.page is None]
        others = [f for f in self.frames if f.page is not None and f.number not in kept]
        others.sort(key=lambda frame: (*self._rank(frame), frame.number))
        chosen = (free + others)[: len(misses)]
        assert len(chosen) == len(misses), "more pages than frames"
        evicted = []
        for frame, page in zip(chosen, misses, strict=True):
            if frame.page is not None:
                evicted.append(frame.page)
                del self._of_page[frame.page]
            frame.page, frame.history = page, 0
            self._of_page[page] = frame
        used = kept | {frame.number for frame in chosen}
        for frame in self.frames:
            frame.history >>= 1
            if frame.number in used:
                frame.used, frame.history = self._parts, frame.history | 128
        return [(page, frame.number) for frame, page in zip(chosen, misses, strict=True)], evicted


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
