"""Build parameters of the KVMU, and what follows from them."""

from dataclasses import dataclass

from amaranth.hdl import unsigned
from amaranth.utils import ceil_log2

from dre import layouts as streams
from dre.axi import PAGE_BYTES
from dre.checks import boolean, integer, one_of, power_of_two
from dre.kvmu import layouts
from dre.kvmu.config import PRESETS, MoverConfig
from dre.kvmu.keeper.records import check_words, tables
from dre.kvmu.store_bus import LINE_WORDS

GROUP_LINES = 16
"""Lines of the cache for each cluster of a group; it needs about six."""

STORES = ("chip", "near")

MOST_CHIP_WORDS = 2**24
"""Of `dre.kvmu.store_chip.ChipStore`."""


@dataclass(frozen=True, kw_only=True)
class KVMUConfig:
    """Build parameters of the KVMU (spec section 15).

    Parameters
    ----------
    contexts : int
        1 to 256.
    near_slots, frames, far_pages, extents : int
        The pools: slots and frames 1 to 65,535, pages 1 to 1,048,576, extents 32 to 2,097,152.
    entry_bytes : int
        K and V of a token: a power of two, 128 to 2,048.
    max_clusters : int
        Of a context: 1 to 65,535.
    max_tokens : int
        Of a context: 1 to 16,777,216.
    max_chunk : int
        Most tokens of a chunk: 1 to 256.
    window, most_pages : int
        Clusters whose missing pages are put in order; most pages of a read: 1 to 65,535.
    hash_bits, lanes : int
        Of the HCU's and the WTU's streams: 16 to 128 and a multiple of 8, 1 to 64.
    aged : bool
        Whether the stream ``aged`` is there, for a table unit.
    retries : int
        How often what failed is ordered again: 0 to 7.
    store : {"chip", "near"}
        Where the metadata are.
    kept_words, cache_words : int
        On the chip, if they are in near memory: the first words of them, of descriptors, then of
        frames, then of slots, 0 to 65,536; of the others, a power of two, 8 to 65,536.
    data_bits, address_bits, outstanding, burst_bytes, jobs, timeout, preset
        As in `MoverConfig`, for both movers.

    Raises
    ------
    TypeError
        If a number is not an int, or a name not a str.
    ValueError
        If a value is not in its range or list, a word of metadata would be too long (spec D88), or
        a memory too large for its addresses.
    """

    contexts: int = 32
    near_slots: int = 8_192
    frames: int = 1_024
    far_pages: int = 65_536
    extents: int = 131_072
    entry_bytes: int = 512
    max_clusters: int = 4_096
    max_tokens: int = 1 << 20
    max_chunk: int = 256
    window: int = 64
    most_pages: int = 16
    hash_bits: int = 32
    lanes: int = 16
    aged: bool = False
    retries: int = 2
    store: str = "chip"
    kept_words: int = 1_536
    cache_words: int = 1_024
    data_bits: int = 64
    address_bits: int = 40
    outstanding: int = 16
    burst_bytes: int = 256
    jobs: int = 16
    timeout: int = 16_384
    preset: str = "asic"

    def __post_init__(self):
        integer("contexts", self.contexts, 1, 256)
        integer("near_slots", self.near_slots, 1, 65_535)
        integer("frames", self.frames, 1, 65_535)
        integer("far_pages", self.far_pages, 1, 2**20)
        integer("extents", self.extents, 32, 2**21)
        power_of_two("entry_bytes", self.entry_bytes, 128, 2_048)
        integer("max_clusters", self.max_clusters, 1, 65_535)
        integer("max_tokens", self.max_tokens, 1, 2**24)
        integer("max_chunk", self.max_chunk, 1, 256)
        integer("window", self.window, 1, 65_535)
        integer("most_pages", self.most_pages, 1, 65_535)
        integer("hash_bits", self.hash_bits, 16, 128)
        if self.hash_bits % 8:
            raise ValueError(f"hash_bits must be a multiple of 8, not {self.hash_bits}")
        integer("lanes", self.lanes, 1, 64)
        boolean("aged", self.aged)
        integer("retries", self.retries, 0, 7)
        one_of("store", self.store, STORES)
        integer("kept_words", self.kept_words, 0, 65_536)
        power_of_two("cache_words", self.cache_words, 8, 65_536)
        one_of("preset", self.preset, tuple(PRESETS))
        _ = self.mover  # checks what is its own
        check_words(self)
        self._check_memories()

    def _check_memories(self):
        """All of near and far memory must have an address."""
        most = 2**self.page_number
        limit = f"at most {most} with address_bits {self.address_bits}"
        if self.far_pages > most:
            raise ValueError(f"far_pages must be {limit}, not {self.far_pages}")
        near = self.ring_pages + self.frames
        if near > most:
            raise ValueError(f"pages of ring and frames must be {limit}, not {near}")
        _, words = tables(self)
        most = MOST_CHIP_WORDS if self.store == "chip" else 2**self.address_bits // 8
        if words > most:
            rule = f"at most {most} with store {self.store!r}"
            raise ValueError(f"words of metadata must be {rule}, not {words}")

    @property
    def timing(self):
        """The preset's `dre.kvmu.config.Preset`."""
        return PRESETS[self.preset]

    @property
    def mover(self):
        """Build parameters of each mover: its longest job is a page."""
        return MoverConfig(
            data_bits=self.data_bits,
            address_bits=self.address_bits,
            outstanding=self.outstanding,
            burst_bytes=self.burst_bytes,
            jobs=self.jobs,
            job_bytes=PAGE_BYTES,
            timeout=self.timeout,
            preset=self.preset,
        )

    @property
    def page_entries(self):
        """Entries of a page, E of the spec."""
        return PAGE_BYTES // self.entry_bytes

    @property
    def ring_pages(self):
        """Pages of near memory that the ring takes."""
        return -(-self.near_slots * self.entry_bytes // PAGE_BYTES)

    # Shapes: of an index, or of a count.

    @property
    def context(self):
        return streams.index(self.contexts)

    @property
    def slot(self):
        return unsigned(max(1, ceil_log2(self.near_slots)))

    @property
    def slots(self):
        return range(self.near_slots + 1)

    @property
    def frame(self):
        return unsigned(max(1, ceil_log2(self.frames)))

    @property
    def page(self):
        return unsigned(max(1, ceil_log2(self.far_pages)))

    @property
    def extent(self):
        return unsigned(ceil_log2(self.extents))

    @property
    def pages(self):
        return range(self.far_pages + 1)

    @property
    def place(self):
        """Of an entry in its page."""
        return unsigned(ceil_log2(self.page_entries))

    @property
    def cluster(self):
        return unsigned(max(1, ceil_log2(self.max_clusters)))

    @property
    def named_cluster(self):
        """Of what a packet of ``selected`` can name, be it a cluster or not."""
        beats = ceil_log2(-(-self.max_clusters // self.lanes))
        return range(max(2, self.lanes << beats))

    @property
    def group(self):
        """Clusters whose words are let come together: as many as the cache has room for."""
        lines = self.cache_words // LINE_WORDS
        return max(2, min(self.lanes, lines // GROUP_LINES))

    @property
    def clusters(self):
        return range(self.max_clusters + 1)

    @property
    def position(self):
        return unsigned(max(1, ceil_log2(self.max_tokens)))

    @property
    def tokens(self):
        return range(self.max_tokens + 1)

    @property
    def chunk_tokens(self):
        return range(self.max_chunk + 1)

    @property
    def page_number(self):
        """Of a page of any memory."""
        return self.address_bits - ceil_log2(PAGE_BYTES)

    # Layouts of the streams.

    @property
    def command(self):
        """Layout of a ``commands`` beat."""
        return layouts.kv_command()

    @property
    def result(self):
        """Layout of a ``results`` beat."""
        return layouts.kv_result()

    @property
    def grant(self):
        """Layout of a ``grants`` beat."""
        return layouts.kv_grant(self.address_bits)

    @property
    def assignments_packet(self):
        """Layout of an ``assignments`` beat."""
        return streams.assignment_packet(self.hash_bits, self.max_clusters, self.max_chunk)

    @property
    def selected_packet(self):
        """Layout of a ``selected`` beat."""
        return streams.selected_packet(self.max_clusters, self.lanes)

    @property
    def deliveries_packet(self):
        """Layout of a ``deliveries`` beat."""
        return layouts.deliveries_packet(self.address_bits)

    @property
    def aged_token(self):
        """Layout of an ``aged`` beat."""
        return streams.aged_token(self.max_clusters)

    @property
    def bases(self):
        """Layout of ``bases``."""
        return layouts.kv_bases(self.page_number)
