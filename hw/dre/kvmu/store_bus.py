"""How the store in near memory uses its AXI4 port: 64 bits, one ID."""

from amaranth.lib import data, wiring
from amaranth.utils import ceil_log2

from dre import axi
from dre.axi import PAGE_BYTES

WORD_BYTES = 8
WORD_SHIFT = ceil_log2(WORD_BYTES)
LINE_WORDS = 4
"""Words that are read together; a line lies in one page."""

FILLS = 4
"""Lines that are on their way at a time."""

PAGE_WORDS = PAGE_BYTES // WORD_BYTES


def bus_ports(address_bits):
    """The AXI4 channels that read, and those that write."""
    widths = 8 * WORD_BYTES, address_bits, 1
    return axi.reads(*widths), axi.writes(*widths)


def whole_bus(address_bits):
    """All five channels."""
    reads, writes = bus_ports(address_bits)
    return wiring.Signature({**reads.members, **writes.members})


def place_bits(address_bits):
    """Width of an address in words."""
    return address_bits - WORD_SHIFT


def request(address_bits):
    """What the address channels carry."""
    return data.StructLayout(
        {"id": 1, "place": place_bits(address_bits), "length": range(LINE_WORDS)}
    )
