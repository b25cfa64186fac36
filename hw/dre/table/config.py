"""Build parameters of the table unit, and what follows from them."""

from dataclasses import dataclass

from amaranth.utils import ceil_log2

from dre import layouts
from dre.axi import PAGE_BYTES, most_burst_bytes
from dre.checks import integer, power_of_two

LEAST_ENTRY_BYTES = 8
COUNT_BYTES = 2


@dataclass(frozen=True, kw_only=True)
class TableConfig:
    """Build parameters of the table unit (spec section 16).

    Parameters
    ----------
    contexts : int
        1 to 256.
    max_clusters : int
        Of a context: 1 to 65,535.
    hash_bits, hash_lanes, max_chunk : int
        Of the HCU's streams: 16 to 128 and a multiple of 8, 1 to 64, 1 to 256.
    lanes, max_rows : int
        Of the WTU's streams: a power of two up to 64, 1 to 65,535.
    data_bits : int
        Width of the AXI ports: a power of two, 64 to 512.
    address_bits : int
        Of the AXI ports: 24 to 64.
    burst_bytes : int
        Of a burst that is fetched: a power of two, 128 to 4,096, at most 256 beats.
    fetch_bytes : int
        Room for entries, and for counts: a power of two, two bursts to 65,536.
    updates : int
        Numbers that are changed at a time: a power of two, 2 to 32.
    timeout : int
        Cycles that an answer may take: 128 to 16,777,216.

    Raises
    ------
    TypeError
        If a number is not an int.
    ValueError
        If a value is not in its range, not a power of two where it must be, or the table too large
        for its addresses.
    """

    contexts: int = 32
    max_clusters: int = 4_096
    hash_bits: int = 32
    hash_lanes: int = 10
    max_chunk: int = 256
    lanes: int = 16
    max_rows: int = 8_192
    data_bits: int = 64
    address_bits: int = 40
    burst_bytes: int = 256
    fetch_bytes: int = 4_096
    updates: int = 8
    timeout: int = 16_384

    def __post_init__(self):
        integer("contexts", self.contexts, 1, 256)
        integer("max_clusters", self.max_clusters, 1, 65_535)
        integer("hash_bits", self.hash_bits, 16, 128)
        if self.hash_bits % 8:
            raise ValueError(f"hash_bits must be a multiple of 8, not {self.hash_bits}")
        integer("hash_lanes", self.hash_lanes, 1, 64)
        integer("max_chunk", self.max_chunk, 1, 256)
        power_of_two("lanes", self.lanes, 1, 64)
        integer("max_rows", self.max_rows, 1, 65_535)
        power_of_two("data_bits", self.data_bits, 64, 512)
        integer("address_bits", self.address_bits, 24, 64)
        power_of_two("burst_bytes", self.burst_bytes, 128, most_burst_bytes(self.beat_bytes))
        power_of_two("fetch_bytes", self.fetch_bytes, 2 * self.burst_bytes, 65_536)
        power_of_two("updates", self.updates, 2, 32)
        integer("timeout", self.timeout, 128, 2**24)
        if self.table_bytes > 2**self.address_bits:
            raise ValueError(
                f"bytes of the table must be at most {2**self.address_bits} with address_bits "
                f"{self.address_bits}, not {self.table_bytes}"
            )

    @property
    def groups(self):
        """Groups of lanes that the largest chunk needs in the HCU."""
        return -(-self.max_chunk // self.hash_lanes)

    @property
    def beat_bytes(self):
        """Bytes of a beat of the AXI ports."""
        return self.data_bits // 8

    @property
    def beat_shift(self):
        """Bits of a byte's place in its beat."""
        return ceil_log2(self.beat_bytes)

    @property
    def burst_shift(self):
        """Bits of a byte's place in its burst."""
        return ceil_log2(self.burst_bytes)

    @property
    def entry_bytes(self):
        """Of members and hash word: a power of two (spec D95)."""
        return max(LEAST_ENTRY_BYTES, 1 << ceil_log2(COUNT_BYTES + self.hash_bits // 8))

    @property
    def words_shift(self):
        """Bits of a byte's place among the entries of a context."""
        return self._shift(self.entry_bytes)

    @property
    def counts_shift(self):
        """Bits of a byte's place among the counts of a context."""
        return self._shift(COUNT_BYTES)

    def _shift(self, size):
        return max(ceil_log2(self.max_clusters) + ceil_log2(size), self.burst_shift)

    @property
    def counts_offset(self):
        """Bytes from the table's beginning to its counts."""
        return self.contexts << self.words_shift

    @property
    def table_bytes(self):
        """Bytes of the whole."""
        return self.counts_offset + (self.contexts << self.counts_shift)

    # Shapes.

    @property
    def page_number(self):
        """Of a page of near memory."""
        return self.address_bits - ceil_log2(PAGE_BYTES)

    @property
    def context(self):
        return layouts.index(self.contexts)

    @property
    def cluster(self):
        return layouts.index(self.max_clusters)

    @property
    def update_id(self):
        """Bits of an AXI ID of what is changed."""
        return ceil_log2(self.updates)

    # Layouts of the streams.

    @property
    def pass_request(self):
        """Layout of a ``passes`` beat."""
        return layouts.pass_request(self.max_clusters, self.groups)

    @property
    def table_packet(self):
        """Layout of a ``table`` beat."""
        return layouts.table_packet(self.hash_bits, self.max_clusters, self.groups)

    @property
    def row_request(self):
        """Layout of a ``reads`` beat."""
        return layouts.row_request(self.max_clusters, self.max_rows)

    @property
    def entries_packet(self):
        """Layout of a ``counts`` beat."""
        return layouts.entries_packet(self.max_clusters, self.max_rows, self.lanes)

    @property
    def assignment_packet(self):
        """Layout of an ``assignments`` beat."""
        return layouts.assignment_packet(self.hash_bits, self.max_clusters, self.max_chunk)

    @property
    def aged_token(self):
        """Layout of an ``aged`` beat."""
        return layouts.aged_token(self.max_clusters)
