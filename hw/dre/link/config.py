"""Build parameters of the serial link, and the numbers of its protocol."""

from dataclasses import dataclass, field

from amaranth.hdl import ShapeCastable
from amaranth.lib import enum

from dre.checks import integer
from dre.packing import width

MAGIC = b"VRXL"
VERSION = 1

LEAST_BYTES, MOST_BYTES = 4, 253
"""Of a frame, unstuffed (spec D138)."""

CRC_BYTES = 2
MOST_WORDS = (MOST_BYTES - 4) // 4
MOST_STREAMS = 16


class Code(enum.Enum, shape=8):
    """What a command wants (spec D139)."""

    IDENTIFY = 1
    READ = 2
    WRITE = 3
    PUSH = 4
    POP = 5


class Status(enum.Enum, shape=8):
    """How a command ended (spec D141), or what is wrong with a frame (spec D142)."""

    OK = 0
    REFUSED = 1
    SILENT = 2
    BAD_COMMAND = 3
    LINE = 4
    CUT = 5
    LENGTH = 6
    CRC = 7
    OVERRUN = 8


BAD_FRAMES = ("line", "cut", "length", "crc", "overrun")
"""Events that are counted, by the `Status` of the same name."""


def beat_bytes(shape):
    """Bytes of a beat on the line."""
    return -(-width(shape) // 8)


@dataclass(frozen=True, kw_only=True)
class LinkConfig:
    """Build parameters of the link (spec section 21).

    Parameters
    ----------
    divisor : int
        Cycles a bit: 4 to 65,535.
    sinks, sources : dict of str to Layout
        Streams into the unit and out of it, in the order of their numbers: at most 16 of each.
    address_bits : int
        Of the registers: 2 to 16.
    depth : int
        Beats that wait at each stream: 16 to 4,096.
    timeout : int
        Cycles after which registers count as silent: 16 to 65,536.

    Raises
    ------
    TypeError, ValueError
        If a value is not of its kind or in its range.
    """

    divisor: int
    sinks: dict = field(default_factory=dict)
    sources: dict = field(default_factory=dict)
    address_bits: int = 12
    depth: int = 256
    timeout: int = 4_096

    def __post_init__(self):
        integer("divisor", self.divisor, 4, 65_535)
        integer("address_bits", self.address_bits, 2, 16)
        integer("depth", self.depth, 16, 4_096)
        integer("timeout", self.timeout, 16, 65_536)
        for name in ("sinks", "sources"):
            self._check(name, getattr(self, name))

    def _check(self, name, streams):
        integer(f"number of {name}", len(streams), 0, MOST_STREAMS)
        for stream, shape in streams.items():
            if not isinstance(shape, ShapeCastable):
                raise TypeError(f"{name} must have layouts, not {shape!r}")
            most = MOST_BYTES - LEAST_BYTES - 1
            integer(f"bytes of a beat of {stream}", beat_bytes(shape), 1, most)
