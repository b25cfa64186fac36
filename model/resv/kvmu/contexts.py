"""What the KVMU keeps of one context."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from resv.kvmu.config import ContextConfig
from resv.kvmu.counters import Counters
from resv.kvmu.offload import Held
from resv.kvmu.parts import Piece, Read
from resv.kvmu.residency import Area


class ContextRefused(ValueError):
    """A context cannot begin: the pools are too small for it; nothing has changed (D61)."""


class GrantRefused(ValueError):
    """A chunk has no place in the ring now; nothing changed, and it may be offered again (D61)."""


class Extent(NamedTuple):
    """Entries of a cluster that lie together in far memory: ``tokens`` from ``place`` of a page."""

    page: int
    place: int
    tokens: tuple[int, ...]


@dataclass
class Fetch:
    """A selection under way.

    Attributes
    ----------
    ready : list of Piece
        What is here.
    hits : set of int
        Resident pages that it uses.
    wanted : dict of int to list of Extent
        For each page to be read what is wanted of it.
    missing : list of Read
        Still to come, in their order.
    """

    ready: list[Piece] = field(default_factory=list)
    hits: set[int] = field(default_factory=set)
    wanted: dict[int, list[Extent]] = field(default_factory=dict)
    missing: list[Read] = field(default_factory=list)


@dataclass
class Context:
    """One context.

    Attributes
    ----------
    config : ContextConfig
    area : Area
    held : Held
    sinks : list of int
        Slots of the first positions.
    tokens, old : int
        Positions granted in chunks that ended; positions before which all are far tokens.
    clusters : int
        Clusters that have been founded, in the order of their numbers (D60).
    slots : dict of int to int
        The slot of each position that is in the ring.
    cluster_of : dict of int to int
        The cluster of each position in the ring.
    extents : dict of int to list of Extent
        By cluster, in the order of writing.
    pages : list of int
        Far pages that it owns, in the order of writing.
    granted : int
        Tokens of the chunk under way; 0 if there is none.
    fetch : Fetch or None
        The selection under way.
    """

    config: ContextConfig
    area: Area
    held: Held
    sinks: list[int]
    tokens: int = 0
    old: int = 0
    clusters: int = 0
    slots: dict[int, int] = field(default_factory=dict)
    cluster_of: dict[int, int] = field(default_factory=dict)
    extents: dict[int, list[Extent]] = field(default_factory=dict)
    pages: list[int] = field(default_factory=list)
    granted: int = 0
    fetch: Fetch | None = None
    counters: Counters = field(default_factory=Counters)

    @property
    def first(self) -> int:
        """Where the chunk under way begins."""
        return self.tokens

    def sinks_among(self, tokens: int) -> int:
        """How many of the next positions are sinks."""
        return max(0, min(self.config.sink_tokens - self.tokens, tokens))

    def leaving(self) -> list[int]:
        """The ring's slots that it gives back when it ends, in that order (D69)."""
        held = [token for tokens in self.held.by_cluster.values() for token in tokens]
        others = sorted(self.slots.keys() - set(held))
        return [*self.sinks, *(self.slots[token] for token in [*held, *others])]

    def add_extents(self, page: int, taken: Sequence[tuple[int, list[int]]]) -> None:
        """Note what a page holds: clusters and their tokens, one after the other."""
        place = 0
        for cluster, tokens in taken:
            extent = Extent(page, place, tuple(tokens))
            self.extents.setdefault(cluster, []).append(extent)
            place += len(tokens)
        self.pages.append(page)
