"""Build parameters of the arbiter, and what follows from them."""

from dataclasses import dataclass

from amaranth.hdl import Shape
from amaranth.utils import ceil_log2

from dre.checks import integer, power_of_two
from dre.layouts import index

MOST_PORTS = 16
TAKEN_NAMES = ("out", "events", "stray")
"""Of the arbiter's own ports, and of its halves'."""

WRITES_AHEAD = 4
"""Writes whose address has been taken and whose last word has not (spec D112)."""


@dataclass(frozen=True, kw_only=True)
class BusPort:
    """One of the masters that share the bus.

    Parameters
    ----------
    name : str
        Of the arbiter's port: an identifier.
    data_bits : int
        A power of two, 64 to 512. With fewer bits than the bus the port is *narrow*.
    ids : int
        AXI IDs, those from 0 on: 1 to 64.
    reads, writes : int
        Most bursts of an ID that are under way at a time: 0 to 16; 0 if the port never reads, or
        never writes.

    Raises
    ------
    TypeError
        If a number is not an int, or ``name`` not a str.
    ValueError
        If a value is not in its range, or not a power of two where it must be; if ``name`` cannot
        be that of a port; if the port neither reads nor writes.
    """

    name: str
    data_bits: int
    ids: int = 1
    reads: int = 0
    writes: int = 0

    def __post_init__(self):
        if not isinstance(self.name, str):
            raise TypeError(f"name must be a str, not {self.name!r}")
        if not self.name.isidentifier() or self.name in TAKEN_NAMES:
            taken = ", ".join(TAKEN_NAMES)
            raise ValueError(f"name must be an identifier, none of {taken}, not {self.name!r}")
        power_of_two("data_bits", self.data_bits, 64, 512)
        integer("ids", self.ids, 1, 64)
        integer("reads", self.reads, 0, 16)
        integer("writes", self.writes, 0, 16)
        if not self.reads and not self.writes:
            raise ValueError("reads and writes must not both be 0")

    @property
    def id_bits(self):
        """Width of the port's IDs."""
        return Shape.cast(index(self.ids)).width

    @property
    def beat_shift(self):
        """Bits of a byte's place in a beat of the port."""
        return ceil_log2(self.data_bits // 8)


@dataclass(frozen=True, kw_only=True)
class ArbiterConfig:
    """Build parameters of the arbiter (spec section 17).

    Parameters
    ----------
    ports : sequence of BusPort
        1 to 16, with names of their own; the place of a port is its number.
    data_bits : int
        Width of the bus: a power of two, 64 to 512.
    address_bits : int
        Of all ports: 16 to 64.

    Raises
    ------
    TypeError
        If a number is not an int, or a port not a `BusPort`.
    ValueError
        If a value is not in its range, or not a power of two where it must be; if two ports have
        the same name, or one is wider than the bus, or narrow with more than one ID.
    """

    ports: tuple
    data_bits: int = 64
    address_bits: int = 40

    def __post_init__(self):
        object.__setattr__(self, "ports", tuple(self.ports))
        for port in self.ports:
            if not isinstance(port, BusPort):
                raise TypeError(f"ports must be BusPort, not {port!r}")
        integer("number of ports", len(self.ports), 1, MOST_PORTS)
        names = [port.name for port in self.ports]
        if len(set(names)) < len(names):
            raise ValueError(f"names of ports must differ, not {', '.join(names)}")
        power_of_two("data_bits", self.data_bits, 64, 512)
        integer("address_bits", self.address_bits, 16, 64)
        for port in self.ports:
            self._check(port)

    def _check(self, port):
        if port.data_bits > self.data_bits:
            raise ValueError(
                f"data_bits of {port.name} must be at most those of the bus ({self.data_bits}), "
                f"not {port.data_bits}"
            )
        if port.data_bits < self.data_bits and port.ids > 1:
            raise ValueError(f"ids of {port.name} must be 1, since it is narrow, not {port.ids}")

    @property
    def beat_shift(self):
        """Bits of a byte's place in a beat of the bus."""
        return ceil_log2(self.data_bits // 8)

    @property
    def port_id_bits(self):
        """Width of the widest port's IDs, the lower bits of those of the bus."""
        return max(port.id_bits for port in self.ports)

    @property
    def number_bits(self):
        """Width of a port's number, the upper bits of the IDs of the bus."""
        return ceil_log2(len(self.ports))

    @property
    def id_bits(self):
        """Width of the IDs of the bus."""
        return self.number_bits + self.port_id_bits

    @property
    def readers(self):
        """Ports that read, with their numbers."""
        return [(n, port) for n, port in enumerate(self.ports) if port.reads]

    @property
    def writers(self):
        """Ports that write, with their numbers."""
        return [(n, port) for n, port in enumerate(self.ports) if port.writes]

    def lane_bits(self, port):
        """Bits of a beat's lane, its place in a beat of the bus; 0 if the port is not narrow."""
        return self.beat_shift - port.beat_shift
