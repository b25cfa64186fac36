"""The mass of what a row selects (spec D42), when its masks have been given."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from dre.layouts import MASS_BITS
from dre.wtu.row import WEIGHT_BITS


class RowMass(wiring.Component):
    """Tokens at the threshold times the mass of each, added to what is above; then its unit.

    A bit of the tokens a cycle, then an octave a cycle.

    Parameters
    ----------
    tokens_bits, octaves_bits : int
    registered : bool
        Whether tokens are left is known a cycle ahead.

    Members
    -------
    begin, above : In
        The mass above the threshold. Not with ``step``.
    tokens, each, octaves : In
        What is to be added, and how far its unit is above the trailer's; taken in every cycle
        without ``step``.
    step : In(1)
        Go on.
    over : Out(1)
        The mass is there.
    mass : Out(57)
    """

    def __init__(self, *, tokens_bits, octaves_bits, registered):
        self._registered = registered
        super().__init__(
            {
                "begin": In(1),
                "above": In(MASS_BITS + 1),
                "tokens": In(tokens_bits),
                "each": In(WEIGHT_BITS),
                "octaves": In(octaves_bits),
                "step": In(1),
                "over": Out(1),
                "mass": Out(MASS_BITS + 1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        mass = Signal.like(self.mass, reset_less=True)
        factor = Signal.like(self.tokens, reset_less=True)
        each = Signal.like(self.mass, reset_less=True)
        octaves = Signal.like(self.octaves, reset_less=True)
        some = Signal()  # the factor is not 0
        if self._registered:
            ahead = Signal(reset_less=True)
            m.d.sync += ahead.eq(Mux(self.step, factor[1:], self.tokens).any())
            m.d.comb += some.eq(ahead)
        else:
            m.d.comb += some.eq(factor != 0)
        with m.If(self.begin):
            m.d.sync += mass.eq(self.above)
        m.d.sync += [factor.eq(self.tokens), each.eq(self.each), octaves.eq(self.octaves)]
        with m.If(self.step):
            m.d.sync += [factor.eq(factor >> 1), each.eq(each << 1), octaves.eq(octaves)]
            with m.If(some & factor[0]):
                m.d.sync += mass.eq(mass + each)
            with m.Elif(~some & (octaves != 0)):
                m.d.sync += [mass.eq(mass << 1), octaves.eq(octaves - 1)]
        m.d.comb += [self.mass.eq(mass), self.over.eq(~some & (octaves == 0))]
        return m
