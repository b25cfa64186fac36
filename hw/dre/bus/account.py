"""What a master has under way (spec D113)."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from dre.layouts import index


class Account(wiring.Component):
    """Counts a port's bursts, by ID: of reads or of writes.

    Parameters
    ----------
    ids : int
        IDs of the port.
    most : int
        Bursts of an ID that may be under way.
    answer_bits : int
        Width of the ID in an answer, which may be of no ID of the port.

    Members
    -------
    asked : In, room : Out(1)
        An ID, and whether another burst of it may be begun.
    opens : In(1)
        One is, with the ID ``asked``. Only with ``room``.
    answered : In, known : Out(1)
        An answer's ID, and whether a burst of it is under way.
    ends : In(1)
        The last one has ended, with the ID ``answered``. Only if it is ``known``.
    """

    def __init__(self, ids, most, answer_bits):
        self._ids, self._most = ids, most
        super().__init__(
            {
                "asked": In(index(ids)),
                "room": Out(1),
                "opens": In(1),
                "answered": In(answer_bits),
                "known": Out(1),
                "ends": In(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        for number in range(self._ids):
            count = Signal(range(self._most + 1), name=f"count_{number}")
            opens, ends = Signal(name=f"opens_{number}"), Signal(name=f"ends_{number}")
            with m.If(self.asked == number):
                m.d.comb += [opens.eq(self.opens), self.room.eq(count != self._most)]
            with m.If(self.answered == number):
                m.d.comb += [ends.eq(self.ends), self.known.eq(count != 0)]
            m.d.sync += count.eq(count + opens - ends)
        return m
