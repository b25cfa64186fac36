"""Leads each group through its pass: table, founders of earlier groups, own tokens."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from dre.hcu.decider import slot_layout
from dre.hcu.loader import chunk_layout, following, group_layout
from dre.hcu.source import Source
from dre.hcu.table_pass import TablePass
from dre.layouts import CHUNK_BITS, ChunkStatus, index


class Sequencer(TablePass, wiring.Component):
    """Issues one slot a cycle to the lanes, and the chunk's header and trailer.

    Members
    -------
    chunk, more : In(stream)
        Groups whose tokens are in the lanes: a chunk with its first one, and its further ones.
    newest_chunk : In
        Number of the chunk whose header was taken last: the one at hand, or the next.
    table : In(stream)
        Passes over the table, one a group.
    en : In(1)
        The lanes take a slot in this cycle.
    slot, source : Out
        What the next word is, and where it comes from.
    buffer_read, buffer_address : Out
        Fetch a founder of an earlier group.
    buffer_valid : In(1)
        A founder that was fetched is there.
    founders, clusters, refused, settled : In
        From the decider.
    current : Out(struct)
        The chunk at hand and its group.
    void : Out(1)
        The chunk has failed.
    start_chunk, start_group : Out(1)
        A chunk, or any group, is waited for: its first words will follow.
    notes : Out(stream)
        Header and trailer of the chunk.
    finished : Out(1)
        The trailer has been handed over.
    out_of_step : Out(1)
        An event (spec D28).
    """

    def __init__(self, config):
        self._config = config
        super().__init__(
            {
                "chunk": In(stream.Signature(chunk_layout(config))),
                "more": In(stream.Signature(group_layout(config))),
                "newest_chunk": In(CHUNK_BITS),
                "table": In(stream.Signature(config.table_packet)),
                "en": In(1),
                "slot": Out(slot_layout(config)),
                "source": Out(Source),
                "buffer_read": Out(1),
                "buffer_address": Out(index(config.max_chunk)),
                "buffer_valid": In(1),
                "founders": In(range(config.max_chunk + 1)),
                "clusters": In(range(config.max_clusters + 1)),
                "refused": In(1),
                "settled": In(1),
                "current": Out(chunk_layout(config)),
                "void": Out(1),
                "start_chunk": Out(1),
                "start_group": Out(1),
                "notes": Out(stream.Signature(config.assignment_packet)),
                "finished": Out(1),
                "out_of_step": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        # What a group begins with is set there, not by reset.
        self._current = Signal.like(self.current, reset_less=True)
        self._cluster = Signal.like(self.clusters, reset_less=True)  # index of the next entry
        self._next_cluster = Signal.like(self.clusters, reset_less=True)  # and the one after it
        self._group_number = Signal(range(self._config.groups + 1), reset_less=True)
        self._buffer_address = Signal.like(self.buffer_address, reset_less=True)
        self._lane = Signal(index(self._config.lanes))  # of the next own token
        self._left = Signal.like(self.current.group.size, reset_less=True)  # own tokens to come
        self._counting = Signal()  # an entry passes
        self._final_entry = Signal(reset_less=True)  # the next one is the last from its source
        self._dropping = Signal()  # beats without a header are one event, however many
        self._count_entries(m)
        m.d.comb += [
            self.current.eq(self._current),
            self.buffer_address.eq(self._buffer_address),
            self.void.eq(self.current.group.status != ChunkStatus.OK),
            self.slot.cluster.eq(self._cluster),
            self.slot.lane.eq(self._lane),
            self.slot.last.eq(self._left == 1),
        ]
        with m.FSM():
            with m.State("BEGIN"):
                self._begin_chunk(m)
            with m.State("CONTINUE"):
                self._begin_group(m)
            with m.State("MATCH"):
                self._match(m)
            with m.State("DROP"):
                self._skip_packet(m, "MATCH")
            with m.State("READ_TABLE"):
                self._read_table(m)
            with m.State("DRAIN"):
                self._skip_packet(m, "ISSUE_OWN")
            with m.State("READ_BUFFER"):
                self._read_buffer(m)
            with m.State("ISSUE_OWN"):
                self._issue_own(m)
            with m.State("SETTLE"):
                with m.If(self.settled):
                    m.next = "CONTINUE"
                    with m.If(self.current.group.last):
                        m.next = "END"
            with m.State("END"):
                self._end(m)
        return m

    def _begin_chunk(self, m):
        """Take a chunk and announce it.

        The loader goes on to the next chunk, whose pass is then asked for; so a pass that never
        comes shows when the next one does.
        """
        chunk, note = self.chunk.payload, self.notes.payload
        m.d.comb += [
            note.first.eq(1),
            note.data.as_value().eq(0),  # bits beside the header; undriven they would be X
            note.data.header.context.eq(chunk.context),
            note.data.header.chunk.eq(chunk.chunk),
            note.data.header.clusters.eq(chunk.clusters),
            note.data.header.tokens.eq(chunk.tokens),
            self.notes.valid.eq(self.chunk.valid),
            self.chunk.ready.eq(self.notes.ready),
        ]
        # Until the chunk is there this is done again and again: no handshake is in the way of it.
        m.d.comb += self.start_chunk.eq(1)
        m.d.sync += [self._current.eq(chunk), self._group_number.eq(0)]
        self._prepare_group(m)
        m.d.sync += self._left.eq(chunk.group.size)
        with m.If(self.chunk.valid & self.chunk.ready):
            m.next = "MATCH"
            with m.If(chunk.group.size == 0):
                m.next = "END"

    def _begin_group(self, m):
        """Take the chunk's next group. A chunk that has failed stays so."""
        m.d.comb += self.more.ready.eq(1)
        self._prepare_group(m)
        m.d.sync += self._left.eq(self.more.payload.size)
        with m.If(self.more.valid):
            status = Mux(self.void, self.current.group.status, self.more.payload.status)
            m.d.sync += [
                self._current.group.eq(self.more.payload),
                self._current.group.status.eq(status),
                self._group_number.eq(self._group_number + 1),
            ]
            m.next = "MATCH"

    def _prepare_group(self, m):
        """What a group begins with. Nothing is under way then that could see it."""
        m.d.comb += self.start_group.eq(1)
        m.d.sync += [
            self._cluster.eq(0),
            self._next_cluster.eq(1),
            self._buffer_address.eq(0),
        ]

    def _after_table(self, m):
        m.next = "ISSUE_OWN"
        with m.If(self.founders != 0):
            m.next = "READ_BUFFER"

    def _read_buffer(self, m):
        """Founders of the chunk's earlier groups, which are not in the table yet."""
        m.d.comb += [
            self.source.eq(Source.BUFFER),
            self.buffer_read.eq(1),  # beyond the last founder too: nobody looks at those
            self.slot.entry.eq(self.buffer_valid),
            self.slot.joinable.eq(1),
            self.slot.open.eq(1),
        ]
        m.d.sync += self._buffer_address.eq(self._buffer_address + 1)
        m.d.comb += self._counting.eq(self.buffer_valid)
        with m.If(self.buffer_valid & self._final_entry):
            m.next = "ISSUE_OWN"

    def _count_entries(self, m):
        """The index of the next entry, and whether it is the last one from its source."""
        founders = self.source == Source.BUFFER
        entries = Mux(founders, self.clusters, self.current.clusters)
        if self._config.timing.registered_control:
            # Both a cycle ahead: table and buffer are looked for longer than that takes.
            last = Signal.like(self.clusters, reset_less=True, name="last_entry")
            following_last, this_last = self._next_cluster == last, self._cluster == last
            m.d.sync += [
                last.eq(entries - 1),
                self._final_entry.eq(Mux(self._counting, following_last, this_last)),
            ]
        else:
            m.d.comb += self._final_entry.eq(self._next_cluster == entries)
        with m.If(self._counting):
            m.d.sync += [
                self._cluster.eq(self._next_cluster),
                self._next_cluster.eq(self._next_cluster + 1),
            ]

    def _issue_own(self, m):
        """The group's own tokens; with two slots a token, the first one looks the lane up."""
        peeked = Signal()
        final = self.en & self.slot.own & self.slot.last
        m.d.comb += self.source.eq(Source.OWN)
        if self._config.timing.decide_slots == 1:
            m.d.comb += [self.slot.own.eq(1), self.slot.peek.eq(0)]
        else:
            # Leave a cycle late, when all are gone: they take longer than that to settle.
            issuing = self._left != 0
            final = ~issuing
            m.d.comb += [
                self.slot.peek.eq(~peeked & issuing),
                self.slot.own.eq(peeked & issuing),
            ]
            with m.If(self.en & issuing):
                m.d.sync += peeked.eq(~peeked)
        with m.If(self.en & self.slot.own):
            m.d.sync += [
                self._lane.eq(following(self._lane, self._config.lanes)),
                self._left.eq(self._left - 1),
            ]
        with m.If(final):
            m.next = "SETTLE"

    def _end(self, m):
        """The chunk's trailer (spec D32)."""
        trailer = self.notes.payload.data.trailer
        m.d.comb += [
            self.notes.valid.eq(1),
            self.notes.payload.last.eq(1),
            trailer.clusters.eq(self.clusters),
            trailer.status.eq(self.current.group.status),
            self.finished.eq(self.notes.ready),
        ]
        with m.If(self.void):
            m.d.comb += trailer.clusters.eq(self.current.clusters)
        with m.Elif(self.refused):
            m.d.comb += trailer.status.eq(ChunkStatus.REFUSED)
        with m.If(self.notes.ready):
            m.next = "BEGIN"
