"""Which clusters are selected, as the WTU says (spec D84)."""

from amaranth.hdl import Signal

from dre.kvmu.keeper.assigning import drain
from dre.kvmu.keeper.page_set import lowest
from dre.kvmu.keeper.routine import Routine, settled
from dre.kvmu.keeper.scouting import STEPS
from dre.kvmu.layouts import COUNT_BITS
from dre.memory import SyncMemory


class Selecting:
    """Takes the packet of a FETCH, a few clusters at a time.

    Parameters
    ----------
    m : Module
    book : Book
    packets : stream
    command : View
    scouting : Scouting
    planning : Planning

    Attributes
    ----------
    select : Routine
    out_of_step : Signal
        The packet was not as it should be.
    """

    def __init__(self, m, book, packets, command, scouting, planning):
        config = book.config
        self._book, self._packets, self._command = book, packets, command
        self._scouting, self._planning = scouting, planning
        self.select = Routine(m, "select", config.timing)
        self.out_of_step = Signal(name="selected_out_of_step", reset_less=True)
        self._beat = Signal(
            packets.payload.data.part.beat.shape(), name="selected_beat", reset_less=True
        )
        self._mask = Signal(config.lanes, name="selected_mask", reset_less=True)
        self._none = Signal(name="selected_none", reset_less=True)  # in the mask
        self._count = Signal(COUNT_BITS, name="selected_count", reset_less=True)
        size = config.group
        m.submodules.select_group = self._group = SyncMemory(
            shape=config.named_cluster, depth=size, latency=1
        )
        self._size = Signal(range(size + 1), name="select_size", reset_less=True)
        self._some, self._full = (
            Signal(name=f"select_{name}", reset_less=True) for name in ("some", "full")
        )
        self._at = Signal(range(size), name="select_at", reset_less=True)
        self._step = Signal(range(STEPS + 1), name="select_step", reset_less=True)
        self._ends = Signal(name="select_ends", reset_less=True)
        with m.FSM(name="select"):
            self._define_packet(m)
            self._define_gather(m)
            self._define_group(m)

    def _define_packet(self, m):
        packets = self._packets
        beat = packets.payload
        with m.State("BEGIN"), m.If(self.select.go):
            m.d.sync += [
                self.out_of_step.eq(1),
                *(part.eq(0) for part in (self._count, self._mask, self._size, self._ends)),
                self._none.eq(1),
                self._some.eq(0),
                self._full.eq(0),
            ]
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
                    m.next = "GATHER"
        with m.State("DRAIN"):
            drain(m, packets, then="FLUSH")
        with m.State("FLUSH"), self._planning.flush.call(m):
            m.d.comb += self.select.done.eq(1)
            m.next = "BEGIN"

    def _define_gather(self, m):
        """Clusters of one beat after the other, till there are enough, or no beat waits."""
        config, packets, mask, group = self._book.config, self._packets, self._mask, self._group
        bit = lowest(m, "selected", mask) if config.lanes > 1 else 0
        m.d.comb += [
            group.write_address.eq(self._size),
            group.write_data.eq(self._beat * config.lanes + bit),
        ]
        with m.State("GATHER"):
            m.d.sync += [self._at.eq(0), self._step.eq(0 if config.store == "near" else STEPS)]
            with m.If(self._full | (self._ends & self._none)):
                m.next = "LOOK"
            with m.Elif(~self._none):
                m.d.comb += group.write_en.eq(1)
                rest = mask & (mask - 1)
                m.d.sync += [
                    mask.eq(rest),
                    self._none.eq(rest == 0),
                    self._size.eq(self._size + 1),
                    self._some.eq(1),
                    self._full.eq(self._size == config.group - 1),
                    self._count.eq(self._count + 1),
                ]
            with m.Elif(packets.valid):
                self._take_beat(m, packets.payload)
            with m.Elif(self._some):
                m.next = "LOOK"

    def _define_group(self, m):
        """Steps that let their words come, for all of them; then all are gone through."""
        group, at, size, step = self._group, self._at, self._size, self._step
        number, timing = group.read_data, self._book.config.timing
        last = settled(m, "select_last", timing, at + 1 == size)
        m.d.comb += [group.read_en.eq(1), group.read_address.eq(at)]

        def go_on():
            m.d.sync += at.eq(at + 1)
            m.next = "LOOK"
            with m.If(last):
                m.d.sync += [at.eq(0), step.eq(step + 1)]
                with m.If(step == STEPS):
                    m.d.sync += [size.eq(0), self._some.eq(0), self._full.eq(0)]
                    m.next = "GATHER"

        with m.State("LOOK"):
            m.next = "CLUSTER"
            with m.If(~self._some):
                m.next = "FLUSH"
        with m.State("CLUSTER"):
            with m.If(step == STEPS), self._planning.cluster.call(m, cluster=number):
                go_on()
            with m.If(step != STEPS), self._scouting.scout.call(m, cluster=number, step=step):
                go_on()

    def _take_beat(self, m, beat):
        packets = self._packets
        with m.If(beat.first):  # it begins the next packet
            m.d.sync += self._ends.eq(1)
        with m.Else():
            m.d.comb += packets.ready.eq(1)
            part = beat.data.part
            m.d.sync += [self._beat.eq(part.beat), self._mask.eq(part.mask)]
            m.d.sync += self._none.eq(part.mask == 0)
            with m.If(beat.last):
                m.d.sync += [
                    self._ends.eq(1),
                    self._mask.eq(0),
                    self._none.eq(1),
                    self.out_of_step.eq(beat.data.trailer.entries != self._count),
                ]
