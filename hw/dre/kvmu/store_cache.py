"""Lines of the store that are on the chip (spec D90)."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from dre.kvmu import secded
from dre.kvmu.store_bus import LINE_WORDS, WORD_BYTES
from dre.layouts import index
from dre.memory import SyncMemory

LINE_SHIFT = ceil_log2(LINE_WORDS)


class LineCache(wiring.Component):
    """The first words of the array, always, and a place for each other line, by its low bits.

    Tags have check bits, words come with theirs. After reset all lines are made empty, one a cycle.

    Parameters
    ----------
    words, kept_words, cache_words : int
        Of the array; of those that are always here; of the places for others.
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
    hit : Out(1), wrong : Out(1), kept : Out(1)
        It is the word that was looked for; it is not known which one it is; it is always here.
    put : In(struct)
        A word that is always here (``kept``), or another one (``other``): its ``number``, ``data``;
        with ``same`` it is the word that is looked for.
    mark : In(struct)
        The place of the line with the word ``number`` holds it (``there``), or none.
    ready : Out(1)
        All lines have been made empty; nothing is looked for, put or marked before.
    """

    def __init__(self, *, words, kept_words, cache_words, timing):
        self._lines, self._kept, self._timing = cache_words // LINE_WORDS, kept_words, timing
        bits = max(1, (words - 1).bit_length() - ceil_log2(cache_words))
        self._tag = data.StructLayout({"there": 1, "tag": bits})
        self.number_bits = number = ceil_log2(cache_words) + bits
        super().__init__(
            {
                "number": In(number),
                "look": In(1),
                "word": Out(8 * WORD_BYTES),
                "hit": Out(1),
                "wrong": Out(1),
                "kept": Out(1),
                "put": In(
                    data.StructLayout(
                        {"kept": 1, "other": 1, "same": 1, "number": number, "data": 64}
                    )
                ),
                "mark": In(data.StructLayout({"valid": 1, "number": number, "there": 1})),
                "ready": Out(1),
            }
        )

    @property
    def place_bits(self):
        """Of a line's number: those that say where it goes."""
        return ceil_log2(self._lines)

    def elaborate(self, platform):
        m = Module()
        put, kept = self.put, self.kept
        domain = m.d.sync if self._timing.judge_latency else m.d.comb
        domain += kept.eq(self.number < self._kept)  # what is found comes later
        others = self._words(m, "array", self._lines * LINE_WORDS, put.other)
        m.d.comb += self.word.eq(others)
        if self._kept:
            first = self._words(m, "kept", self._kept, put.kept)
            with m.If(kept):
                m.d.comb += self.word.eq(first)
        self._look_up(m, kept)
        return m

    def _words(self, m, name, depth, put):
        """A memory of words, by the low bits of their numbers; returns what is looked at."""
        m.submodules[name] = memory = SyncMemory(
            shape=8 * WORD_BYTES,
            depth=depth,
            latency=self._timing.memory_latency,
            apart=True,
        )
        m.d.comb += [
            memory.read_en.eq(self.look),
            memory.read_address.eq(self.number),
            memory.write_en.eq(put),
            memory.write_address.eq(Mux(self.put.same, self.number, self.put.number)),
            memory.write_data.eq(self.put.data),
        ]
        return memory.read_data

    def _look_up(self, m, kept):
        """Tags: read, compared, written."""
        timing, bits = self._timing, self._tag.size + secded.CHECK_BITS
        m.submodules.tags = tags = SyncMemory(
            shape=bits, depth=self._lines, latency=timing.memory_latency, apart=True
        )
        sweep = self._sweep(m)
        found, wrong, hit = Signal(bits), Signal(), Signal()
        known, entry = Signal(self._tag), Signal(self._tag)
        line, tag = self._parts(self.number)
        marked, entry_tag = self._parts(self.mark.number)
        m.d.comb += [
            tags.read_en.eq(self.look),
            tags.read_address.eq(line),
            found.eq(tags.read_data),
            known.as_value().eq(found),
            wrong.eq(secded.syndrome(found).any() & ~kept),
            hit.eq((known.there & (known.tag == tag) & ~wrong) | kept),
            entry.there.eq(self.mark.there & self.ready),
            entry.tag.eq(entry_tag),
            tags.write_en.eq(self.mark.valid | ~self.ready),
            tags.write_address.eq(Mux(self.ready, marked, sweep)),
            tags.write_data.eq(secded.encode(entry.as_value())),
        ]
        domain = m.d.sync if timing.judge_latency else m.d.comb
        domain += [self.hit.eq(hit), self.wrong.eq(wrong)]

    def _parts(self, number):
        """The place of a word's line, and its tag."""
        line = number[LINE_SHIFT:]
        return line[: self.place_bits], line[self.place_bits :]

    def _sweep(self, m):
        """The line that is made empty; all have been when ``ready``."""
        sweep = Signal(index(self._lines))
        with m.If(~self.ready):
            m.d.sync += [sweep.eq(sweep + 1), self.ready.eq(sweep == self._lines - 1)]
        return sweep
