"""Where the tokens of a chunk went, as the HCU says (spec D84, D85)."""

from amaranth.hdl import Mux, Signal

from dre.kvmu.keeper.routine import Routine, pause, settled, soon
from dre.kvmu.layouts import KVStatus
from dre.layouts import ChunkStatus


class Assigning:
    """Takes the packet of an END, and notes a cluster with each token.

    What is noted counts only if all of the packet is as it should be.

    Parameters
    ----------
    m : Module
    book : Book
    packets : stream
    command : View
        The command at hand.

    Attributes
    ----------
    assign : Routine
    status : Signal
        OK, out of step, or void.
    founded : Signal
        Clusters that there are then.
    tokens : Signal
        How many have a cluster.
    """

    def __init__(self, m, book, packets, command):
        config = book.config
        self._book, self._packets, self._command = book, packets, command
        self.assign = Routine(m, "assign", config.timing)
        self.status = Signal(KVStatus, name="assign_status", reset_less=True)
        self.founded = Signal(config.clusters, reset_less=True, name="founded")
        self.tokens = Signal(config.chunk_tokens, name="assigned", reset_less=True)
        self._left = Signal(config.chunk_tokens, name="assign_left", reset_less=True)
        self._slot = Signal(config.slot, name="assign_slot", reset_less=True)
        self._cluster = Signal(config.cluster, name="assign_cluster", reset_less=True)
        self._define(m)

    def _define(self, m):
        book, now, packets = self._book, self._book.now, self._packets
        beat = packets.payload
        void, timing = Signal(name="assign_void", reset_less=True), book.config.timing
        self._over = settled(m, "assign_over", timing, self._left == 0)
        sinks = Signal(now.granted.shape(), name="assign_sinks")
        ahead = now.sink_tokens - now.tokens
        with m.If(now.tokens < now.sink_tokens):
            m.d.comb += sinks.eq(Mux(ahead > now.granted, now.granted, ahead))
        self._sinks = settled(m, "sinks_of_chunk", timing, sinks)
        with m.FSM(name="assign"):
            with m.State("SINKS"), m.If(self.assign.go):
                self._expect(m)
                m.d.sync += [self.founded.eq(now.founded), void.eq(0)]
                m.next = "HEAD"
            with m.State("HEAD"):
                m.d.comb += packets.ready.eq(1)
                with m.If(packets.valid & beat.first):
                    self._take_header(m, beat)
            with m.State("BEAT"):
                with m.If(packets.valid):
                    self._take_beat(m, beat, void)
            with m.State("NOTE"):
                with book.change(m, "slot", self._slot, cluster=self._cluster):
                    m.next = "NEXT"
            with m.State("NEXT"):
                with book.read(m, "slot", self._slot) as record:
                    m.d.sync += [self._slot.eq(record.link), self._left.eq(self._left - 1)]
                    m.next = soon(timing, "BEAT")
            pause(m, timing, "BEAT")
            with m.State("DRAIN"):
                drain(m, packets, then="OUT_OF_STEP")
            with m.State("OUT_OF_STEP"):
                self._end(m, KVStatus.OUT_OF_STEP)
            with m.State("VOID"):
                self._end(m, KVStatus.VOID)
            with m.State("OK"):
                self._end(m, KVStatus.OK)

    def _expect(self, m):
        """Tokens that are not sinks."""
        now = self._book.now
        expected = (now.granted - self._sinks)[: len(self._left)]
        m.d.sync += [
            self.tokens.eq(expected),
            self._left.eq(expected),
            self._slot.eq(now.granted_first),
        ]

    def _take_header(self, m, beat):
        header, command = beat.data.header, self._command
        own = (header.context == command.context) & (header.chunk == command.chunk)
        m.next = "BEAT"
        with m.If(beat.last):  # not even a trailer
            m.next = "OUT_OF_STEP"
        with m.Elif(~own | (header.tokens != self._left)):
            m.next = "DRAIN"

    def _take_beat(self, m, beat, void):
        """A token's, or the trailer, or none of them."""
        token, trailer, packets = beat.data.token, beat.data.trailer, self._packets
        over = self._over
        with m.If(beat.first):  # it begins the next packet
            m.next = "OUT_OF_STEP"
        with m.Else():
            m.d.comb += packets.ready.eq(1)
            with m.If(over & beat.last):
                bad = (trailer.status != ChunkStatus.OK) | (trailer.clusters != self.founded)
                m.next = "OK"
                with m.If(void | bad):
                    m.next = "VOID"
            with m.Elif(over):
                m.next = "DRAIN"
            with m.Elif(beat.last):  # too few, or the trailer of a chunk that has failed
                m.next = "VOID"
                with m.If(trailer.status == ChunkStatus.OK):
                    m.next = "OUT_OF_STEP"
            with m.Else():
                m.d.sync += self._cluster.eq(token.cluster)
                beyond = token.cluster >= self._book.config.max_clusters
                with m.If(beyond | (token.cluster > self.founded)):
                    m.d.sync += void.eq(1)
                with m.Elif(token.cluster == self.founded):
                    m.d.sync += self.founded.eq(self.founded + 1)
                m.next = "NOTE"

    def _end(self, m, status):
        m.d.comb += self.assign.done.eq(1)
        m.d.sync += self.status.eq(status)
        m.next = "SINKS"


def drain(m, packets, *, then):
    """In a state: drop what is left of a packet, up to its last beat or the next one's header."""
    beat = packets.payload
    with m.If(packets.valid & beat.first):
        m.next = then
    with m.Elif(packets.valid):
        m.d.comb += packets.ready.eq(1)
        with m.If(beat.last):
            m.next = then
