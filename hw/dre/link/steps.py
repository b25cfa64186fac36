"""What the commander's states share: registers, and what is done again and again."""

from amaranth.hdl import Signal

from dre.layouts import index
from dre.link.config import MOST_STREAMS, Status

COUNT_BITS = 8


class Steps:
    """Registers of a command, and verbs for the states that obey it.

    Attributes
    ----------
    unit : Commander
    code, arguments, stream, address : Signal
        What the command says.
    status, counted, done : Signal
        What the answer ends with, whether it says how many were done, and that.
    more : Signal
        Bytes of the frame are left.
    left, place : Signal
        Words or beats that are still wanted; a byte's place in a word.
    """

    def __init__(self, unit):
        self.unit = unit
        self.code, self.arguments = Signal(8), Signal(24)
        self.stream, self.address = Signal(index(MOST_STREAMS)), Signal(16)
        self.status, self.counted = Signal.like(unit.access.status), Signal()
        self.more = Signal()
        self.left, self.done = Signal(COUNT_BITS), Signal(COUNT_BITS)
        self.place = Signal(2)

    def take(self, m):
        """The next byte of the frame; a block for the cycle in which it is there."""
        m.d.comb += self.unit.i.ready.eq(1)
        return m.If(self.unit.i.valid)

    def note_last(self, m):
        """Whether the byte that is taken is the frame's last one."""
        m.d.sync += self.more.eq(~self.unit.i.payload.last)

    def give(self, m, byte, last=0):
        """A byte of the answer; a block for the cycle in which it goes."""
        m.d.comb += [
            self.unit.o.valid.eq(1),
            self.unit.o.payload.data.eq(byte),
            self.unit.o.payload.last.eq(last),
        ]
        return m.If(self.unit.o.ready)

    def close(self, m, more, status=None):
        """What is left to do: take the rest of the frame, say how many, say how it went."""
        if status is not None:
            m.d.sync += self.status.eq(status)
        with m.If(more):
            m.next = "DRAIN"
        with m.Else():
            m.next = "COUNT"

    def if_right(self, m, right, state):
        """On to a state, unless the command is bad."""
        with m.If(right):
            m.next = state
        with m.Else():
            self.close(m, self.more, Status.BAD_COMMAND)

    def if_more(self, m, state):
        """On to a state, unless the frame has ended."""
        with m.If(self.more):
            m.next = state
        with m.Else():
            m.next = "COUNT"
