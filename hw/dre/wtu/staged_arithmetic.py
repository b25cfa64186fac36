"""Arithmetic of a row's threshold, with a register behind each step."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, signed
from amaranth.lib import wiring

from dre.multiplier import Multiplier
from dre.wtu.arithmetic import TH_BITS, divider_ports, fraction_ports
from dre.wtu.mass import WEIGHT_STAGES
from dre.wtu.tree import delayed

_DIGIT_BITS = 2
"""Of a quotient, in a cycle."""


def _finish(m, unit, left):
    """``done`` in a register of its own."""
    done = Signal(init=1)
    m.d.sync += done.eq(~unit.start & (done | (left == 1)))
    m.d.comb += unit.done.eq(done)


class StagedFraction(wiring.Component):
    """The same as `dre.wtu.arithmetic.Fraction`, with one multiplier: 16 bits of number a cycle."""

    def __init__(self, *, bits):
        self._digits = -(-bits // TH_BITS)
        super().__init__(fraction_ports(bits))

    def elaborate(self, platform):
        m = Module()
        m.submodules.multiplier = multiplier = Multiplier(a_bits=TH_BITS, b_bits=TH_BITS)
        steps = self._digits + Multiplier.LATENCY + 1
        left = Signal(range(steps + 1))
        number = Signal(self._digits * TH_BITS, reset_less=True)
        # Products overlap by half: what is above a digit is carried into the next one.
        carry = Signal(TH_BITS, reset_less=True)
        total = Signal(2 * TH_BITS)
        result = Signal(self._digits * TH_BITS, reset_less=True)
        _finish(m, self, left)
        with m.If(self.start):
            m.d.sync += [left.eq(steps), number.eq(self.number)]
        with m.Elif(~self.done):
            m.d.sync += [left.eq(left - 1), number.eq(number >> TH_BITS)]
        m.d.comb += [
            multiplier.a.eq(number[:TH_BITS]),
            multiplier.b.eq(self.TH),
            total.eq(multiplier.product + carry),
        ]
        # Before the lowest digit comes, nothing is carried; after the highest, all is.
        coming = Signal()
        m.d.comb += coming.eq(left <= self._digits + 1)
        with m.If(~self.done):
            m.d.sync += [
                carry.eq(Mux(coming, total[TH_BITS:], 0)),
                result.eq(Cat(result[TH_BITS:], total[:TH_BITS])),
            ]
        m.d.comb += self.result.eq(result)
        return m


class StagedDivider(wiring.Component):
    """The same as `dre.wtu.arithmetic.Divider`, two bits a cycle.

    In the cycle of the start and ``DIVISOR_LATE`` more the divisor may still be anything.
    """

    DIVISOR_LATE = WEIGHT_STAGES + 1
    """A threshold is noted, its weight made, and kept."""

    def __init__(self, *, divisor_bits, quotient_bits):
        self._divisor_bits, self._quotient_bits = divisor_bits, quotient_bits
        super().__init__(divider_ports(divisor_bits, quotient_bits))

    def elaborate(self, platform):
        m = Module()
        steps = self._quotient_bits // _DIGIT_BITS
        before = self.DIVISOR_LATE + 1  # and three times the divisor is made
        left = Signal(range(steps + before + 1))
        rest = Signal(self._divisor_bits, reset_less=True)
        row = Signal(self._quotient_bits, reset_less=True)
        once = self.divisor
        thrice = delayed(m, "thrice", once + Cat(Const(0, 1), once), 1)
        tried = Signal(self._divisor_bits + _DIGIT_BITS)
        m.d.comb += tried.eq(Cat(row[-_DIGIT_BITS:], rest))
        now, digit = tried, Const(0, _DIGIT_BITS)
        for n, multiple in enumerate((once, Cat(Const(0, 1), once), thrice), 1):
            less = Signal(signed(len(tried) + 1), name=f"less_{n}")
            m.d.comb += less.eq(tried - multiple)
            now, digit = Mux(less >= 0, less, now), Mux(less >= 0, n, digit)
        _finish(m, self, left)
        with m.If(self.start):
            m.d.sync += [
                left.eq(steps + before),
                row.eq(self.number[: self._quotient_bits]),
                rest.eq(self.number[self._quotient_bits :]),
            ]
        with m.Elif(~self.done):
            m.d.sync += left.eq(left - 1)
            with m.If(left <= steps):
                m.d.sync += [
                    rest.eq(now[: self._divisor_bits]),
                    row.eq(Cat(digit[:_DIGIT_BITS], row[:-_DIGIT_BITS])),
                ]
        m.d.comb += self.quotient.eq(row)
        return m
