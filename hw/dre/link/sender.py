"""Answers as frames, each kept until the next one (spec D138, D140)."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.crc.catalog import CRC16_GENIBUS
from amaranth.lib.wiring import In, Out

from dre.memory import SyncMemory

HALF_BYTES = 256

ANSWER = data.StructLayout({"data": 8, "last": 1})
"""A byte of an answer, without its CRC."""


class FrameSender(wiring.Component):
    """Stuffs an answer into a memory, adds its CRC, and sends it.

    A byte in two cycles goes in: the count that stands before a run of bytes is written when the
    zero behind them comes. At most 251 bytes.

    Members
    -------
    i : In(stream of `ANSWER`)
    aside : In(1)
        With an answer's bytes: it is not to be kept; the one that is kept stays.
    again : In(1)
        The answer that is kept is sent once more. Only when not ``busy``.
    busy : Out(1)
        Something is being sent.
    o : Out(stream of 8 bits)
    """

    def __init__(self):
        super().__init__(
            {
                "i": In(stream.Signature(ANSWER)),
                "aside": In(1),
                "again": In(1),
                "busy": Out(1),
                "o": Out(stream.Signature(8)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.memory = self._memory = SyncMemory(shape=8, depth=2 * HALF_BYTES, latency=1)
        m.submodules.crc = self._crc = CRC16_GENIBUS().create()
        self._place, self._mark = Signal(range(HALF_BYTES)), Signal(range(HALF_BYTES))
        self._half, byte = Signal(), Signal(ANSWER)
        with m.FSM() as states:
            with m.State("IDLE"):
                self._idle(m)
            with m.State("TAKE"):
                m.d.comb += self.i.ready.eq(1)
                m.d.sync += byte.eq(self.i.payload)
                with m.If(self.i.valid):
                    m.next = "PUT"
            with m.State("PUT"):
                m.d.comb += [self._crc.data.eq(byte.data), self._crc.valid.eq(1)]
                self._put(m, byte.data)
                m.next = "TAKE"
                with m.If(byte.last):
                    m.next = "HIGH"
            for state, place, following in (("HIGH", 1, "LOW"), ("LOW", 0, "CLOSE")):
                with m.State(state):
                    self._put(m, self._crc.crc.word_select(place, 8))
                    m.next = following
            with m.State("CLOSE"):
                self._write(m, self._mark, self._place - self._mark)
                m.next = "END"
            with m.State("END"):
                self._write(m, self._place, 0)
                m.d.sync += self._place.eq(0)
                m.next = "FETCH"
            self._send(m)
        m.d.comb += self.busy.eq(~states.ongoing("IDLE"))
        return m

    def _idle(self, m):
        m.d.comb += self._crc.start.eq(1)
        m.d.sync += self._mark.eq(0)
        with m.If(self.again):
            m.d.sync += [self._half.eq(0), self._place.eq(0)]
            m.next = "FETCH"
        with m.Elif(self.i.valid):
            m.d.sync += [self._half.eq(self.aside), self._place.eq(1)]
            m.next = "TAKE"

    def _write(self, m, place, byte):
        m.d.comb += [
            self._memory.write_en.eq(1),
            self._memory.write_address.eq(Cat(place, self._half)),
            self._memory.write_data.eq(byte),
        ]

    def _put(self, m, byte):
        """A byte that is not zero goes to its place; a zero gives its place to the next count."""
        m.d.sync += self._place.eq(self._place + 1)
        with m.If(byte == 0):
            self._write(m, self._mark, self._place - self._mark)
            m.d.sync += self._mark.eq(self._place)
        with m.Else():
            self._write(m, self._place, byte)

    def _send(self, m):
        m.d.comb += [
            self._memory.read_address.eq(Cat(self._place, self._half)),
            self.o.payload.eq(self._memory.read_data),
        ]
        with m.State("FETCH"):
            m.d.comb += self._memory.read_en.eq(1)
            m.next = "GIVE"
        with m.State("GIVE"):
            m.d.comb += self.o.valid.eq(1)
            with m.If(self.o.ready):
                m.d.sync += self._place.eq(self._place + 1)
                m.next = "FETCH"
                with m.If(self.o.payload == 0):
                    m.next = "IDLE"
