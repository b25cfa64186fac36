"""Reads lines of near memory (spec D90)."""

from amaranth.hdl import Array, Cat, Const, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from dre import axi
from dre.flags import Flags
from dre.kvmu.store_bus import (
    FILLS,
    LINE_WORDS,
    WORD_BYTES,
    WORD_SHIFT,
    bus_ports,
    place_bits,
    request,
)

LINE_SHIFT = (LINE_WORDS - 1).bit_length()


class LineFill(wiring.Component):
    """Reads lines, each in one burst, as they are wanted one after the other.

    Up to `FILLS` are on their way at a time. Of the line that was wanted last one word is kept.
    Beats are always taken; those that nobody waits for change nothing.

    Parameters
    ----------
    address_bits : int
        Of ``home``.
    number_bits : int
        Of a word's number in the array.
    places : int
        Bits of a line's number that say where it goes on the chip.
    kept_words : int
        Those that have a place of their own there.
    timing : Preset
        With a ``judge_latency`` there is no room while a word comes; else while the last one does.

    Members
    -------
    room : Out(1)
        A line may be wanted.
    start : In(1)
        The line of ``number`` is wanted; only with ``room``.
    number, place : In
        Of a word in the array, and in memory, in words; of the line wanted last held until it is
        here, if its word is to be kept.
    pending : Out(1)
        A line that goes where that of ``number`` does is on its way.
    comes : Out(1)
        A word comes, or what is none.
    beat : Out(struct)
        The words of the lines, as they come: ``number`` in the array, whether it is ``kept``,
        ``data``.
    over, whole : Out(1)
        The last one of a line comes in this cycle; the line is here, and nothing went wrong.
    last : Out(1)
        That line is the one wanted last.
    word : Out(64), failed : Out(1)
        From the next cycle on, of the line that came last: the word, and whether something went
        wrong.
    idle : Out(1)
        No line is on its way.
    broken : Out(1)
        A burst was too short or too long, so whose beats follow is not known; stays.
    home : Out(AXI4 read channels)
    """

    def __init__(self, *, address_bits, number_bits, places, kept_words, timing):
        self._address_bits, self._places, self._timing = address_bits, places, timing
        self._kept_words = kept_words
        beat = data.StructLayout(
            {"valid": 1, "number": number_bits, "kept": 1, "data": 8 * WORD_BYTES}
        )
        super().__init__(
            {
                "room": Out(1),
                "start": In(1),
                "number": In(number_bits),
                "place": In(place_bits(address_bits)),
                "pending": Out(1),
                "comes": Out(1),
                "beat": Out(beat),
                "over": Out(1),
                "whole": Out(1),
                "last": Out(1),
                "word": Out(8 * WORD_BYTES),
                "failed": Out(1),
                "idle": Out(1),
                "broken": Out(1),
                "home": Out(bus_ports(address_bits)[0]),
            }
        )

    def elaborate(self, platform):
        m = Module()
        home, later = self.home, self._timing.judge_latency
        domain = m.d.sync if later else m.d.comb
        beat, over = Signal.like(self.beat, name="beat_now"), Signal(name="over_now")
        whole = Signal(name="whole_now")
        asks = stream.Signature(request(self._address_bits)).create(path=("asks",))
        come = Signal(range(LINE_WORDS))  # words of the oldest line
        failing, odd = (Signal(name=name) for name in ("failing", "odd"))
        final = come == LINE_WORDS - 1
        line, waits = self._keep(m, asks, over)
        number = Cat(come, line)
        m.d.comb += [
            *axi.drive_address(home, "ar", asks, WORD_SHIFT),
            asks.payload.length.eq(LINE_WORDS - 1),
            home.rready.eq(1),
            self.comes.eq(self.beat.valid if later else home.rvalid),
            self.idle.eq(~waits),
            beat.valid.eq(waits & home.rvalid),
            beat.number.eq(number),
            beat.kept.eq(number < self._kept_words),
            beat.data.eq(home.rdata),
            odd.eq(home.rlast != final),
            over.eq(beat.valid & (home.rlast | final)),
            whole.eq(~(failing | home.rresp.any() | odd)),
        ]
        domain += [self.beat.eq(beat), self.over.eq(over), self.whole.eq(whole)]
        with m.If(asks.ready):
            m.d.sync += asks.valid.eq(0)
        with m.If(self.start):
            m.d.sync += [
                asks.valid.eq(1),
                asks.payload.place.eq(Cat(Const(0, LINE_SHIFT), self.place[LINE_SHIFT:])),
            ]
        with m.If(beat.valid):
            m.d.sync += [
                come.eq(Mux(over, 0, come + 1)),
                failing.eq(~whole & ~over),
                self.broken.eq(self.broken | (over & odd)),
            ]
            with m.If(come == self.place[:LINE_SHIFT]):
                m.d.sync += self.word.eq(home.rdata)
        with m.If(over):
            m.d.sync += self.failed.eq(~whole)
        return m

    def _keep(self, m, asks, over):
        """Which lines are on their way; returns the next one, and whether there is one."""
        width = len(self.number) - LINE_SHIFT
        lines = Array(Signal(width, name=f"line_{n}", reset_less=True) for n in range(FILLS))
        newest, oldest = (Signal(range(FILLS), name=name) for name in ("newest", "oldest"))
        under_way = Flags(m, "under_way", FILLS)
        wanted = self.number[LINE_SHIFT:]
        same = Cat(under_way.bits[n] & self._meets(lines[n], wanted) for n in range(FILLS))
        ends = Signal.like(oldest, name="ends")
        marks = self.comes if self._timing.judge_latency else self.over
        later = self._timing.judge_latency
        room = Signal(name="room_known")  # a cycle late: what starts asks for it long afterwards
        domain = m.d.sync if later else m.d.comb
        domain += room.eq(~under_way[newest] & ~asks.valid)
        m.d.comb += [
            self.room.eq(room & ~marks),
            self.pending.eq(same.any()),
            self.last.eq(self.over & (newest == (ends + 1)[: len(ends)])),
        ]
        domain = m.d.sync if self._timing.judge_latency else m.d.comb
        domain += ends.eq(oldest)
        under_way.write(self.over, ends, 0)
        under_way.write(self.start, newest, 1)
        with m.If(self.start):
            m.d.sync += lines[newest].eq(wanted)
        m.d.sync += [newest.eq(newest + self.start), oldest.eq(oldest + over)]
        told = (
            Cat(self.over & (ends == n) for n in range(FILLS)) if self._timing.judge_latency else 0
        )
        return lines[oldest], (under_way.bits & ~told).any()

    def _meets(self, line, wanted):
        """Whether both go to the same place on the chip."""
        return line[: self._places] == wanted[: self._places]
