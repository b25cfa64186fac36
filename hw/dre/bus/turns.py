"""Whose turn it is (spec D111)."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


class Turns(wiring.Component):
    """Round robin: of those who ask, the next one behind the last one who got it.

    Who asks and goes on asking waits for each of the others once at most.

    Parameters
    ----------
    count : int

    Members
    -------
    asks : In(count)
        By number.
    go : In(1)
        One of them may have it now.
    given : Out(count)
        Who gets it in this cycle: at most one bit.
    """

    def __init__(self, count):
        super().__init__({"asks": In(count), "go": In(1), "given": Out(count)})

    def elaborate(self, platform):
        m = Module()
        count = len(self.asks)
        behind = Signal(count)  # those with a higher number than the last one who got it
        first, chosen = Signal(count), Signal(count)
        m.d.comb += [
            first.eq(self.asks & behind),
            chosen.eq(Mux(first.any(), _lowest(first), _lowest(self.asks))),
            self.given.eq(Mux(self.go, chosen, 0)),
        ]
        with m.If(self.given.any()):
            m.d.sync += behind.eq(~(chosen | (chosen - 1)))
        return m


def _lowest(bits):
    """The lowest bit that is 1, alone."""
    return bits & (~bits + 1)[: len(bits)]
