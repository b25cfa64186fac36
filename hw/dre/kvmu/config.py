"""Build parameters of the mover, and what follows from them."""

from dataclasses import dataclass

from amaranth.utils import ceil_log2

from dre.axi import PAGE_BYTES, most_burst_bytes
from dre.checks import integer, one_of, power_of_two
from dre.kvmu import layouts


@dataclass(frozen=True)
class Preset:
    """What differs between a short pipeline and one that is registered for clock speed.

    Attributes
    ----------
    memory_latency : int
        Read latency of large memories, in cycles.
    judge_latency : int
        Cycles from a stored word to what its check bits say: 0 or 1.
    call_latency : int
        Cycles from the call of a step that several steps need to its beginning, and from its end to
        its caller: 0 or 1.
    """

    memory_latency: int
    judge_latency: int
    call_latency: int


PRESETS = {"asic": Preset(1, 0, 0), "fpga": Preset(2, 1, 1)}


@dataclass(frozen=True, kw_only=True)
class MoverConfig:
    """Build parameters of the mover (spec section 14).

    Parameters
    ----------
    data_bits : int
        Width of both AXI ports: a power of two, 64 to 512.
    address_bits : int
        Of both ports: 16 to 64.
    outstanding : int
        Bursts under way at a time, each with an AXI ID and a landing buffer: 1 to 64.
    burst_bytes : int
        Longest burst: a power of two, 2 to 256 beats, at most 4,096 bytes.
    jobs : int
        Tags, and so jobs under way at a time: a power of two, 2 to 64.
    job_bytes : int
        Longest job: a power of two, from a burst to 1 MiB.
    timeout : int
        Cycles that a burst may take at least: 128 to 16,777,216.
    preset : {"asic", "fpga"}
        Short pipeline, or registered for clock speed.

    Raises
    ------
    TypeError
        If a number is not an int, or the preset not a str.
    ValueError
        If a value is not in its range or list, or not a power of two where it must be.
    """

    data_bits: int = 64
    address_bits: int = 40
    outstanding: int = 16
    burst_bytes: int = 256
    jobs: int = 16
    job_bytes: int = 65_536
    timeout: int = 16_384
    preset: str = "asic"

    def __post_init__(self):
        power_of_two("data_bits", self.data_bits, 64, 512)
        integer("address_bits", self.address_bits, 16, 64)
        integer("outstanding", self.outstanding, 1, 64)
        least, most = 2 * self.beat_bytes, most_burst_bytes(self.beat_bytes)
        power_of_two("burst_bytes", self.burst_bytes, least, most)
        power_of_two("jobs", self.jobs, 2, 64)
        power_of_two("job_bytes", self.job_bytes, self.burst_bytes, 2**20)
        integer("timeout", self.timeout, 128, 2**24)
        one_of("preset", self.preset, tuple(PRESETS))

    @property
    def timing(self):
        """The preset's `Preset`."""
        return PRESETS[self.preset]

    @property
    def beat_bytes(self):
        """Bytes of a beat; addresses and lengths are multiples of it."""
        return self.data_bits // 8

    @property
    def beat_shift(self):
        """Bits of a byte's place in its beat."""
        return ceil_log2(self.beat_bytes)

    @property
    def burst_beats(self):
        """Beats of the longest burst, and of a landing buffer."""
        return self.burst_bytes // self.beat_bytes

    @property
    def job_beats(self):
        """Beats of the longest job."""
        return self.job_bytes // self.beat_bytes

    @property
    def most_dead(self):
        """Dead IDs with which the link counts as down (spec D78)."""
        return max(1, self.outstanding // 2)

    @property
    def identity(self):
        """Shape of an AXI ID."""
        return layouts.index(self.outstanding)

    @property
    def place(self):
        """Shape of an address in beats."""
        return self.address_bits - self.beat_shift

    @property
    def job(self):
        """Layout of a ``jobs`` beat."""
        return layouts.mover_job(self.address_bits, self.job_bytes, self.jobs)

    @property
    def done(self):
        """Layout of a ``done`` beat."""
        return layouts.mover_done(self.jobs)

    @property
    def regions(self):
        """Layout of ``regions``."""
        return layouts.mover_regions(self.address_bits - ceil_log2(PAGE_BYTES))
