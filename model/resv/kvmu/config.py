"""Sizes and rules of the memories, checked once where they enter (D60 to D69)."""

from dataclasses import dataclass

from resv import checks
from resv.kvmu.offload import OFFLOADS
from resv.kvmu.residency import EVICTIONS

PAGE_BYTES = 4_096
"""A far page: read and written whole (D60)."""


@dataclass(frozen=True, kw_only=True)
class KVConfig:
    """What all contexts share.

    Parameters
    ----------
    d : int
        Head size: an entry, K and V of a token, has 4 d bytes, a divisor of 4,096 (D60).
    near_slots : int
        Entries of the ring, a pool (D61).
    frames : int
        Pages of the retrieved area, a pool (D66).
    far_pages : int
        Pages of far memory, a pool (D64).
    extents : int
        Of all contexts together (D64).
    max_clusters : int
        Of a context.
    window : int
        Clusters whose missing pages are put in order and merged (D67).
    most_pages : int
        Most pages of one read (D67).
    offload : str
        Which entries leave next, one of `OFFLOADS` (D63).
    eviction : str
        Which page of the retrieved area makes room, one of `EVICTIONS` (D68).
    near_base, area_base, far_base : int
        Byte addresses of ring, retrieved area and far memory, multiples of 4,096.

    Raises
    ------
    TypeError, ValueError
        If a value is of the wrong kind or out of its limits.
    """

    d: int = 128
    near_slots: int = 8_192
    frames: int = 1_024
    far_pages: int = 65_536
    extents: int = 131_072
    max_clusters: int = 65_535
    window: int = 64
    most_pages: int = 16
    offload: str = "stale"
    eviction: str = "lru"
    near_base: int = 0
    area_base: int = 1 << 32
    far_base: int = 0

    def __post_init__(self) -> None:
        checks.integer("d", self.d, 1, PAGE_BYTES // 4)
        if PAGE_BYTES % (4 * self.d):
            raise ValueError(f"d must make an entry of 4 d bytes divide 4,096, not {self.d}")
        for name in ("near_slots", "frames", "far_pages", "extents", "window", "most_pages"):
            checks.integer(name, getattr(self, name), 1)
        checks.integer("max_clusters", self.max_clusters, 1, 65_535)
        checks.one_of("offload", self.offload, OFFLOADS)
        checks.one_of("eviction", self.eviction, EVICTIONS)
        for name in ("near_base", "area_base", "far_base"):
            checks.integer(name, getattr(self, name), 0)
            if getattr(self, name) % PAGE_BYTES:
                raise ValueError(
                    f"{name} must be a multiple of {PAGE_BYTES}, not {getattr(self, name)}"
                )

    @property
    def entry_bytes(self) -> int:
        """K and V of one token and KV head."""
        return 4 * self.d

    @property
    def page_entries(self) -> int:
        """Entries of a page."""
        return PAGE_BYTES // self.entry_bytes

    def slot_address(self, slot: int) -> int:
        """Near byte address of a ring slot."""
        return self.near_base + slot * self.entry_bytes

    def frame_address(self, frame: int, place: int) -> int:
        """Near byte address of an entry of a page in the retrieved area."""
        return self.area_base + frame * PAGE_BYTES + place * self.entry_bytes

    def page_address(self, page: int) -> int:
        """Far byte address of a page."""
        return self.far_base + page * PAGE_BYTES


@dataclass(frozen=True, kw_only=True)
class ContextConfig:
    """What is set for one context when it begins.

    Parameters
    ----------
    sink_tokens, recent_tokens, max_chunk : int
        As in `resv.Config`.
    held_back : int
        Far tokens that may wait in the ring (D62); at least a page less one entry.
    frames : int
        Pages of the retrieved area that are its own (D66), 1 or more.

    Raises
    ------
    TypeError, ValueError
        If a value is of the wrong kind or out of its limits.
    """

    sink_tokens: int = 16
    recent_tokens: int = 200
    max_chunk: int = 256
    held_back: int = 1_024
    frames: int = 64

    def __post_init__(self) -> None:
        checks.integer("sink_tokens", self.sink_tokens, 0)
        checks.integer("recent_tokens", self.recent_tokens, 0)
        checks.integer("max_chunk", self.max_chunk, 1)
        checks.integer("held_back", self.held_back, 0)
        checks.integer("frames", self.frames, 1)

    @property
    def capacity(self) -> int:
        """Ring slots beside the sinks' that it may use at once (D61)."""
        return self.recent_tokens + self.held_back + 2 * self.max_chunk
