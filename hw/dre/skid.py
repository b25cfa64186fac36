"""A stream's register that keeps who takes words out of the way of who sends them."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


class Skid(wiring.Component):
    """Two places; the second one is only used while the word in the first one waits.

    Parameters
    ----------
    shape : ShapeLike
        One word.

    Members
    -------
    push, word : In
        A word comes. Only with ``room``.
    room : Out(1)
        From a register.
    valid, head : Out
        The first word; from registers.
    take : In(1)
        It is taken, if there is one.
    """

    def __init__(self, shape):
        super().__init__(
            {
                "push": In(1),
                "word": In(shape),
                "room": Out(1),
                "valid": Out(1),
                "head": Out(shape),
                "take": In(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        head, second = (
            Signal.like(self.word, name=name, reset_less=True) for name in ("first", "second")
        )
        waiting = Signal()
        m.d.comb += [self.room.eq(~waiting), self.head.eq(head)]
        with m.If(~waiting):
            m.d.sync += second.eq(self.word)
        with m.If(self.take | ~self.valid):
            m.d.sync += [
                self.valid.eq(waiting | self.push),
                head.eq(Mux(waiting, second, self.word)),
            ]
        m.d.sync += waiting.eq(self.valid & ~self.take & (waiting | self.push))
        return m
