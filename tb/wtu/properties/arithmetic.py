"""Spec D42 in whole numbers: TH * S / 2^16, rounded down.

The product stands here as the sum of shifted numbers, one for each bit of TH.
"""

from amaranth.hdl import Cat, Const, Mux, Signal

from verification.claims import implies


def kept(harness, name, stays):
    """An input as it was in the cycle of ``start``; assumed to stay so if ``stays``."""
    m, unit = harness.m, harness.unit
    port = getattr(unit, name)
    was = Signal(len(port), name=f"{name}_at_start")
    with m.If(unit.start):
        m.d.sync += was.eq(port)
    if stays:
        harness.assume(unit.start | (port == was))
    return was


def begun(harness):
    """There has been a start since reset."""
    ever = Signal(name="begun")
    with harness.m.If(harness.unit.start):
        harness.m.d.sync += ever.eq(1)
    return ever


def fraction(harness):
    """result = floor(number * TH / 2^16), and it comes; with each digit, the same of those done."""
    unit, product = fraction_at_ports(harness)
    left, factor, bits = harness.signal("left"), harness.signal("factor"), unit._digit_bits
    steps = unit.TH_BITS // bits
    harness.claim(left <= steps)
    harness.claim(implies(product.begun, product.done <= unit.TH_BITS))
    done = [product.done == step * bits for step in range(steps + 1)]
    harness.claim(Cat(done).any())
    for step in range(steps + 1):
        # What is below the digits done stays; the rest is what the unit has.
        here = product.begun & (product.done == step * bits)
        harness.claim(implies(here, (left == steps - step) & (factor == product.rest)))
        harness.claim(implies(here, product.sum >> (step * bits) == unit.result))
    harness.cover(product.begun & unit.done & (unit.result > 3))


class Product:
    """number * TH as at school: for each bit of TH, lowest first, the number so far shifted."""

    def __init__(self, harness, number):
        m, unit = harness.m, harness.unit
        bits = unit._digit_bits
        self.begun = Signal(name="begun")
        self.done = Signal(range(unit.TH_BITS + 1), name="bits_done")
        self.rest = Signal(unit.TH_BITS, name="bits_to_do")
        self.sum = Signal(len(unit.number) + unit.TH_BITS, name="product")
        digit = sum((Mux(self.rest[n], number, 0) << n for n in range(bits)), Const(0, 1))
        with m.If(unit.start):
            m.d.sync += [self.begun.eq(1), self.done.eq(0), self.rest.eq(unit.TH), self.sum.eq(0)]
        for step in range(0, unit.TH_BITS, bits):
            with m.If(~unit.start & (self.done == step)):
                m.d.sync += [
                    self.done.eq(step + bits),
                    self.rest.eq(self.rest >> bits),
                    self.sum.eq(self.sum + (digit << step)),
                ]


def fraction_at_ports(harness):
    """The result alone; returns the unit and the product."""
    unit = harness.unit
    number = kept(harness, "number", stays=True)
    product = Product(harness, number)
    over = product.begun & (product.done == unit.TH_BITS)
    harness.claim(implies(over, unit.done & (unit.result == product.sum >> unit.TH_BITS)))
    return unit, product
