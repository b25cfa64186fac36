"""A group's pass over the table, in the sequencer."""

from amaranth.hdl import Mux, Signal

from dre.hcu.source import Source
from dre.layouts import MEMBERS_BITS, ChunkStatus


class TablePass:
    """States of `dre.hcu.sequencer.Sequencer` that take what ``table`` sends.

    The group's pass is found among it, its header is compared with the chunk, and its entries are
    read; everything else is dropped (spec D28).
    """

    def _match(self, m):
        """Find the group's pass among what the table sends (spec D28)."""
        beat, header = self.table.payload, self.table.payload.data.header
        own = header.chunk == self.current.chunk
        expected, ahead = Signal(name="match_expected"), Signal(name="match_ahead")
        agrees, ready = Signal(name="match_agrees"), Signal(name="match_ready")
        found = [
            expected.eq(own & (header.group == self._group_number)),
            ahead.eq(
                Mux(own, header.group > self._group_number, header.chunk == self.newest_chunk)
            ),
            agrees.eq(
                (header.context == self.current.context)
                & (header.clusters == self.current.clusters)
                & (beat.last == (self.current.clusters == 0))
            ),
        ]
        if self._config.timing.registered_control:  # look at a beat in one cycle, act in the next
            m.d.sync += [*found, ready.eq(self.table.valid & ~ready)]
        else:
            m.d.comb += [*found, ready.eq(self.table.valid)]
        with m.If(ready):
            m.d.sync += self._dropping.eq(~beat.first)
            with m.If(~beat.first):
                m.d.comb += [self.table.ready.eq(1), self.out_of_step.eq(~self._dropping)]
            with m.Elif(expected):
                m.d.comb += self.table.ready.eq(1)
                self._check_header(m, agrees)
            with m.Elif(ahead):  # this group's pass will not come any more
                self._fail(m)
                m.next = "ISSUE_OWN"
            with m.Else():  # nobody's: an old one, or a number that was never asked for
                m.d.comb += [self.table.ready.eq(1), self.out_of_step.eq(1)]
                with m.If(~beat.last):
                    m.next = "DROP"

    def _check_header(self, m, agrees):
        """A pass at the right place: does it agree with the chunk?"""
        with m.If(~agrees):
            self._give_up(m)
        with m.Elif(self.table.payload.last):
            self._after_table(m)
        with m.Else():
            m.next = "READ_TABLE"

    def _read_table(self, m):
        """An entry a cycle, up to the announced number."""
        beat, entry = self.table.payload, self.table.payload.data.entry
        joinable = entry.members <= 2**MEMBERS_BITS - 1 - self._config.max_chunk
        m.d.comb += [
            self.source.eq(Source.TABLE),
            self.table.ready.eq(~(self.table.valid & beat.first)),
            self.slot.entry.eq(self.table.valid & ~beat.first),
            self.slot.joinable.eq(joinable),
            self.slot.open.eq(joinable & (entry.members < self.current.settings.cluster_cap)),
        ]
        with m.If(self.table.valid & beat.first):
            self._fail(m)
            m.next = "ISSUE_OWN"
        with m.Elif(self.table.valid):
            m.d.comb += self._counting.eq(1)
            with m.If(beat.last != self._final_entry):
                self._give_up(m)
            with m.Elif(self._final_entry):
                self._after_table(m)

    def _give_up(self, m):
        """The pass is not as expected: drop what is left of it."""
        self._fail(m)
        m.next = "DRAIN"
        with m.If(self.table.payload.last):
            m.next = "ISSUE_OWN"

    def _skip_packet(self, m, then):
        """Drop the rest of a packet, up to its last beat or to the next packet's header."""
        beat = self.table.payload
        with m.If(self.table.valid & beat.first):
            m.next = then
        with m.Else():
            m.d.comb += self.table.ready.eq(1)
            with m.If(self.table.valid & beat.last):
                m.next = then

    def _fail(self, m):
        m.d.comb += self.out_of_step.eq(1)
        m.d.sync += self._current.group.status.eq(ChunkStatus.OUT_OF_STEP)
