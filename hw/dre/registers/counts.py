"""Counts of 64 bits out of counters that wrap (spec D131)."""

from amaranth.hdl import Array, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from dre.layouts import index
from dre.memory import SyncMemory

LONG_BITS = 64
WORD_BITS = 32


class Counts(wiring.Component):
    """Adds up counters in a memory, one after the other, again and again.

    A counter must not wrap in less than `longest_turn` cycles.

    Parameters
    ----------
    bits : dict of str to int
        Of each counter.
    latency : int
        Read latency of the memory.

    Members
    -------
    counters : In(struct)
    stopped : In(1)
        The counters are in reset: all sums become 0.
    take : In(1)
        All sums are copied, one after the other, to where they can be read.
    taking : Out(1)
        That has not ended.
    zero : Out(1)
        All sums are 0 since ``stopped`` came.
    count : struct of ``asked``, ``number``, ``high`` (in) and ``known``, ``word`` (out)
        A word of a copy is asked for, until it is known.
    """

    def __init__(self, bits, latency):
        self._bits, self._latency = dict(bits), latency
        super().__init__(
            {
                "counters": In(data.StructLayout(self._bits)),
                "stopped": In(1),
                "take": In(1),
                "taking": Out(1),
                "zero": Out(1),
                "count": In(
                    wiring.Signature(
                        {
                            "asked": Out(1),
                            "number": Out(index(len(self._bits))),
                            "high": Out(1),
                            "known": In(1),
                            "word": In(WORD_BITS),
                        }
                    )
                ),
            }
        )

    @property
    def longest_turn(self):
        """Cycles in which every counter is looked at, whatever is asked for in between."""
        return len(self._bits) * ((self._latency + 1) + (self._latency + 3))

    def elaborate(self, platform):
        m = Module()
        m.submodules.sums = sums = SyncMemory(
            shape=LONG_BITS, depth=2 * len(self._bits), latency=self._latency
        )
        item = Signal(index(len(self._bits)))
        copied, reading = Signal(), Signal()
        serves, served = Signal(), Signal()  # a word of a copy; and so did the turn before
        total = Signal(LONG_BITS)
        m.d.comb += [
            sums.read_en.eq(1),
            sums.write_data.eq(total),
            self.count.word.eq(sums.read_data.word_select(self.count.high, WORD_BITS)),
        ]
        ends = self._passes(m, item, copied)
        with m.FSM():
            with m.State("look"):
                asked = self.count.asked & ~served
                m.d.comb += [
                    reading.eq(asked),
                    sums.read_address.eq(
                        Mux(asked, (self.count.number << 1) | 1, item << 1),
                    ),
                ]
                m.d.sync += [serves.eq(asked), served.eq(asked)]
                m.next = "wait" if self._latency > 1 else "use"
            with m.State("wait"):
                m.next = "use"
            with m.State("use"):
                m.d.comb += self.count.known.eq(serves)
                m.d.sync += total.eq(self._sum(sums.read_data, item))
                m.next = "look"
                with m.If(~serves):
                    m.next = "write"
            with m.State("write"):
                m.d.comb += [sums.write_en.eq(1), sums.write_address.eq(item << 1)]
                m.next = "look"
                with m.If(copied):
                    m.next = "copy"
                with m.Else():
                    m.d.comb += ends.eq(1)
            with m.State("copy"):
                m.d.comb += [sums.write_en.eq(1), sums.write_address.eq((item << 1) | 1)]
                m.d.comb += ends.eq(1)
                m.next = "look"
        return m

    def _sum(self, before, item):
        """What a sum is now: its low bits are the counter's when it was looked at before."""
        counters = [self.counters[name] for name in self._bits]
        masks = Array((1 << bits) - 1 for bits in self._bits.values())
        more = (Array(counters)[item] - before[:WORD_BITS]) & masks[item]
        return Mux(self.stopped, 0, before + more)

    def _passes(self, m, item, copied):
        """From item to item; what a whole turn has done. Returns the end of an item."""
        ends, last = Signal(), item == len(self._bits) - 1
        wanted, clean = Signal(), Signal()
        m.d.comb += self.taking.eq(wanted | copied)
        with m.If(ends):
            m.d.sync += item.eq(Mux(last, 0, item + 1))
            with m.If(last):  # a turn begins
                m.d.sync += [
                    copied.eq(wanted | self.stopped),
                    wanted.eq(0),
                    clean.eq(self.stopped),
                    self.zero.eq(clean & self.stopped),
                ]
        with m.If(self.take):
            m.d.sync += wanted.eq(1)
        with m.If(~self.stopped):
            m.d.sync += [clean.eq(0), self.zero.eq(0)]
        return ends
