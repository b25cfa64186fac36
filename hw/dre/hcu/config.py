"""Build parameters of the HCU, and what follows from them."""

from dataclasses import dataclass

from dre import layouts
from dre.checks import integer, one_of


@dataclass(frozen=True)
class Preset:
    """What differs between a short pipeline and one that is registered for clock speed.

    Attributes
    ----------
    distance_registers : bool
        Registers inside the Hamming distance, one after each level of four-to-one adders.
    decide_slots : int
        Cycles in which one of the chunk's own tokens is decided: 1, or 2 with the lane's best
        registered between.
    memory_latency : int
        Read latency of memories, in cycles.
    registered_ready : bool
        Whether ``assignments.ready`` is kept out of the path that stalls the pipeline.
    registered_control : bool
        Registers behind what the sequencer compares and what the decider tells it; a cycle more
        to find a pass, and one more a group.
    """

    distance_registers: bool
    decide_slots: int
    memory_latency: int
    registered_ready: bool
    registered_control: bool


PRESETS = {
    "asic": Preset(False, 1, 1, False, False),
    "fpga": Preset(True, 2, 2, True, True),
}


@dataclass(frozen=True, kw_only=True)
class HCUConfig:
    """Build parameters of the HCU (spec section 9).

    Parameters
    ----------
    hash_bits : int
        Bits of a hash word (the paper's N_hp): 16 to 128, a multiple of 8.
    lanes : int
        Tokens searched in one pass over the table: 1 to 64.
    max_clusters : int
        Largest ``max_clusters`` that may be set at run time: 1 to 65,535.
    max_chunk : int
        Largest chunk, in tokens: 1 to 256.
    table : {"stream", "memory"}
        Whether the table comes as a stream or lives on the chip (spec D33).
    preset : {"asic", "fpga"}
        Short pipeline, or registered for clock speed.

    Raises
    ------
    TypeError
        If a number is not an int, or a name not a str.
    ValueError
        If a value is not in its range or list.
    """

    hash_bits: int = 32
    lanes: int = 10
    max_clusters: int = 4096
    max_chunk: int = 256
    table: str = "stream"
    preset: str = "asic"

    def __post_init__(self):
        integer("hash_bits", self.hash_bits, 16, 128)
        if self.hash_bits % 8:
            raise ValueError(f"hash_bits must be a multiple of 8, not {self.hash_bits}")
        integer("lanes", self.lanes, 1, 64)
        integer("max_clusters", self.max_clusters, 1, 65_535)
        integer("max_chunk", self.max_chunk, 1, 256)
        one_of("table", self.table, ("stream", "memory"))
        one_of("preset", self.preset, tuple(PRESETS))

    @property
    def timing(self):
        """The preset's `Preset`."""
        return PRESETS[self.preset]

    @property
    def groups(self):
        """Groups of lanes that the largest chunk needs."""
        return -(-self.max_chunk // self.lanes)

    @property
    def settings(self):
        """Layout of what may change from chunk to chunk (spec D16)."""
        return layouts.hcu_settings(self.hash_bits, self.max_clusters)

    @property
    def hash_packet(self):
        """Layout of a ``hash_bits`` beat."""
        return layouts.hash_packet(self.hash_bits, self.max_clusters, self.max_chunk)

    @property
    def pass_request(self):
        """Layout of a ``passes`` beat."""
        return layouts.pass_request(self.max_clusters, self.groups)

    @property
    def table_packet(self):
        """Layout of a ``table`` beat."""
        return layouts.table_packet(self.hash_bits, self.max_clusters, self.groups)

    @property
    def assignment_packet(self):
        """Layout of an ``assignments`` beat."""
        return layouts.assignment_packet(self.hash_bits, self.max_clusters, self.max_chunk)
