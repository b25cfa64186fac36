"""Items of one width out of beats of another."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out


class Gear(wiring.Component):
    """Cuts beats into items, or puts them together; both widths are powers of two.

    Parameters
    ----------
    beat_bits, item_bits : int

    Members
    -------
    beats, items : In(stream), Out(stream)
        ``data``, the lowest bits first; ``failed``: of an item, if a beat of it has.
    """

    def __init__(self, beat_bits, item_bits):
        self._beat, self._item = beat_bits, item_bits
        super().__init__(
            {
                "beats": In(stream.Signature(data.StructLayout({"data": beat_bits, "failed": 1}))),
                "items": Out(stream.Signature(data.StructLayout({"data": item_bits, "failed": 1}))),
            }
        )

    def elaborate(self, platform):
        m = Module()
        if self._beat > self._item:
            self._cut(m, self._beat // self._item)
        elif self._beat < self._item:
            self._join(m, self._item // self._beat)
        else:
            wiring.connect(m, wiring.flipped(self.beats), wiring.flipped(self.items))
        return m

    def _cut(self, m, count):
        beat, item = self.beats.payload, self.items.payload
        place = Signal(range(count))
        m.d.comb += [
            self.items.valid.eq(self.beats.valid),
            self.beats.ready.eq(self.items.ready & (place == count - 1)),
            item.data.eq(beat.data.word_select(place, self._item)),
            item.failed.eq(beat.failed),
        ]
        with m.If(self.items.valid & self.items.ready):
            m.d.sync += place.eq(place + 1)

    def _join(self, m, count):
        beat, item = self.beats.payload, self.items.payload
        there = Signal(range(count + 1))
        taken, given = self.beats.valid & self.beats.ready, self.items.valid & self.items.ready
        m.d.comb += [
            self.items.valid.eq(there == count),
            self.beats.ready.eq((there != count) | self.items.ready),
        ]
        m.d.sync += there.eq(Mux(given, 0, there) + taken)
        with m.If(taken):
            m.d.sync += [
                item.data.eq(item.data[self._beat :] | (beat.data << (self._item - self._beat))),
                item.failed.eq(beat.failed | (item.failed & (there != count) & (there != 0))),
            ]
