"""Lights that say whether a board is alive (spec D145)."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

BLINKS_HZ = 1
LOOKS = 8
"""How often at least the busy light is looked at in half a blink."""


class Lights(wiring.Component):
    """Makes what lasts a moment last long enough to be seen; one counter divides the clock.

    Parameters
    ----------
    clock_hz : int

    Members
    -------
    works : In(1)
    alive : Out(1)
        1 for half a second, then 0 for as long.
    busy : Out(1)
        It works, or did so less than 1/16 to 1/4 of a second ago.
    """

    def __init__(self, clock_hz):
        self._half = clock_hz // (2 * BLINKS_HZ)
        super().__init__({"works": In(1), "alive": Out(1), "busy": Out(1)})

    def elaborate(self, platform):
        m = Module()
        cycles, left = Signal(range(self._half)), Signal(2)
        ends, looks = Signal(), Signal()  # registered: the counter is long
        m.d.sync += [
            cycles.eq(Mux(ends, 0, cycles + 1)),
            ends.eq(cycles == self._half - 2),
            looks.eq(cycles[: (self._half // LOOKS).bit_length()].all()),
        ]
        m.d.comb += self.busy.eq(left != 0)
        with m.If(ends):
            m.d.sync += self.alive.eq(~self.alive)
        with m.If(self.works):
            m.d.sync += left.eq(2)
        with m.Elif(looks & self.busy):
            m.d.sync += left.eq(left - 1)
        return m
