"""Frames out of bytes (spec D138, D142)."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.crc.catalog import CRC16_GENIBUS
from amaranth.lib.wiring import In, Out

from dre.link.config import BAD_FRAMES, CRC_BYTES, LEAST_BYTES, MOST_BYTES, Status
from dre.memory import SyncMemory

BUFFER_BYTES = 256

CONTENT = data.StructLayout({"data": 8, "last": 1, "bad": 1})
"""A byte of a frame that is right; or a single one, the `Status` of one that is not."""


class FrameReceiver(wiring.Component):
    """Unstuffs frames, and gives those that are right when they have ended, without their CRC.

    A byte of a frame in two cycles. What comes meanwhile is lost, and told.

    Members
    -------
    byte, there, bad : In
        As `dre.link.line.LineReceiver` has them.
    o : Out(stream of `CONTENT`)
    events : Out(struct)
        A bit for each of `BAD_FRAMES`, 1 in the cycle in which such a frame ends.
    """

    def __init__(self):
        super().__init__(
            {
                "byte": In(8),
                "there": In(1),
                "bad": In(1),
                "o": Out(stream.Signature(CONTENT)),
                "events": Out(data.StructLayout(dict.fromkeys(BAD_FRAMES, 1))),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.buffer = self._buffer = SyncMemory(shape=8, depth=BUFFER_BYTES, latency=1)
        m.submodules.crc = self._crc = CRC16_GENIBUS().create()
        self._length = Signal(range(MOST_BYTES + 2))
        self._left, self._first = Signal(8), Signal(init=1)  # of the stuffing
        self._begun, self._spoiled, self._lost = Signal(), Signal(), Signal()
        self._overrun = Signal()  # is to be told
        taken, ends, again = Signal(), Signal(), Signal()
        self._listen(m, taken, ends)
        self._unstuff(m, taken)
        self._states(m, taken, ends, again)
        m.d.comb += self._crc.start.eq(again)
        with m.If(again):
            m.d.sync += [self._length.eq(0), self._left.eq(0), self._first.eq(1)]
        return m

    def _listen(self, m, taken, ends):
        """What is a byte of a frame, and what ends one."""
        zero, blocked = Signal(), Signal()
        self._blocked = blocked
        m.d.comb += [
            zero.eq(self.there & ~self.bad & (self.byte == 0)),
            ends.eq(zero & self._begun),
            taken.eq(self.there & ~zero & ~blocked & ~self._lost),
        ]
        with m.If(zero):
            m.d.sync += [self._begun.eq(0), self._spoiled.eq(0), self._lost.eq(0)]
        with m.Elif(self.there):
            m.d.sync += [
                self._begun.eq(1),
                self._spoiled.eq(self._spoiled | self.bad),
                self._lost.eq(self._lost | blocked),
            ]

    def _unstuff(self, m, taken):
        """A byte gives one byte of the frame, a zero if it says where the next one is."""
        says, given = self._left == 0, Signal(8)
        puts = Signal()
        m.d.comb += [
            given.eq(Mux(says, 0, self.byte)),
            puts.eq(taken & ~(says & self._first)),
            self._buffer.write_en.eq(puts),
            self._buffer.write_address.eq(self._length),
            self._buffer.write_data.eq(given),
            self._crc.data.eq(given),
            self._crc.valid.eq(puts),
        ]
        with m.If(taken):
            m.d.sync += [self._left.eq(Mux(says, self.byte, self._left) - 1), self._first.eq(0)]
        with m.If(puts & (self._length <= MOST_BYTES)):
            m.d.sync += self._length.eq(self._length + 1)

    def _states(self, m, taken, ends, again):
        fault, place = Signal(Status), Signal(range(BUFFER_BYTES))
        with m.FSM() as states:
            with m.State("TAKE"):
                m.d.sync += place.eq(0)
                with m.If(self._overrun):
                    m.d.sync += [fault.eq(Status.OVERRUN), self._overrun.eq(0)]
                    m.next = "TELL"
                with m.Elif(ends & ~self._lost):
                    self._judge(m, fault)
            with m.State("TELL"):
                m.d.comb += [
                    self.o.valid.eq(1),
                    self.o.payload.data.eq(fault),
                    self.o.payload.bad.eq(1),
                    self.o.payload.last.eq(1),
                ]
                with m.If(self.o.ready):
                    m.d.comb += again.eq(1)
                    m.next = "TAKE"
            with m.State("FETCH"):
                m.d.comb += self._buffer.read_en.eq(1)
                m.next = "GIVE"
            with m.State("GIVE"):
                self._give(m, place, again)
        m.d.comb += [
            self._buffer.read_address.eq(place),
            self._blocked.eq(~states.ongoing("TAKE") | self._overrun),
        ]
        with m.If(ends & (self._lost | self._blocked)):
            m.d.comb += self.events.overrun.eq(1)
            m.d.sync += self._overrun.eq(1)

    def _judge(self, m, fault):
        """The end of a frame all of which has been taken."""
        short, long = self._length < LEAST_BYTES, self._length > MOST_BYTES
        m.next = "TELL"
        with m.If(self._spoiled):
            m.d.comb += self.events.line.eq(1)
            m.d.sync += fault.eq(Status.LINE)
        with m.Elif(self._left != 0):
            m.d.comb += self.events.cut.eq(1)
            m.d.sync += fault.eq(Status.CUT)
        with m.Elif(short | long):
            m.d.comb += self.events.length.eq(1)
            m.d.sync += fault.eq(Status.LENGTH)
        with m.Elif(~self._crc.match_detected):
            m.d.comb += self.events.crc.eq(1)
            m.d.sync += fault.eq(Status.CRC)
        with m.Else():
            m.next = "FETCH"

    def _give(self, m, place, again):
        last = place + 1 + CRC_BYTES == self._length
        m.d.comb += [
            self.o.valid.eq(1),
            self.o.payload.data.eq(self._buffer.read_data),
            self.o.payload.last.eq(last),
        ]
        with m.If(self.o.ready):
            m.d.sync += place.eq(place + 1)
            m.next = "FETCH"
            with m.If(last):
                m.d.comb += again.eq(1)
                m.next = "TAKE"
