"""Arithmetic of a row's threshold, a few bits a cycle."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

TH_BITS = 16

DIGIT_BITS = 4
"""Of the factor, and of the quotient, in a cycle, unless said otherwise."""


def fraction_ports(bits):
    """Members of `Fraction`."""
    return {
        "start": In(1),
        "number": In(bits),
        "TH": In(TH_BITS),
        "result": Out(bits),
        "done": Out(1),
    }


def divider_ports(divisor_bits, quotient_bits):
    """Members of `Divider`."""
    return {
        "start": In(1),
        "number": In(divisor_bits + quotient_bits),
        "divisor": In(divisor_bits),
        "quotient": Out(quotient_bits),
        "done": Out(1),
    }


class Fraction(wiring.Component):
    """floor(number * TH / 2^16), exactly.

    Members
    -------
    start : In(1)
        Begin, with ``number`` and ``TH`` as they are and stay.
    number, TH : In
    result : Out
        When ``done``.
    done : Out(1)
        The result is there. Stays until the next start.
    """

    def __init__(self, *, bits, digit_bits=DIGIT_BITS):
        self._digit_bits = digit_bits
        super().__init__(fraction_ports(bits))

    def elaborate(self, platform):
        m = Module()
        digits = TH_BITS // self._digit_bits
        left = Signal(range(digits + 1))
        factor = Signal(TH_BITS, reset_less=True)
        # From the lowest digit on; what falls out below is never needed again.
        part = sum((Mux(factor[n], self.number, 0) << n for n in range(self._digit_bits)), Const(0))
        with m.If(self.start):
            m.d.sync += [left.eq(digits), factor.eq(self.TH), self.result.eq(0)]
        with m.Elif(~self.done):
            m.d.sync += [
                left.eq(left - 1),
                factor.eq(factor >> self._digit_bits),
                self.result.eq((self.result + part) >> self._digit_bits),
            ]
        m.d.comb += self.done.eq(left == 0)
        return m


class Divider(wiring.Component):
    """floor(number / divisor), for a quotient that fits.

    Parameters
    ----------
    divisor_bits, quotient_bits : int
    digit_bits : int
        Bits of the quotient found in a cycle; divides ``quotient_bits``.

    Members
    -------
    start : In(1)
        Begin, with ``number`` and ``divisor`` as they are; the divisor stays.
    number : In
        Below divisor * 2^quotient_bits.
    divisor : In
    quotient : Out
        When ``done``.
    done : Out(1)
        The quotient is there. Stays until the next start.
    """

    def __init__(self, *, divisor_bits, quotient_bits, digit_bits=DIGIT_BITS):
        self._divisor_bits, self._quotient_bits = divisor_bits, quotient_bits
        self._digit_bits = digit_bits
        super().__init__(divider_ports(divisor_bits, quotient_bits))

    def elaborate(self, platform):
        m = Module()
        steps = self._quotient_bits // self._digit_bits
        left = Signal(range(steps + 1))
        # The number is on its way out at the top, the quotient on its way in below.
        rest = Signal(self._divisor_bits, reset_less=True)
        row = Signal(self._quotient_bits, reset_less=True)
        now, bits = rest, []
        for n in range(self._digit_bits):
            tried = Signal(self._divisor_bits + 1, name=f"tried_{n}")
            less = Signal(signed(self._divisor_bits + 2), name=f"less_{n}")
            m.d.comb += [tried.eq(Cat(row[-1 - n], now)), less.eq(tried - self.divisor)]
            bits.append(less >= 0)
            now = Mux(less >= 0, less, tried)[: self._divisor_bits]
        with m.If(self.start):
            m.d.sync += [
                left.eq(steps),
                row.eq(self.number[: self._quotient_bits]),
                rest.eq(self.number[self._quotient_bits :]),
            ]
        with m.Elif(~self.done):
            m.d.sync += [
                left.eq(left - 1),
                rest.eq(now),
                row.eq(Cat(*reversed(bits), row[: -self._digit_bits])),
            ]
        m.d.comb += [self.done.eq(left == 0), self.quotient.eq(row)]
        return m
