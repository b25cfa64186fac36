"""Lines of the store that are on the chip (spec D90)."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from dre.kvmu import secded
from dre.kvmu.store_bus import LINE_WORDS, WORD_BYTES
from dre.layouts import index
from dre.memory import SyncMemory

LINE_SHIFT = ceil_log2(LINE_WORDS)


class LineCache(wiring.Component):
    """A place for each line, by its low bits; tags have check bits, words come with theirs.

    After reset all lines are made empty, one a cycle.

    Parameters
    ----------
    words, cache_words : int
        Of the array, and of the part that is here.
    timing : Preset
        What was looked for is found ``memory_latency`` cycles later, and whether it is what was
        looked for ``judge_latency`` cycles behind that.

    Members
    -------
    number : In
        Of a word; held while it is looked for, and written to.
    look : In(1)
        Look for it; as ``read_en`` of `SyncMemory`.
    word : Out(64)
        As stored in its place.
    hit : Out(1), wrong : Out(1)
        It is the word that was looked for; it is not known which one it is.
    put : In(struct)
        A word of the line of ``number``: its ``place`` in it, ``data``.
    mark : In(struct)
        The line's place holds it (``there``), or none.
    ready : Out(1)
        All lines have been made empty; nothing is looked for, put or marked before.
    """

    def __init__(self, *, words, cache_words, timing):
        self._lines, self._timing = cache_words // LINE_WORDS, timing
        bits = max(1, (words - 1).bit_length() - ceil_log2(cache_words))
        self._tag = data.StructLayout({"there": 1, "tag": bits})
        place = data.StructLayout({"valid": 1, "place": range(LINE_WORDS), "data": 8 * WORD_BYTES})
        super().__init__(
            {
                "number": In(ceil_log2(cache_words) + bits),
                "look": In(1),
                "word": Out(8 * WORD_BYTES),
                "hit": Out(1),
                "wrong": Out(1),
                "put": In(place),
                "mark": In(data.StructLayout({"valid": 1, "there": 1})),
                "ready": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        timing, line_bits = self._timing, ceil_log2(self._lines)
        line = Signal(index(self._lines))
        tag = self.number[LINE_SHIFT + line_bits :]
        m.submodules.array = array = SyncMemory(
            shape=8 * WORD_BYTES,
            depth=self._lines * LINE_WORDS,
            latency=timing.memory_latency,
            apart=True,
        )
        m.d.comb += [
            line.eq(self.number[LINE_SHIFT : LINE_SHIFT + line_bits]),
            array.read_en.eq(self.look),
            array.read_address.eq(self.number),
            array.write_en.eq(self.put.valid),
            array.write_address.eq(Cat(self.put.place, line)),
            array.write_data.eq(self.put.data),
            self.word.eq(array.read_data),
        ]
        self._look_up(m, line, tag)
        return m

    def _look_up(self, m, line, tag):
        """Tags: read, compared, written."""
        timing, bits = self._timing, self._tag.size + secded.CHECK_BITS
        m.submodules.tags = tags = SyncMemory(
            shape=bits, depth=self._lines, latency=timing.memory_latency, apart=True
        )
        sweep = self._sweep(m)
        found, wrong, hit = Signal(bits), Signal(), Signal()
        known, entry = Signal(self._tag), Signal(self._tag)
        m.d.comb += [
            tags.read_en.eq(self.look),
            tags.read_address.eq(line),
            found.eq(tags.read_data),
            known.as_value().eq(found),
            wrong.eq(secded.syndrome(found).any()),
            hit.eq(known.there & (known.tag == tag) & ~wrong),
            entry.there.eq(self.mark.there & self.ready),
            entry.tag.eq(tag),
            tags.write_en.eq(self.mark.valid | ~self.ready),
            tags.write_address.eq(Mux(self.ready, line, sweep)),
            tags.write_data.eq(secded.encode(entry.as_value())),
        ]
        domain = m.d.sync if timing.judge_latency else m.d.comb
        domain += [self.hit.eq(hit), self.wrong.eq(wrong)]

    def _sweep(self, m):
        """The line that is made empty; all have been when ``ready``."""
        sweep = Signal(index(self._lines))
        with m.If(~self.ready):
            m.d.sync += [sweep.eq(sweep + 1), self.ready.eq(sweep == self._lines - 1)]
        return sweep
