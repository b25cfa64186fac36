"""Takes the packet that a row expects from a stream, and no other (spec D28, D49)."""

from amaranth.hdl import Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from dre import layouts
from dre.wtu.tree import delayed


class PacketReader(wiring.Component):
    """Finds a row's packet and offers its beats.

    Members
    -------
    packets : In(stream)
        Header, then beats.
    start : In(1)
        A packet is expected from the next cycle on.
    expected : In(struct)
        Its header. Stays from the start until ``over``.
    final : In(1)
        The next beat to be taken is the packet's last.
    beat, entries : Out
        A beat is there, and what is in it. It is to be taken or left.
    take : In(1)
        It is taken.
    over : Out(1)
        Nothing more will come of this packet.
    failed : Out(1)
        The packet was not as expected, or did not come. Stays until the next start.
    out_of_step : Out(1)
        An event.
    """

    _judging = 0
    """Cycles that it takes to compare a header."""

    def __init__(self, config):
        self._config = config
        super().__init__(
            {
                "packets": In(stream.Signature(config.entries_packet)),
                "start": In(1),
                "expected": In(layouts.row_header(config.max_clusters, config.max_rows)),
                "final": In(1),
                "beat": Out(1),
                "entries": Out(data.ArrayLayout(layouts.SCORE_BITS, config.lanes)),
                "take": In(1),
                "over": Out(1),
                "failed": Out(1),
                "out_of_step": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        packet = self.packets.payload
        self._is_final, self._begins = self.final, self.start
        self._here, self._taken, self._over = Signal(), Signal(), Signal()
        self._give(m)
        self._own_row, self._agrees, self._later = self._compare(m, packet.data.header)
        self._rest = Signal()  # what comes is left of a packet that has been judged
        self._strays = Signal()  # beats without a header are one event, however many
        with m.FSM():
            with m.State("OVER"):
                m.d.comb += self._over.eq(1)
                with m.If(self._begins):
                    m.d.sync += [self.failed.eq(0), self._strays.eq(0)]
                    m.next = "MATCH"
            with m.State("MATCH"):
                with m.If(self._judged(m, packet)):
                    self._match(m, packet)
            with m.State("READ"):
                with m.If(self.packets.valid):
                    self._read(m, packet)
        return m

    def _give(self, m):
        """Beats as they come."""
        m.d.comb += [
            self.beat.eq(self._here),
            self.entries.eq(self.packets.payload.data.entries),
            self._taken.eq(self.take),
            self.over.eq(self._over),
        ]

    def _compare(self, m, header):
        """Is it a packet of the row at hand; the one that is expected; one of a later row?"""
        expected = self.expected
        following = (expected.chunk + 1)[: len(expected.chunk)]
        following = delayed(m, "following", following, self._judging)  # stays long enough
        found = {
            "own": header.chunk == expected.chunk,
            "following": header.chunk == following,
            "context": header.context == expected.context,
            "clusters": header.clusters == expected.clusters,
            "row": header.row == expected.row,
            "later_row": header.row > expected.row,
        }
        found = {
            name: delayed(m, f"found_{name}", value, self._judging) for name, value in found.items()
        }
        own_row = found["own"] & found["row"]
        agrees = own_row & found["context"] & found["clusters"]
        return own_row, agrees, (found["own"] & found["later_row"]) | found["following"]

    def _judged(self, m, packet):
        """There is a beat, and it is known what it is."""
        return self.packets.valid

    def _match(self, m, packet):
        """Is this the row's packet, a later one, or nobody's?"""
        with m.If(~packet.first):
            m.d.comb += self.packets.ready.eq(1)
            with m.If(self._rest):
                m.d.sync += self._rest.eq(~packet.last)
            with m.Else():
                m.d.comb += self.out_of_step.eq(~self._strays)
                m.d.sync += self._strays.eq(1)
        with m.Elif(self._agrees & ~packet.last):
            m.d.comb += self.packets.ready.eq(1)
            m.d.sync += self._rest.eq(0)
            m.next = "READ"
        with m.Elif(self._later):
            self._fail(m)  # this row's packet will not come any more
            m.d.sync += self._rest.eq(0)
            m.next = "OVER"
        with m.Else():
            m.d.comb += [self.packets.ready.eq(1), self.out_of_step.eq(1)]
            m.d.sync += [self._rest.eq(~packet.last), self._strays.eq(0)]
            with m.If(self._own_row):
                self._fail(m)
                m.next = "OVER"

    def _read(self, m, packet):
        """Beats up to the expected number, which is the last one and says so."""
        with m.If(packet.first):
            self._fail(m)
            m.next = "OVER"
        with m.Else():
            m.d.comb += [self._here.eq(1), self.packets.ready.eq(self._taken)]
            with m.If(self._taken):
                with m.If(packet.last != self._is_final):
                    self._fail(m)
                    m.d.sync += self._rest.eq(~packet.last)
                with m.If(packet.last | self._is_final):
                    m.next = "OVER"

    def _fail(self, m):
        m.d.comb += self.out_of_step.eq(1)
        m.d.sync += self.failed.eq(1)
