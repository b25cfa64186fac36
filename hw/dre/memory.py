"""The only place where memories come from (spec D35)."""

from amaranth.hdl import Module, Signal
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from dre.checks import integer
from dre.layouts import index


class SyncMemory(wiring.Component):
    """A memory with one writer and one reader, which answers ``latency`` enabled cycles later.

    This is the generic body. A vendor's block RAM or an SRAM macro goes behind this signature: a
    platform with a method ``sync_memory`` gives it, or None to leave it at the generic one.

    Parameters
    ----------
    shape : ShapeLike
        One word.
    depth : int
        Words. At least 1.
    latency : int
        1: read data straight from the array. 2: through an output register, for clock speed.
    apart : bool
        A promise: what is read in a cycle that writes the same word is not used. Memories that
        leave it open, as block RAMs do, are then read without logic beside them.

    Members
    -------
    write_en, write_address, write_data : In
        A word is written at the end of a cycle with ``write_en``.
    read_en, read_address : In
        The read advances by one stage in each cycle with ``read_en``, and stands still otherwise.
    read_data : Out(shape)
        The word as it was before the cycle that took its address: a write to the same address in
        that cycle is not seen. (With ``apart`` and a body other than this one: anything, then.)

    Raises
    ------
    TypeError, ValueError
        If ``depth`` or ``latency`` is not an int in its range.
    """

    def __init__(self, *, shape, depth, latency, apart=False):
        self.shape = shape
        self.depth = integer("depth", depth, 1, 2**24)
        self.latency = integer("latency", latency, 1, 2)
        self.apart = apart
        address = index(depth)
        super().__init__(
            {
                "write_en": In(1),
                "write_address": In(address),
                "write_data": In(shape),
                "read_en": In(1),
                "read_address": In(address),
                "read_data": Out(shape),
            }
        )

    def elaborate(self, platform):
        vendor = getattr(platform, "sync_memory", None)
        return (vendor and vendor(self)) or self._generic()

    def _generic(self):
        m = Module()
        m.submodules.array = array = memory.Memory(
            shape=self.shape, depth=max(self.depth, 2), init=[]
        )
        write, read = array.write_port(), array.read_port()
        m.d.comb += [
            write.en.eq(self.write_en),
            write.addr.eq(self.write_address),
            write.data.eq(self.write_data),
            read.en.eq(self.read_en),
            read.addr.eq(self.read_address),
        ]
        if self.latency == 1:
            m.d.comb += self.read_data.eq(read.data)
        else:
            register = Signal(self.shape)
            with m.If(self.read_en):
                m.d.sync += register.eq(read.data)
            m.d.comb += self.read_data.eq(register)
        return m


class ByteMemory(wiring.Component):
    """A memory of whole bytes, each of which is written by itself; latency 2, as `SyncMemory`'s.

    Parameters
    ----------
    bits : int
        Of a word: a multiple of 8.
    depth : int
        Words. At least 2.

    Members
    -------
    write_en : In(a bit a byte)
    write_address, write_data, read_en, read_address : In; read_data : Out
        As of `SyncMemory`.
    """

    def __init__(self, *, bits, depth):
        self._bits, self._depth = bits, integer("depth", depth, 2, 2**24)
        address = index(depth)
        super().__init__(
            {
                "write_en": In(bits // 8),
                "write_address": In(address),
                "write_data": In(bits),
                "read_en": In(1),
                "read_address": In(address),
                "read_data": Out(bits),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.array = array = memory.Memory(shape=self._bits, depth=self._depth, init=[])
        write, read = array.write_port(granularity=8), array.read_port()
        m.d.comb += [
            write.en.eq(self.write_en),
            write.addr.eq(self.write_address),
            write.data.eq(self.write_data),
            read.en.eq(self.read_en),
            read.addr.eq(self.read_address),
        ]
        with m.If(self.read_en):
            m.d.sync += self.read_data.eq(read.data)
        return m
