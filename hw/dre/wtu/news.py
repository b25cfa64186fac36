"""What is new in a row's masks for its chunk, and how much is selected."""

import operator
from contextlib import nullcontext

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from dre.memory import SyncMemory
from dre.wtu.tree import delayed, tree


class News(wiring.Component):
    """Knows what the rows of the chunk before this one have selected (spec D47).

    Parameters
    ----------
    config : WTUConfig
    latency : int
        Enabled cycles from a beat to its mask.

    Members
    -------
    en : In(1)
        The pipeline advances.
    asked : In
        The beat whose mask comes ``latency`` enabled cycles later.
    first : In(1)
        The row is the first of its chunk. Stays.
    mask, mask_beat, mask_valid, mask_last : In
        The mask.
    valid, last, beat, mask_given, new, some : Out
        The mask as it is given, what is new in it, and whether anything is; with registers between,
        an enabled cycle later.
    begin_row, begin_chunk : In(1)
        ``entries`` and ``of_chunk`` begin at 0.
    entries, of_chunk : Out
        Bits of the masks given and of what was new in them.
    """

    def __init__(self, config, *, latency):
        self._config, self._latency = config, latency
        self._registered = config.timing.registered_sums
        lanes, beat = config.lanes, range(config.list_depth)
        super().__init__(
            {
                "en": In(1),
                "asked": In(beat),
                "first": In(1),
                "mask": In(lanes),
                "mask_beat": In(beat),
                "mask_valid": In(1),
                "mask_last": In(1),
                "valid": Out(1),
                "last": Out(1),
                "beat": Out(beat),
                "mask_given": Out(lanes),
                "new": Out(lanes),
                "some": Out(1),
                "begin_row": In(1),
                "begin_chunk": In(1),
                "entries": Out(range(config.max_clusters + 1)),
                "of_chunk": Out(range(config.max_clusters + 1)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        new = self._compare(m)
        given = {
            "valid": self.mask_valid,
            "last": self.mask_last,
            "beat": self.mask_beat,
            "mask_given": self.mask,
            "new": new,
            "some": new != 0,
        }
        stages = 1 if self._registered else 0
        for name, value in given.items():
            value = delayed(m, f"given_{name}", value, stages, resets=name == "valid", en=self.en)
            m.d.comb += getattr(self, name).eq(value)
        self._count(m, "mask", self.mask_given, self.begin_row, self.entries)
        self._count(m, "new", self.new, self.begin_chunk, self.of_chunk)
        return m

    def _compare(self, m):
        """The mask's bits that no row before has."""
        config = self._config
        latency = config.timing.memory_latency
        m.submodules.union = union = SyncMemory(
            shape=config.lanes,
            depth=config.list_depth,
            latency=latency,
            apart=True,  # a row reads a beat before it writes it, and the next row long after
        )
        before, new = Signal(config.lanes), Signal(config.lanes)
        known = delayed(m, "known", union.read_data, self._latency - latency, en=self.en)
        m.d.comb += [
            union.read_en.eq(self.en),
            union.read_address.eq(self.asked),
            before.eq(Mux(self.first, 0, known)),  # nothing, before the first row
            new.eq(self.mask & ~before),
            union.write_en.eq(self.en & self.mask_valid),
            union.write_address.eq(self.mask_beat),
            union.write_data.eq(self.mask | before),
        ]
        return new

    def _count(self, m, name, mask, begin, sum_):
        """Adds up the bits of what is given."""
        given = self.en & self.valid
        kept = Signal.like(sum_, name=f"{name}_kept", reset_less=True)
        bits = [mask[n] for n in range(self._config.lanes)]
        if self._registered:
            bits = [delayed(m, f"{name}_{n}", bit & given, 1) for n, bit in enumerate(bits)]
        count = tree(m, f"{name}_count", bits, operator.add, registered=self._registered)
        with nullcontext() if self._registered else m.If(given):
            m.d.sync += kept.eq(kept + count)
        with m.If(begin):
            m.d.sync += kept.eq(0)
        m.d.comb += sum_.eq(kept)
