"""Build parameters of a bring-up system with an HCU."""

from dataclasses import asdict, dataclass

from dre.bringup.hcu_map import ADDRESS_BITS
from dre.bringup.line import OnALine
from dre.hcu.config import HCUConfig
from dre.link.config import LinkConfig


@dataclass(frozen=True, kw_only=True)
class HCUSystemConfig(OnALine):
    """An HCU that owns its table, behind a link (spec section 22).

    Parameters
    ----------
    hcu : HCUConfig
        With ``table="memory"``.
    clock_hz : int
        Of everything: 1 to 1,000 MHz.
    baud : int
        Bits a second on the line.

    Raises
    ------
    TypeError, ValueError
        If a value is not of its kind or in its range, or the clock cannot be divided to the baud.
    """

    hcu: HCUConfig
    clock_hz: int
    baud: int

    def __post_init__(self):
        if not isinstance(self.hcu, HCUConfig):
            raise TypeError(f"hcu must be an HCUConfig, not {self.hcu!r}")
        if self.hcu.table != "memory":
            raise ValueError(f"table of hcu must be 'memory', not {self.hcu.table!r}")
        self._check_line()

    @property
    def link(self):
        """Build parameters of the link."""
        return LinkConfig(
            divisor=self.divisor,
            sinks={"hash_bits": self.hcu.hash_packet},
            sources={"assignments": self.hcu.assignment_packet},
            address_bits=ADDRESS_BITS,
        )

    @property
    def parameters(self):
        """All that can be read of the build, by name."""
        return {**asdict(self.hcu), "clock_hz": self.clock_hz, "baud": self.baud}
