"""A queue that is never asked to hold more than it can."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from dre.layouts import index
from dre.memory import SyncMemory


class Queue(wiring.Component):
    """First in, first out; a word is offered three cycles after it was pushed.

    There is no way to refuse a word: who pushes owns at most ``depth`` of them.

    Parameters
    ----------
    shape : ShapeLike
    depth : int

    Members
    -------
    push : In(1)
    i : In(shape)
        Taken in a cycle with ``push``.
    o : Out(stream)
    """

    def __init__(self, shape, depth):
        self._shape, self._depth = shape, depth
        super().__init__({"push": In(1), "i": In(shape), "o": Out(stream.Signature(shape))})

    def elaborate(self, platform):
        m = Module()
        m.submodules.words = words = SyncMemory(shape=self._shape, depth=self._depth, latency=1)
        held = Signal(range(self._depth + 1))  # without the one that is offered
        fetch, pushed = Signal(), Signal()
        m.d.comb += [
            fetch.eq((held != 0) & (self.o.ready | ~self.o.valid)),
            words.write_en.eq(self.push),
            words.write_address.eq(self._pointer(m, "write_place", self.push)),
            words.write_data.eq(self.i),
            words.read_en.eq(fetch),
            words.read_address.eq(self._pointer(m, "read_place", fetch)),
            self.o.payload.eq(words.read_data),
        ]
        m.d.sync += [
            pushed.eq(self.push),
            # What is fetched is known late: it only chooses.
            held.eq(Mux(fetch == pushed, held, Mux(fetch, held - 1, held + 1))),
            self.o.valid.eq(fetch | (self.o.valid & ~self.o.ready)),
        ]
        return m

    def _pointer(self, m, name, moves):
        pointer = Signal(index(self._depth), name=name)
        with m.If(moves):
            m.d.sync += pointer.eq(Mux(pointer == self._depth - 1, 0, pointer + 1))
        return pointer
