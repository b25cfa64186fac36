"""Which clusters are selected, as the WTU says (spec D84)."""

from amaranth.hdl import Signal

from dre.kvmu.keeper.assigning import drain
from dre.kvmu.keeper.page_set import lowest
from dre.kvmu.keeper.routine import Routine
from dre.kvmu.layouts import COUNT_BITS


class Selecting:
    """Takes the packet of a FETCH, cluster by cluster.

    Parameters
    ----------
    m : Module
    book : Book
    packets : stream
    command : View
    planning : Planning

    Attributes
    ----------
    select : Routine
    out_of_step : Signal
        The packet was not as it should be.
    """

    def __init__(self, m, book, packets, command, planning):
        config = book.config
        self._book, self._packets, self._command = book, packets, command
        self._planning = planning
        self.select = Routine(m, "select")
        self.out_of_step = Signal(name="selected_out_of_step", reset_less=True)
        self._beat = Signal(
            packets.payload.data.part.beat.shape(), name="selected_beat", reset_less=True
        )
        self._mask = Signal(config.lanes, name="selected_mask", reset_less=True)
        self._count = Signal(COUNT_BITS, name="selected_count", reset_less=True)
        self._define(m)

    def _define(self, m):
        config, packets, planning = self._book.config, self._packets, self._planning
        beat, mask = packets.payload, self._mask
        bit = lowest(m, "selected", mask) if config.lanes > 1 else 0
        with m.FSM(name="select"):
            with m.State("BEGIN"), m.If(self.select.go):
                m.d.sync += [self.out_of_step.eq(1), self._count.eq(0)]
                m.next = "HEAD"
            with m.State("HEAD"):
                m.d.comb += packets.ready.eq(1)
                with m.If(packets.valid & beat.first):
                    header, command = beat.data.header, self._command
                    own = (header.context == command.context) & (header.chunk == command.chunk)
                    m.next = "DRAIN"
                    with m.If(beat.last):
                        m.next = "FLUSH"
                    with m.Elif(own):
                        m.next = "BEAT"
            with m.State("DRAIN"):
                drain(m, packets, then="FLUSH")
            with m.State("BEAT"), m.If(packets.valid):
                self._take_beat(m, beat)
            with m.State("CLUSTER"):
                cluster = self._beat * config.lanes + bit
                with m.If(mask == 0):
                    m.next = "BEAT"
                with m.Else(), planning.cluster.call(m, cluster=cluster):
                    m.d.sync += [mask.eq(mask & (mask - 1)), self._count.eq(self._count + 1)]
            with m.State("FLUSH"), planning.flush.call(m):
                m.d.comb += self.select.done.eq(1)
                m.next = "BEGIN"

    def _take_beat(self, m, beat):
        packets = self._packets
        with m.If(beat.first):  # it begins the next packet
            m.next = "FLUSH"
        with m.Else():
            m.d.comb += packets.ready.eq(1)
            m.d.sync += [self._beat.eq(beat.data.part.beat), self._mask.eq(beat.data.part.mask)]
            m.next = "CLUSTER"
            with m.If(beat.last):
                m.d.sync += self.out_of_step.eq(beat.data.trailer.entries != self._count)
                m.next = "FLUSH"
