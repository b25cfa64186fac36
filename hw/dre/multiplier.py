"""The only place where multipliers with registers of their own come from."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from dre.checks import integer


class Multiplier(wiring.Component):
    """Product of two unsigned numbers, one a cycle, ``LATENCY`` cycles later.

    This is the generic body. A vendor's multiplier with its registers goes behind this signature:
    a platform with a method ``multiplier`` gives it, or None to leave it at the generic one.

    Parameters
    ----------
    a_bits, b_bits : int
        Bits of the factors: 1 to 64.

    Members
    -------
    a, b : In
        Factors.
    product : Out
        Their product.

    Raises
    ------
    TypeError, ValueError
        If a number of bits is not an int in its range.
    """

    LATENCY = 2
    """Registers behind the factors and behind the product."""

    def __init__(self, *, a_bits, b_bits):
        self.a_bits = integer("a_bits", a_bits, 1, 64)
        self.b_bits = integer("b_bits", b_bits, 1, 64)
        super().__init__({"a": In(a_bits), "b": In(b_bits), "product": Out(a_bits + b_bits)})

    def elaborate(self, platform):
        vendor = getattr(platform, "multiplier", None)
        return (vendor and vendor(self)) or self._generic()

    def _generic(self):
        m = Module()
        a = Signal.like(self.a, reset_less=True)
        b = Signal.like(self.b, reset_less=True)
        product = Signal.like(self.product, reset_less=True)
        m.d.sync += [a.eq(self.a), b.eq(self.b), product.eq(a * b)]
        m.d.comb += self.product.eq(product)
        return m
