"""Takes the packet that a row expects from a stream, and no other (spec D28, D49)."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
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
    beat : Out(1)
        A beat is there. It is to be taken or left.
    take : In(1)
        It is taken.
    over : Out(1)
        Nothing more will come of this packet.
    failed : Out(1)
        The packet was not as expected, or did not come. Stays until the next start.
    out_of_step : Out(1)
        An event.
    """

    def __init__(self, config):
        self._config = config
        super().__init__(
            {
                "packets": In(stream.Signature(config.entries_packet)),
                "start": In(1),
                "expected": In(layouts.row_header(config.max_clusters, config.max_rows)),
                "final": In(1),
                "beat": Out(1),
                "take": In(1),
                "over": Out(1),
                "failed": Out(1),
                "out_of_step": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        packet = self.packets.payload
        following = (self.expected.chunk + 1)[: len(self.expected.chunk)]
        self._following = delayed(
            m, "following", following, 1 if self._config.timing.registered_sums else 0
        )
        self._rest = Signal()  # what comes is left of a packet that has been judged
        self._strays = Signal()  # beats without a header are one event, however many
        with m.FSM():
            with m.State("OVER"):
                m.d.comb += self.over.eq(1)
                with m.If(self.start):
                    m.d.sync += [self.failed.eq(0), self._strays.eq(0)]
                    m.next = "MATCH"
            with m.State("MATCH"):
                with m.If(self.packets.valid):
                    self._match(m, packet)
            with m.State("READ"):
                with m.If(self.packets.valid):
                    self._read(m, packet)
        return m

    def _match(self, m, packet):
        """Is this the row's packet, a later one, or nobody's?"""
        header, expected = packet.data.header, self.expected
        own = header.chunk == expected.chunk
        following = header.chunk == self._following
        agrees = (header.context == expected.context) & (header.clusters == expected.clusters)
        own_row = own & (header.row == expected.row)
        later = (own & (header.row > expected.row)) | following
        with m.If(~packet.first):
            m.d.comb += self.packets.ready.eq(1)
            with m.If(self._rest):
                m.d.sync += self._rest.eq(~packet.last)
            with m.Else():
                m.d.comb += self.out_of_step.eq(~self._strays)
                m.d.sync += self._strays.eq(1)
        with m.Elif(own_row & agrees & ~packet.last):
            m.d.comb += self.packets.ready.eq(1)
            m.d.sync += self._rest.eq(0)
            m.next = "READ"
        with m.Elif(later):
            self._fail(m)  # this row's packet will not come any more
            m.d.sync += self._rest.eq(0)
            m.next = "OVER"
        with m.Else():
            m.d.comb += [self.packets.ready.eq(1), self.out_of_step.eq(1)]
            m.d.sync += [self._rest.eq(~packet.last), self._strays.eq(0)]
            with m.If(own_row):
                self._fail(m)
                m.next = "OVER"

    def _read(self, m, packet):
        """Beats up to the expected number, which is the last one and says so."""
        with m.If(packet.first):
            self._fail(m)
            m.next = "OVER"
        with m.Else():
            m.d.comb += [self.beat.eq(1), self.packets.ready.eq(self.take)]
            with m.If(self.take):
                with m.If(packet.last != self.final):
                    self._fail(m)
                    m.d.sync += self._rest.eq(~packet.last)
                with m.If(packet.last | self.final):
                    m.next = "OVER"

    def _fail(self, m):
        m.d.comb += self.out_of_step.eq(1)
        m.d.sync += self.failed.eq(1)
