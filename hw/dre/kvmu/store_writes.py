"""Words on their way to near memory (spec D90)."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from dre import axi
from dre.flags import Flags
from dre.kvmu.secded import WORD_BITS
from dre.kvmu.store_bus import LINE_WORDS, WORD_SHIFT, bus_ports, place_bits, request

POSTED = 8
"""Writes under way at a time."""

LOOKED_AT = 8
"""Low bits of a line's number that tell it from others."""


class PostedWrites(wiring.Component):
    """Writes words in order, each a burst of its own, and does not wait for their acknowledgement.

    A word every other cycle, while no more than `POSTED` are on their way.

    Parameters
    ----------
    address_bits : int

    Members
    -------
    i : In(stream)
        A word with its check bits, and its place in memory, in words.
    line : In, pending : Out(1)
        The place of a word, and whether a write to its line is under way: never 0 if one is, but
        now and then 1 without.
    idle : Out(1)
        Each is acknowledged.
    broken : Out(1)
        An acknowledgement was not OKAY; stays.
    home : Out(AXI4 write channels)
    """

    def __init__(self, address_bits):
        self._address_bits = address_bits
        place = place_bits(address_bits)
        word = data.StructLayout({"place": place, "word": WORD_BITS})
        super().__init__(
            {
                "i": In(stream.Signature(word)),
                "line": In(place),
                "pending": Out(1),
                "idle": Out(1),
                "broken": Out(1),
                "home": Out(bus_ports(address_bits)[1]),
            }
        )

    def elaborate(self, platform):
        m = Module()
        home, word = self.home, self.i.payload
        addresses = stream.Signature(request(self._address_bits)).create(path=("addresses",))
        taken, full = (Signal(name=name) for name in ("taken", "full"))
        m.d.comb += [
            self.i.ready.eq(~full & ~addresses.valid & ~home.wvalid),
            taken.eq(self.i.valid & self.i.ready),
            *axi.drive_address(home, "aw", addresses, WORD_SHIFT),
            home.wstrb.eq(~0),
            home.wlast.eq(1),
            home.bready.eq(1),
        ]
        with m.If(home.awready):
            m.d.sync += addresses.valid.eq(0)
        with m.If(home.wready):
            m.d.sync += home.wvalid.eq(0)
        with m.If(taken):
            m.d.sync += [
                addresses.valid.eq(1),
                addresses.payload.place.eq(word.place),
                home.wvalid.eq(1),
                home.wdata.eq(word.word),
            ]
        with m.If(home.bvalid & home.bresp.any()):
            m.d.sync += self.broken.eq(1)
        self._keep(m, taken, full)
        return m

    def _keep(self, m, taken, full):
        """Which lines are being written to: with one ID, answers come in the order of writes."""
        under_way = Flags(m, "under_way", POSTED)
        newest, oldest = (Signal(range(POSTED), name=name) for name in ("newest", "oldest"))
        shift = (LINE_WORDS - 1).bit_length()
        lines = Cat(
            self._line(m, n, taken & (newest == n), self.i.payload.place >> shift)
            == (self.line >> shift)[:LOOKED_AT]
            for n in range(POSTED)
        )
        ends = Signal()
        m.d.sync += full.eq(under_way[newest])  # the word before is on the bus until this is known
        m.d.comb += [
            ends.eq(self.home.bvalid & under_way[oldest]),
            self.idle.eq(~under_way.bits.any()),
            self.pending.eq((under_way.bits & lines).any()),
        ]
        under_way.write(ends, oldest, 0)
        under_way.write(taken, newest, 1)
        m.d.sync += [newest.eq(newest + taken), oldest.eq(oldest + ends)]

    def _line(self, m, number, taken, line):
        """The line of one write."""
        kept = Signal(LOOKED_AT, name=f"line_{number}", reset_less=True)
        with m.If(taken):
            m.d.sync += kept.eq(line)
        return kept
