"""Keeps a few words on their way, so that who sends them need not stop at once."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from dre.memory import SyncMemory


class Queue(wiring.Component):
    """First in, first out; a word a cycle.

    Parameters
    ----------
    shape : ShapeLike
        One word.
    depth : int
        A power of two, and one more than the words for which there may be room.

    Members
    -------
    push, word : In
        A word comes. There must be room: who sends counts what is on its way.
    valid, head : Out
        The first word, two cycles after it came or later.
    pop : In(1)
        It is taken. Only with ``valid``.
    """

    def __init__(self, *, shape, depth):
        self._shape, self._depth = shape, depth
        super().__init__(
            {"push": In(1), "word": In(shape), "valid": Out(1), "head": Out(shape), "pop": In(1)}
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.words = words = SyncMemory(
            shape=self._shape,
            depth=self._depth,
            latency=1,
            apart=True,  # a word is fetched in the cycle after it is written, or later
        )
        fetch, some = Signal(), Signal()
        m.d.comb += [
            some.eq(words.write_address != words.read_address),
            fetch.eq(some & (self.pop | ~self.valid)),
            words.write_en.eq(self.push),
            words.write_data.eq(self.word),
            words.read_en.eq(fetch),
            self.head.eq(words.read_data),
        ]
        m.d.sync += [
            words.write_address.eq(words.write_address + self.push),
            words.read_address.eq(words.read_address + fetch),
            self.valid.eq(fetch | (self.valid & ~self.pop)),
        ]
        return m
