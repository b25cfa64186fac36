"""The hash table on the chip, for builds without an external one (spec D33)."""

from functools import reduce
from operator import or_

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from dre.layouts import MEMBERS_BITS, ChunkStatus, index
from dre.memory import SyncMemory


class TableMemory(wiring.Component):
    """Serves passes from memory and applies what chunks decide. Golden model: ``resv.HCTable``.

    An entry a cycle. A chunk's assignments are noted as they leave and applied after its trailer
    (spec D24), at ``2 * memory_latency + 1`` cycles a token; passes wait for that.

    Members
    -------
    passes : In(stream)
        Requests of the search core.
    table : Out(stream)
        Passes over the table. For another context than the owner, or another number of clusters
        than held, the header says so and the core finds it out of step.
    assignments : In(struct)
        The beats that leave the core, watched: ``valid`` in the cycle of the transfer.
    """

    def __init__(self, config):
        self._config = config
        super().__init__(
            {
                "passes": In(stream.Signature(config.pass_request)),
                "table": Out(stream.Signature(config.table_packet)),
                "assignments": In(
                    data.StructLayout({"valid": 1, "payload": config.assignment_packet})
                ),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config, latency = self._config, self._config.timing.memory_latency
        note = data.StructLayout(
            {"cluster": index(config.max_clusters), "founded": 1, "word": config.hash_bits}
        )
        self._notes = SyncMemory(shape=note, depth=config.max_chunk, latency=latency)
        self._words = SyncMemory(shape=config.hash_bits, depth=config.max_clusters, latency=latency)
        self._members = SyncMemory(shape=MEMBERS_BITS, depth=config.max_clusters, latency=latency)
        m.submodules.notes = self._notes
        m.submodules.words = self._words
        m.submodules.members = self._members
        self._header = Signal(config.assignment_packet["data"].shape["header"].shape)
        self._held = Signal(range(config.max_clusters + 1))
        self._owner = Signal.like(self._header.context)
        self._noted = Signal(range(config.max_chunk + 1))
        self._last_note = Signal(index(config.max_chunk))  # of the chunk being applied
        self._applying = Signal()
        self._watch(m)
        self._apply(m)
        self._serve(m)
        return m

    def _watch(self, m):
        """Note token beats; a trailer that says OK has them applied."""
        beat = self.assignments.payload
        token, trailer = beat.data.token, beat.data.trailer
        m.d.comb += [
            self._notes.write_address.eq(self._noted),
            self._notes.write_data.cluster.eq(token.cluster),
            self._notes.write_data.founded.eq(token.founded),
            self._notes.write_data.word.eq(token.word),
        ]
        with m.If(self.assignments.valid):
            with m.If(beat.first):
                m.d.sync += [self._header.eq(beat.data.header), self._noted.eq(0)]
            with m.Elif(~beat.last):
                m.d.comb += self._notes.write_en.eq(1)
                m.d.sync += self._noted.eq(self._noted + 1)
            with m.Elif((trailer.status == ChunkStatus.OK) & (self._noted != 0)):
                m.d.sync += [
                    self._applying.eq(1),
                    self._last_note.eq(self._noted - 1),
                    self._held.eq(trailer.clusters),
                    self._owner.eq(self._header.context),
                ]

    def _apply(self, m):
        """One noted token after the other: look the note up, then the members, then write."""
        number = Signal(index(self._config.max_chunk))
        wait = Signal(range(2 * self._notes.latency + 1))
        note, members = self._notes.read_data, self._members
        m.d.comb += [
            self._notes.read_en.eq(1),
            self._notes.read_address.eq(number),
            members.write_address.eq(note.cluster),
            members.write_data.eq(Mux(note.founded, 1, members.read_data + 1)),
            self._words.write_address.eq(note.cluster),
            self._words.write_data.eq(note.word),
        ]
        with m.If(self._applying):
            m.d.sync += wait.eq(wait + 1)
            with m.If(wait == 2 * self._notes.latency):
                m.d.comb += [members.write_en.eq(1), self._words.write_en.eq(note.founded)]
                m.d.sync += [wait.eq(0), number.eq(number + 1)]
                with m.If(number == self._last_note):
                    m.d.sync += [number.eq(0), self._applying.eq(0)]

    def _serve(self, m):
        """A pass: header, then entries, through a pipeline that stands still while blocked."""
        latency = self._words.latency
        request = Signal.like(self.passes.payload)
        address = Signal(index(self._config.max_clusters))
        agrees = (request.clusters == 0) | (
            (request.context == self._owner) & (request.clusters == self._held)
        )
        step, issue = Signal(), Signal(data.StructLayout({"valid": 1, "first": 1, "last": 1}))
        stages = [Signal.like(issue, name=f"stage_{n}") for n in range(latency)]
        out, beat = stages[-1], self.table.payload
        empty = ~reduce(or_, [stage.valid for stage in stages])
        m.d.comb += [
            step.eq(~self.table.valid | self.table.ready),
            self.table.valid.eq(out.valid),
            beat.first.eq(out.first),
            beat.last.eq(out.last),
            self._words.read_en.eq(step),
            self._words.read_address.eq(address),
            self._members.read_en.eq(step | self._applying),
            self._members.read_address.eq(
                Mux(self._applying, self._notes.read_data.cluster, address)
            ),
        ]
        with m.If(out.first):
            m.d.comb += [
                beat.data.header.eq(request),
                beat.data.header.context.eq(Mux(agrees, request.context, self._owner)),
                beat.data.header.clusters.eq(Mux(agrees, request.clusters, self._held)),
            ]
        with m.Else():
            m.d.comb += [
                beat.data.entry.word.eq(self._words.read_data),
                beat.data.entry.members.eq(self._members.read_data),
            ]
        with m.If(step):
            m.d.sync += [new.eq(old) for new, old in zip(stages, [issue, *stages], strict=False)]
        with m.FSM():
            with m.State("IDLE"):
                m.d.comb += self.passes.ready.eq(
                    empty & ~self._applying & ~self._awaits_trailer(m, request)
                )
                with m.If(self.passes.valid & self.passes.ready):
                    m.d.sync += [request.eq(self.passes.payload), address.eq(0)]
                    m.next = "HEADER"
            with m.State("HEADER"):
                ends = ~agrees | (request.clusters == 0)
                m.d.comb += [issue.valid.eq(1), issue.first.eq(1), issue.last.eq(ends)]
                with m.If(step):
                    m.next = "ENTRIES"
                    with m.If(ends):
                        m.next = "IDLE"
            with m.State("ENTRIES"):
                final = address == request.clusters - 1
                m.d.comb += [issue.valid.eq(1), issue.last.eq(final)]
                with m.If(step):
                    m.d.sync += address.eq(address + 1)
                    with m.If(final):
                        m.next = "IDLE"

    def _awaits_trailer(self, m, request):
        """Whether another chunk's pass must wait: until the last one served has its trailer.

        Else the next chunk's notes would overwrite those that are still to be applied.
        """
        open_chunk = Signal()
        watched, beat = self.assignments, self.assignments.payload
        ends = watched.valid & beat.last & ~beat.first
        with m.If(ends & (self._header.chunk == request.chunk)):
            m.d.sync += open_chunk.eq(0)
        with m.If(self.passes.valid & self.passes.ready):
            m.d.sync += open_chunk.eq(1)
        return open_chunk & (self.passes.payload.chunk != request.chunk)
