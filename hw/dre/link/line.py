"""Bytes on a wire, 8N1 (spec D138)."""

from amaranth.hdl import Cat, Const, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out

DATA_BITS = 8


class LineReceiver(wiring.Component):
    """Takes bytes from a wire; looks at each bit in its middle, two cycles late.

    Parameters
    ----------
    divisor : int
        Cycles a bit, at least 4.

    Members
    -------
    rx : In(1)
        The wire, of no clock.
    byte : Out(8)
    there : Out(1)
        A byte is there, for this one cycle.
    bad : Out(1)
        ... but had no stop bit. The next one begins when the wire has been 1.
    """

    def __init__(self, divisor):
        self._divisor = divisor
        super().__init__(
            {"rx": In(1, init=1), "byte": Out(DATA_BITS), "there": Out(1), "bad": Out(1)}
        )

    def elaborate(self, platform):
        m = Module()
        wire, wait = Signal(init=1), Signal(range(self._divisor))
        left = Signal(range(DATA_BITS + 2))
        m.submodules.wire = FFSynchronizer(self.rx, wire, init=1)
        with m.FSM():
            with m.State("IDLE"):
                m.d.sync += [wait.eq(self._divisor // 2 - 1), left.eq(DATA_BITS + 1)]
                with m.If(~wire):
                    m.next = "BITS"
            with m.State("BITS"):
                m.d.sync += wait.eq(wait - 1)
                with m.If(wait == 0):
                    m.d.sync += [wait.eq(self._divisor - 1), left.eq(left - 1)]
                    self._bit(m, wire, left)
            with m.State("BREAK"):
                with m.If(wire):
                    m.next = "IDLE"
        return m

    def _bit(self, m, wire, left):
        """The middle of a bit."""
        with m.If(left == DATA_BITS + 1):
            with m.If(wire):  # a start bit so short is noise
                m.next = "IDLE"
        with m.Elif(left == 0):
            m.d.comb += [self.there.eq(1), self.bad.eq(~wire)]
            m.next = "IDLE"
            with m.If(~wire):
                m.next = "BREAK"
        with m.Else():
            m.d.sync += self.byte.eq(Cat(self.byte[1:], wire))


class LineSender(wiring.Component):
    """Sends bytes on a wire: ten bits and a cycle each.

    Parameters
    ----------
    divisor : int
        Cycles a bit.

    Members
    -------
    i : In(stream of 8 bits)
    tx : Out(1)
        From a register; 1 when nothing is sent.
    """

    def __init__(self, divisor):
        self._divisor = divisor
        super().__init__({"i": In(stream.Signature(DATA_BITS)), "tx": Out(1, init=1)})

    def elaborate(self, platform):
        m = Module()
        bits = Signal(DATA_BITS + 1, init=-1)  # what follows the bit on the wire
        wait, left = Signal(range(self._divisor)), Signal(range(DATA_BITS + 3))
        idle = left == 0
        m.d.comb += self.i.ready.eq(idle)
        with m.If(~idle):
            m.d.sync += wait.eq(wait - 1)
            with m.If(wait == 0):
                m.d.sync += [
                    Cat(self.tx, bits).eq(Cat(bits, Const(1, 1))),
                    wait.eq(self._divisor - 1),
                    left.eq(left - 1),
                ]
        with m.Elif(self.i.valid):
            m.d.sync += [
                self.tx.eq(0),
                bits.eq(Cat(self.i.payload, Const(1, 1))),
                wait.eq(self._divisor - 1),
                left.eq(DATA_BITS + 2),
            ]
        return m
