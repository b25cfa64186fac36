"""Reads lines of near memory (spec D90)."""

from amaranth.hdl import Cat, Const, Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from dre import axi
from dre.kvmu.store_bus import LINE_WORDS, WORD_BYTES, WORD_SHIFT, bus_ports, place_bits, request

LINE_SHIFT = (LINE_WORDS - 1).bit_length()


class LineFill(wiring.Component):
    """Reads the line of a word in one burst, and keeps the word.

    Beats are always taken; those that nobody waits for change nothing.

    Members
    -------
    start : In(1)
        The line is wanted; none is under way.
    place : In
        The word's place in memory, in words; held until ``over``.
    beat : Out(struct)
        The words of the line, as they come: ``place`` in the line, ``data``.
    over : Out(1), whole : Out(1)
        The last one comes in this cycle; the line is here, and nothing went wrong.
    word : Out(64), failed : Out(1)
        From the next cycle on: the word, and whether something went wrong.
    home : Out(AXI4 read channels)
    """

    def __init__(self, address_bits):
        self._address_bits = address_bits
        beat = data.StructLayout({"valid": 1, "place": range(LINE_WORDS), "data": 8 * WORD_BYTES})
        super().__init__(
            {
                "start": In(1),
                "place": In(place_bits(address_bits)),
                "beat": Out(beat),
                "over": Out(1),
                "whole": Out(1),
                "word": Out(8 * WORD_BYTES),
                "failed": Out(1),
                "home": Out(bus_ports(address_bits)[0]),
            }
        )

    def elaborate(self, platform):
        m = Module()
        home = self.home
        asks = stream.Signature(request(self._address_bits)).create(path=("asks",))
        waits, final = (Signal(name=name) for name in ("waits", "final"))
        place = Signal(range(LINE_WORDS))
        m.d.comb += [
            *axi.drive_address(home, "ar", asks, WORD_SHIFT),
            asks.payload.place.eq(Cat(Const(0, LINE_SHIFT), self.place[LINE_SHIFT:])),
            asks.payload.length.eq(LINE_WORDS - 1),
            home.rready.eq(1),
            final.eq(place == LINE_WORDS - 1),
            self.beat.valid.eq(waits & home.rvalid),
            self.beat.place.eq(place),
            self.beat.data.eq(home.rdata),
            self.over.eq(self.beat.valid & (home.rlast | final)),
            self.whole.eq(~self._fails(m, final)),
        ]
        with m.If(asks.ready):
            m.d.sync += asks.valid.eq(0)
        with m.If(self.start):
            m.d.sync += [asks.valid.eq(1), waits.eq(1), place.eq(0), self.failed.eq(0)]
        with m.If(self.beat.valid):
            m.d.sync += [place.eq(place + 1), self.failed.eq(~self.whole)]
            with m.If(place == self.place[:LINE_SHIFT]):
                m.d.sync += self.word.eq(home.rdata)
        with m.If(self.over):
            m.d.sync += waits.eq(0)
        return m

    def _fails(self, m, final):
        """With this beat or one before: not OKAY, or the last one not where it must be."""
        home = self.home
        return self.failed | home.rresp.any() | (home.rlast != final)
