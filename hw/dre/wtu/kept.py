"""What is kept of rows on the chip."""

from amaranth.hdl import Cat, Module, Mux
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from dre.memory import SyncMemory
from dre.wtu.key import KEY_BITS
from dre.wtu.mass import COUNT_BITS


class Kept(wiring.Component):
    """Keys of two rows, and counts of one chunk, a beat a word.

    What is read is never used while it is written: a set that is loaded is neither gone through nor
    given, counts are written when they are not needed any more, and what reads them in a chunk's
    first row takes them from the stream. A row that is too long to be kept is written over itself.

    Parameters
    ----------
    config : WTUConfig

    Members
    -------
    write, write_counts : In(1)
        Keep the keys of a beat, and its counts.
    write_beat, write_set, keys, counts : In
    replay, replay_beat, replay_set : In
        Read a beat of the row that is gone through.
    coming : In
        Else, the beat whose counts are read.
    give, give_en, give_beat, give_set : In
        Read a beat of the row that is given, in cycles with ``give_en``; nothing else is read then.
        Only where lists may be full.
    key_read, count_read : Out
        What was read, ``memory_latency`` cycles later.
    """

    def __init__(self, config):
        self._config = config
        beat = range(config.list_depth)
        keys = data.ArrayLayout(KEY_BITS, config.lanes)
        counts = data.ArrayLayout(COUNT_BITS, config.lanes)
        super().__init__(
            {
                "write": In(1),
                "write_counts": In(1),
                "write_beat": In(beat),
                "write_set": In(1),
                "keys": In(keys),
                "counts": In(counts),
                "replay": In(1),
                "replay_beat": In(beat),
                "replay_set": In(1),
                "coming": In(beat),
                "give": In(1),
                "give_en": In(1),
                "give_beat": In(beat),
                "give_set": In(1),
                "key_read": Out(keys),
                "count_read": Out(counts),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config, depth = self._config, self._config.row_depth
        latency = config.timing.memory_latency
        m.submodules.keys = keys = SyncMemory(
            shape=self.keys.shape(), depth=2 * depth, latency=latency, apart=True
        )
        m.submodules.counts = counts = SyncMemory(
            shape=self.counts.shape(), depth=depth, latency=latency, apart=True
        )

        def place(beat):
            return beat[: depth.bit_length() - 1]

        beat, which, enabled = self.replay_beat, self.replay_set, 1
        of_counts = Mux(self.replay, beat, self.coming)
        if config.lists_fill:
            enabled = ~self.give | self.give_en
            beat, which = Mux(self.give, self.give_beat, beat), Mux(self.give, self.give_set, which)
            of_counts = Mux(self.give, self.give_beat, of_counts)
        m.d.comb += [
            keys.write_en.eq(self.write),
            keys.write_address.eq(Cat(place(self.write_beat), self.write_set)),
            keys.write_data.eq(self.keys),
            keys.read_en.eq(enabled),
            keys.read_address.eq(Cat(place(beat), which)),
            counts.write_en.eq(self.write_counts),
            counts.write_address.eq(place(self.write_beat)),
            counts.write_data.eq(self.counts),
            counts.read_en.eq(enabled),
            counts.read_address.eq(place(of_counts)),
            self.key_read.eq(keys.read_data),
            self.count_read.eq(counts.read_data),
        ]
        return m
