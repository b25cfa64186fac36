"""What a context has moved."""

from dataclasses import dataclass


@dataclass
class Counters:
    """Counts of one context since it began (D69).

    Attributes
    ----------
    chunks, refused : int
        Chunks that ended; grants that were refused.
    appended : int
        Entries that were written to the ring, sinks left out.
    offloaded, pages_written : int
        Entries and pages that left for far memory.
    failed_writes : int
        Pages that could not be written, and did not leave (D62).
    selected : int
        Tokens delivered.
    lost : int
        Selected tokens that were not delivered, since their page could not be read (D86).
    from_ring, from_area, from_far : int
        Tokens delivered by where they were when they were asked for: in the ring, in a page that
        was here, in a page that had to be read.
    pages_hit, pages_read : int
        Pages with a selected token that were here, or had to be read, whether or not that failed.
    reads : int
        Reads of far memory, each of one or more pages that follow each other.
    parts : int
        Parts in which selections were delivered.
    """

    chunks: int = 0
    refused: int = 0
    appended: int = 0
    offloaded: int = 0
    pages_written: int = 0
    failed_writes: int = 0
    selected: int = 0
    lost: int = 0
    from_ring: int = 0
    from_area: int = 0
    from_far: int = 0
    pages_hit: int = 0
    pages_read: int = 0
    reads: int = 0
    parts: int = 0

    def useful(self, page_entries: int) -> float:
        """Useful bytes: share of what the pages read hold that was asked for (contract of D67).

        NaN if nothing was read.
        """
        if not self.pages_read:
            return float("nan")
        return self.from_far / (page_entries * self.pages_read)
