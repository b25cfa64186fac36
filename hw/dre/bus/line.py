"""A few things in their order, in registers."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


class Line(wiring.Component):
    """First in, first out; what was pushed is there in the next cycle.

    Parameters
    ----------
    shape : ShapeLike
    depth : int
        At least 1.

    Members
    -------
    push : In(1), last : In(shape)
        One joins. Only if ``level`` is below ``depth``.
    first : Out(shape)
        The oldest, if there is one.
    pop : In(1)
        It leaves. Only if there is one.
    level : Out
        How many there are.
    """

    def __init__(self, shape, depth):
        self._depth = depth
        super().__init__(
            {
                "push": In(1),
                "last": In(shape),
                "first": Out(shape),
                "pop": In(1),
                "level": Out(range(depth + 1)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        places = [
            Signal.like(self.first, name=f"place_{n}", reset_less=True) for n in range(self._depth)
        ]
        m.d.comb += self.first.eq(places[0])
        m.d.sync += self.level.eq(self.level + self.push - self.pop)
        for number, place in enumerate(places):
            with m.If(self.pop & (number + 1 < self._depth)):
                m.d.sync += place.eq(places[min(number + 1, self._depth - 1)])
            with m.If(self.push & (self.level == number + self.pop)):
                m.d.sync += place.eq(self.last)
        return m
