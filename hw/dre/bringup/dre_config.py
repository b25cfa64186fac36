# amaranth: UnusedElaboratable=no
# A signature may be of use by itself.
"""Build parameters of a bring-up system with a DRE."""

from dataclasses import dataclass
from functools import cached_property

from amaranth.utils import ceil_log2

from dre.axi import PAGE_BYTES
from dre.bringup.line import OnALine
from dre.core import DRE, DREConfig
from dre.core.regions import near_pages
from dre.link.config import LinkConfig

SINKS, SOURCES = ("hash_bits", "chunks", "scores"), ("assignments", "rows", "grants", "deliveries")
"""Streams of the DRE, in the order of their numbers at the link."""

WINDOW_BITS = 14
WINDOW_PAGES = 2**WINDOW_BITS // PAGE_BYTES

DEPTH = 32
"""Beats that wait at each stream."""


@dataclass(frozen=True, kw_only=True)
class DRESystemConfig(OnALine):
    """A DRE between two memories of block RAM, behind a link (spec section 22).

    Parameters
    ----------
    dre : DREConfig
        With ``scores_from="stream"``.
    clock_hz : int
        Of everything: 1 to 1,000 MHz.
    baud : int
        Bits a second on the line.

    Raises
    ------
    TypeError, ValueError
        If a value is not of its kind or in its range, or the clock cannot be divided to the baud.
    """

    dre: DREConfig
    clock_hz: int
    baud: int

    def __post_init__(self):
        if not isinstance(self.dre, DREConfig):
            raise TypeError(f"dre must be a DREConfig, not {self.dre!r}")
        if self.dre.scores_from != "stream":
            raise ValueError(f"scores_from of dre must be 'stream', not {self.dre.scores_from!r}")
        self._check_line()

    @property
    def pages(self):
        """Of near and far memory: enough for all that the DRE has there, a power of two.

        Returns
        -------
        dict of str to int
        """
        needed = {"near": sum(near_pages(self.dre).values()), "far": self.dre.far_pages}
        return {name: 1 << ceil_log2(max(n, WINDOW_PAGES)) for name, n in needed.items()}

    @property
    def parts(self):
        """How many windows each memory has, one behind the other."""
        return {name: pages // WINDOW_PAGES for name, pages in self.pages.items()}

    @cached_property
    def streams(self):
        """Layouts of the DRE's streams, by name."""
        members = DRE(self.dre).signature.members
        return {
            name: members[name].signature.members["payload"].shape for name in (*SINKS, *SOURCES)
        }

    @cached_property
    def link(self):
        """Build parameters of the link."""
        return LinkConfig(
            divisor=self.divisor,
            sinks={name: self.streams[name] for name in SINKS},
            sources={name: self.streams[name] for name in SOURCES},
            address_bits=16,
            depth=DEPTH,
        )

    @property
    def parameters(self):
        """All that can be read of the system, by name; the DRE says what it is."""
        sizes = {f"{name}_pages": pages for name, pages in self.pages.items()}
        return {**sizes, "clock_hz": self.clock_hz, "baud": self.baud}
