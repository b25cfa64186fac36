"""AXI4-Lite, 32 bits, from the side of who is read and written."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

OKAY, SLVERR = 0, 2


def _address(channel, address_bits):
    return {
        f"{channel}valid": Out(1),
        f"{channel}ready": In(1),
        f"{channel}addr": Out(address_bits),
        f"{channel}prot": Out(3),
    }


def _writes(address_bits):
    return {
        **_address("aw", address_bits),
        **{"wvalid": Out(1), "wready": In(1), "wdata": Out(32), "wstrb": Out(4)},
        **{"bvalid": In(1), "bready": Out(1), "bresp": In(2)},
    }


def _reads(address_bits):
    return {
        **_address("ar", address_bits),
        **{"rvalid": In(1), "rready": Out(1), "rdata": In(32), "rresp": In(2)},
    }


def port(address_bits):
    """All five channels, as a master has them."""
    return wiring.Signature(_writes(address_bits) | _reads(address_bits))


class Writes(wiring.Component):
    """Channels AW, W and B: an address and a word, in any order, then what became of them.

    Members
    -------
    bus : In(AW, W, B)
    asked : Out(1)
        ``address``, ``word``, ``lanes`` are there, in one cycle; ``failed`` is looked at in it.
    """

    def __init__(self, address_bits):
        super().__init__(
            {
                "bus": In(wiring.Signature(_writes(address_bits))),
                "asked": Out(1),
                "address": Out(address_bits),
                "word": Out(32),
                "lanes": Out(4),
                "failed": In(1),
            }
        )

    def elaborate(self, platform):
        m, bus = Module(), self.bus
        addressed, given = Signal(), Signal()
        m.d.comb += [
            bus.awready.eq(~addressed),
            bus.wready.eq(~given),
            self.asked.eq(addressed & given & ~bus.bvalid),
        ]
        with m.If(bus.awvalid & bus.awready):
            m.d.sync += [addressed.eq(1), self.address.eq(bus.awaddr)]
        with m.If(bus.wvalid & bus.wready):
            m.d.sync += [given.eq(1), self.word.eq(bus.wdata), self.lanes.eq(bus.wstrb)]
        with m.If(self.asked):
            m.d.sync += [addressed.eq(0), given.eq(0), bus.bvalid.eq(1)]
            m.d.sync += bus.bresp[1].eq(self.failed)
        with m.If(bus.bvalid & bus.bready):
            m.d.sync += bus.bvalid.eq(0)
        return m


class Reads(wiring.Component):
    """Channels AR and R: an address, then the word.

    Members
    -------
    bus : In(AR, R)
    asked : Out(1)
        ``address`` is there, until ``known``, with which ``word`` and ``failed`` are looked at.
    """

    def __init__(self, address_bits):
        super().__init__(
            {
                "bus": In(wiring.Signature(_reads(address_bits))),
                "asked": Out(1),
                "address": Out(address_bits),
                "known": In(1),
                "word": In(32),
                "failed": In(1),
            }
        )

    def elaborate(self, platform):
        m, bus = Module(), self.bus
        m.d.comb += bus.arready.eq(~self.asked & ~bus.rvalid)
        with m.If(bus.arvalid & bus.arready):
            m.d.sync += [self.asked.eq(1), self.address.eq(bus.araddr)]
        with m.If(self.asked & self.known):
            m.d.sync += [self.asked.eq(0), bus.rvalid.eq(1)]
            m.d.sync += [bus.rdata.eq(self.word), bus.rresp[1].eq(self.failed)]
        with m.If(bus.rvalid & bus.rready):
            m.d.sync += bus.rvalid.eq(0)
        return m
