"""Build parameters of the DRE, and those of its units."""

from dataclasses import dataclass
from functools import cached_property

from dre.axi import PAGE_BYTES
from dre.bus import ArbiterConfig, BusPort
from dre.checks import integer, one_of
from dre.hcu.config import HCUConfig
from dre.kvmu.keeper.records import tables
from dre.kvmu.store_bus import FILLS, LINE_WORDS
from dre.kvmu.store_writes import POSTED
from dre.kvmu.unit_config import KVMUConfig
from dre.table.config import TableConfig
from dre.wtu.config import WTUConfig

MOST_FETCHES = 16
"""Bursts of one ID that the arbiter lets be under way."""

SCORES_FROM = ("stream", "near")


@dataclass(frozen=True, kw_only=True)
class DREConfig:
    """Build parameters of the DRE (spec section 18).

    Parameters
    ----------
    query_heads : int
        Of a KV head: 1 to 64; rows of a chunk are its tokens times these.
    hash_lanes, lanes : int
        Of the HCU and of the WTU.
    contexts, max_clusters, hash_bits, max_chunk, preset
        The same for all units that have it, as are those below.
    on_chip_clusters
        As in `WTUConfig`.
    near_slots, frames, far_pages, extents, entry_bytes, max_tokens, window, most_pages, retries
        As in `KVMUConfig`.
    kept_words, cache_words, outstanding, jobs
        Likewise.
    data_bits, address_bits, burst_bytes, timeout
        Likewise; of the table unit, too.
    fetch_bytes, updates
        As in `TableConfig`.
    scores_from : {"stream", "near"}
        Rows come on a stream, or are read from near memory.

    Raises
    ------
    TypeError, ValueError
        As the units' configurations say.
    """

    contexts: int = 32
    max_clusters: int = 4_096
    hash_bits: int = 32
    max_chunk: int = 256
    query_heads: int = 4
    hash_lanes: int = 10
    lanes: int = 16
    on_chip_clusters: int = 4_096
    near_slots: int = 8_192
    frames: int = 1_024
    far_pages: int = 65_536
    extents: int = 131_072
    entry_bytes: int = 512
    max_tokens: int = 1 << 20
    window: int = 64
    most_pages: int = 16
    retries: int = 2
    kept_words: int = 1_536
    cache_words: int = 1_024
    data_bits: int = 64
    address_bits: int = 40
    outstanding: int = 16
    burst_bytes: int = 256
    fetch_bytes: int = 4_096
    updates: int = 8
    jobs: int = 16
    timeout: int = 16_384
    preset: str = "asic"
    scores_from: str = "stream"

    def __post_init__(self):
        integer("query_heads", self.query_heads, 1, 64)
        one_of("scores_from", self.scores_from, SCORES_FROM)
        _ = self.hcu, self.wtu, self.kvmu, self.table, self.bus  # check what is theirs
        self._check_near()
        self._check_timeout()

    def _check_near(self):
        """All of near memory's parts must have addresses."""
        words = 8 * tables(self.kvmu)[1]
        pages = self.kvmu.ring_pages + self.frames
        pages += sum(-(-size // PAGE_BYTES) for size in (words, self.table.table_bytes))
        most = 2**self.address_bits // PAGE_BYTES
        if pages > most:
            rule = f"at most {most} with address_bits {self.address_bits}"
            raise ValueError(f"pages of near memory must be {rule}, not {pages}")

    def _check_timeout(self):
        """A number of the table may have to wait for whatever may be under way (spec D123)."""
        if self.timeout < self.least_timeout:
            rule = f"at least {self.least_timeout}, twice the beats that may be under way"
            raise ValueError(f"timeout must be {rule}, not {self.timeout}")

    @property
    def least_timeout(self):
        """Twice the beats that may be asked for, or on their way, at the near port at a time."""
        beats = {
            "words": self.burst_bytes * 8 // self.data_bits,
            "tallies": self.burst_bytes * 8 // self.data_bits,
            "changes": 1,
            "home": LINE_WORDS,
            "mover": self.burst_bytes * 8 // self.data_bits,
            "scores": self.burst_bytes * 8 // self.data_bits,
        }
        # IDs in use.
        most = {"words": 1, "tallies": 1, "changes": self.updates, "scores": 1}
        reads, writes = (
            sum(
                most.get(port.name, port.ids) * getattr(port, side) * beats[port.name]
                for port in self.bus.ports
            )
            for side in ("reads", "writes")
        )
        return 2 * max(reads, writes)

    def _shared(self, *names):
        return {name: getattr(self, name) for name in names}

    @property
    def max_rows(self):
        """Rows of the largest chunk."""
        return self.max_chunk * self.query_heads

    @cached_property
    def hcu(self):
        """Build parameters of the HCU, whose table is a stream."""
        shared = self._shared("hash_bits", "max_clusters", "max_chunk", "preset")
        return HCUConfig(lanes=self.hash_lanes, table="stream", **shared)

    @cached_property
    def wtu(self):
        """Build parameters of the WTU."""
        shared = self._shared("lanes", "max_clusters", "on_chip_clusters", "preset")
        return WTUConfig(max_rows=self.max_rows, **shared)

    @cached_property
    def kvmu(self):
        """Build parameters of the KVMU, whose metadata are in near memory."""
        return KVMUConfig(
            store="near",
            aged=True,
            **self._shared(
                *("contexts", "near_slots", "frames", "far_pages", "extents", "entry_bytes"),
                *("max_clusters", "max_tokens", "max_chunk", "window", "most_pages", "hash_bits"),
                *("lanes", "retries", "kept_words", "cache_words", "data_bits", "address_bits"),
                *("outstanding", "burst_bytes", "jobs", "timeout", "preset"),
            ),
        )

    @cached_property
    def table(self):
        """Build parameters of the table unit."""
        return TableConfig(
            hash_lanes=self.hash_lanes,
            max_rows=self.max_rows,
            **self._shared(
                *("contexts", "max_clusters", "hash_bits", "max_chunk", "lanes", "data_bits"),
                *("address_bits", "burst_bytes", "fetch_bytes", "updates", "timeout"),
            ),
        )

    @property
    def reads_scores(self):
        """Whether rows are read from near memory."""
        return self.scores_from == "near"

    @cached_property
    def bus(self):
        """Build parameters of the near-memory arbiter."""
        bits = self.data_bits
        fetches = min(MOST_FETCHES, self.fetch_bytes // self.burst_bytes)
        scores = BusPort(name="scores", data_bits=bits, ids=2, reads=fetches)
        return ArbiterConfig(
            ports=(
                BusPort(name="words", data_bits=bits, ids=2, reads=fetches),
                BusPort(name="tallies", data_bits=bits, ids=2, reads=fetches),
                BusPort(name="changes", data_bits=bits, ids=self.updates, reads=1, writes=16),
                BusPort(name="home", data_bits=64, reads=FILLS, writes=POSTED),
                BusPort(name="mover", data_bits=bits, ids=self.outstanding, reads=1, writes=1),
                *((scores,) if self.reads_scores else ()),
            ),
            data_bits=bits,
            address_bits=self.address_bits,
        )
