"""Build parameters of the WTU, and what follows from them."""

from dataclasses import dataclass

from dre import layouts
from dre.checks import integer, one_of


@dataclass(frozen=True)
class Preset:
    """What differs between a short pipeline and one that is registered for clock speed.

    Attributes
    ----------
    registered_lane : bool
        Registers inside a lane's conversion and multiplication.
    registered_sums : bool
        Registers between the levels of adder trees over the lanes.
    memory_latency : int
        Read latency of memories, in cycles.
    """

    registered_lane: bool
    registered_sums: bool
    memory_latency: int


PRESETS = {
    "asic": Preset(False, False, 1),
    "fpga": Preset(True, True, 2),
}


VARIANTS = ("exact", "bucket")
AXES = ("linear", "logit")
MOST_BUCKETS = 128


@dataclass(frozen=True, kw_only=True)
class WTUConfig:
    """Build parameters of the WTU (spec section 12).

    Parameters
    ----------
    lanes : int
        Entries taken in a cycle: 1 to 64.
    max_clusters : int
        Most entries of a row: 1 to 65,535.
    on_chip_clusters : int
        Most entries of a row whose keys and counts are kept on the chip: 1 to 65,535. A longer row
        is read twice.
    max_rows : int
        Most rows of a chunk: 1 to 65,535.
    preset : {"asic", "fpga"}
        Short pipeline, or registered for clock speed.
    variant : {"exact", "bucket"}
        The unit, or the paper's method as a control.
    buckets : int
        Of the control: 1 to 128.
    axis : {"linear", "logit"}
        What the control cuts into buckets: weights, or keys.

    Raises
    ------
    TypeError
        If a number is not an int, or a name not a str.
    ValueError
        If a value is not in its range or list, or rows of the control do not fit on the chip.
    """

    lanes: int = 16
    max_clusters: int = 8192
    on_chip_clusters: int = 4096
    max_rows: int = 8192
    preset: str = "asic"
    variant: str = "exact"
    buckets: int = 20
    axis: str = "linear"

    def __post_init__(self):
        integer("lanes", self.lanes, 1, 64)
        integer("max_clusters", self.max_clusters, 1, 65_535)
        integer("on_chip_clusters", self.on_chip_clusters, 1, 65_535)
        integer("max_rows", self.max_rows, 1, 65_535)
        one_of("preset", self.preset, tuple(PRESETS))
        one_of("variant", self.variant, VARIANTS)
        integer("buckets", self.buckets, 1, MOST_BUCKETS)
        one_of("axis", self.axis, AXES)
        if self.variant == "bucket" and self.reads_twice:
            raise ValueError(
                "max_clusters must not be above on_chip_clusters with variant 'bucket' "
                f"({self.on_chip_clusters}), not {self.max_clusters}"
            )

    @property
    def timing(self):
        """The preset's `Preset`."""
        return PRESETS[self.preset]

    @property
    def beats(self):
        """Beats of the longest row."""
        return -(-self.max_clusters // self.lanes)

    @property
    def reads_twice(self):
        """Whether there may be rows that are not kept on the chip."""
        return self.max_clusters > self.on_chip_clusters

    @property
    def list_depth(self):
        """Words of one bank of a memory with a word a beat: a power of two, 2 or more."""
        return _depth(self.beats)

    @property
    def candidates(self):
        """Most entries of a lane's list: a power of two, 2 or more.

        Half of what a row that is kept may need; a row with more is gone through instead. One that
        is not kept has nothing else.
        """
        return self.list_depth if self.reads_twice else max(self.list_depth // 2, 2)

    @property
    def lists_fill(self):
        """Whether there may be rows with more candidates than lists hold."""
        return self.candidates < self.beats

    @property
    def row_depth(self):
        """The same of one with a word a beat of the rows that are kept on the chip."""
        kept = min(self.max_clusters, self.on_chip_clusters)
        return _depth(-(-kept // self.lanes))

    @property
    def settings(self):
        """Layout of what may change from chunk to chunk."""
        return layouts.wtu_settings()

    @property
    def chunk(self):
        """Layout of a ``chunks`` beat."""
        return layouts.rows_chunk(self.max_clusters, self.max_rows)

    @property
    def row_request(self):
        """Layout of a ``reads`` beat."""
        return layouts.row_request(self.max_clusters, self.max_rows)

    @property
    def entries_packet(self):
        """Layout of a ``counts`` or ``scores`` beat."""
        return layouts.entries_packet(self.max_clusters, self.max_rows, self.lanes)

    @property
    def row_packet(self):
        """Layout of a ``rows`` beat."""
        return layouts.row_packet(self.max_clusters, self.max_rows, self.lanes)

    @property
    def selected_packet(self):
        """Layout of a ``selected`` beat."""
        return layouts.selected_packet(self.max_clusters, self.lanes)


def _depth(beats):
    """A power of two; an address of no bits would be no Verilog."""
    return 1 << max((beats - 1).bit_length(), 1)
