# amaranth: UnusedElaboratable=no
# A signature may be of use by itself.
"""The table unit (spec section 16)."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from dre.axi import PAGE_BYTES
from dre.monitor import Monitor, monitor_ports
from dre.table.config import COUNT_BYTES, TableConfig
from dre.table.notes import Notes
from dre.table.server import Server
from dre.table.updates import Kind, Updates

STICKY = ("read_failed", "bad_request", "bad_chunk", "bad_aged", "broken")
"""Events with a status bit (spec D103)."""

COUNTED = ("chunks", "tokens", "aged", *STICKY, "stray")


class TableUnit(wiring.Component):
    """Keeps hash words, members and token counts of all contexts in near memory.

    Parameters
    ----------
    config : TableConfig
        Build parameters.

    Members
    -------
    passes : In(stream), table : Out(stream)
        The HCU's passes over the hash words.
    reads : In(stream), counts : Out(stream)
        The WTU's requests; those for counts are answered.
    assignments : In(stream), assigned : Out(stream)
        The HCU's packets, and the same behind it.
    aged : In(stream)
        Tokens that have become far tokens.
    base : In
        First page of near memory.
    state : Out(struct)
        ``idle``, ``broken``.
    counters, status, clear
        See `dre.monitor.Monitor`.
    words, tallies : Out(AXI4 read channels)
        Entries, counts.
    changes : Out(AXI4)
        What is changed of them.

    Raises
    ------
    TypeError
        If ``config`` is not a `TableConfig`.
    """

    def __init__(self, config):
        if not isinstance(config, TableConfig):
            raise TypeError(f"config must be a TableConfig, not {config!r}")
        self._build = config
        self._words = Server(
            config,
            config.pass_request,
            config.table_packet,
            payload="entry",
            item_bytes=config.entry_bytes,
            clusters=1,
        )
        self._tallies = Server(
            config,
            config.row_request,
            config.entries_packet,
            payload="entries",
            item_bytes=config.lanes * COUNT_BYTES,
            clusters=config.lanes,
        )
        self._updates = Updates(config)
        super().__init__(
            {
                "passes": In(stream.Signature(config.pass_request)),
                "table": Out(stream.Signature(config.table_packet)),
                "reads": In(stream.Signature(config.row_request)),
                "counts": Out(stream.Signature(config.entries_packet)),
                "assignments": In(stream.Signature(config.assignment_packet)),
                "assigned": Out(stream.Signature(config.assignment_packet)),
                "aged": In(stream.Signature(config.aged_token)),
                "base": In(config.page_number),
                "state": Out(data.StructLayout({"idle": 1, "broken": 1})),
                **monitor_ports(COUNTED, STICKY),
                "words": self._words.signature.members["bus"],
                "tallies": self._tallies.signature.members["bus"],
                "changes": self._updates.signature.members["bus"],
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.words = words = self._words
        m.submodules.tallies = tallies = self._tallies
        m.submodules.notes = notes = Notes(self._build)
        m.submodules.updates = updates = self._updates
        for part, requests, packets in (
            (words, self.passes, self.table),
            (tallies, self.reads, self.counts),
        ):
            m.d.comb += [
                part.requests.valid.eq(requests.valid),
                part.requests.payload.eq(requests.payload),
                requests.ready.eq(part.requests.ready),
                part.broken.eq(updates.broken),
                part.waits.eq(self._waits(notes, requests.payload.context)),
            ]
            wiring.connect(m, part.packets, wiring.flipped(packets))
        with m.If(~self.reads.payload.counts):  # somebody else's
            m.d.comb += [tallies.requests.valid.eq(0), self.reads.ready.eq(1)]
        for name, part in (("words", words), ("tallies", tallies), ("changes", updates)):
            wiring.connect(m, part.bus, wiring.flipped(getattr(self, name)))
        wiring.connect(m, wiring.flipped(self.assignments), notes.assignments)
        wiring.connect(m, notes.assigned, wiring.flipped(self.assigned))
        self._place(m)
        told = self._choose(m, notes)
        self._show(m, notes, told)
        return m

    def _waits(self, notes, context):
        """Something of a context is still to be written (spec D96)."""
        updates = self._updates
        noted = notes.offering & (notes.context == context)
        return ~updates.broken & (noted | (updates.busy & (updates.context == context)))

    def _place(self, m):
        """Where each part of the table begins."""
        config = self._build
        page = ceil_log2(PAGE_BYTES)
        for part, requests, offset, shift in (
            (self._words, self.passes, 0, config.words_shift),
            (self._tallies, self.reads, config.counts_offset, config.counts_shift),
        ):
            begin = (self.base << (page - config.burst_shift)) + (offset >> config.burst_shift)
            context = requests.payload.context[: max(1, ceil_log2(config.contexts))]
            m.d.comb += part.first.eq(begin + (context << (shift - config.burst_shift)))
        m.d.comb += self._updates.base.eq(self.base << (page - config.beat_shift))

    def _choose(self, m, notes):
        """What is changed next: by the tokens of a chunk, then by age; returns events."""
        config, changes = self._build, self._updates.changes
        note, aged, what = notes.notes.payload, self.aged.payload, changes.payload
        again, bad = Signal(), Signal()  # a founder's count; nothing that could be aged
        taken = changes.valid & changes.ready
        m.d.comb += bad.eq(
            (aged.context >= config.contexts) | (aged.cluster >= config.max_clusters)
        )
        told = {name: Signal(name=f"told_{name}") for name in ("tokens", "aged", "bad_aged")}
        with m.If(notes.offering):
            m.d.comb += [
                changes.valid.eq(notes.notes.valid),
                what.context.eq(notes.context),
                what.cluster.eq(note.cluster),
                what.word.eq(note.word),
                what.kind.eq(Mux(again, Kind.CLEAR, Mux(note.founded, Kind.FOUND, Kind.JOIN))),
                notes.notes.ready.eq(changes.ready & (again | ~note.founded)),
                told["tokens"].eq(taken & notes.notes.ready & ~self._updates.broken),
            ]
            with m.If(taken):
                m.d.sync += again.eq(note.founded & ~again)
        with m.Else():
            m.d.comb += [
                changes.valid.eq(self.aged.valid & ~bad),
                what.context.eq(aged.context),
                what.cluster.eq(aged.cluster),
                what.kind.eq(Kind.AGE),
                self.aged.ready.eq(bad | changes.ready),
                told["aged"].eq(taken & ~self._updates.broken),
                told["bad_aged"].eq(self.aged.valid & bad),
            ]
        return told

    def _show(self, m, notes, told):
        updates, servers = self._updates, (self._words, self._tallies)
        m.submodules.monitor = monitor = Monitor(
            counted=COUNTED,
            sticky=STICKY,
            widths={"read_failed": 2, "bad_request": 2, "stray": 3},
        )
        known = Signal()
        m.d.sync += known.eq(updates.broken)
        events = told | {
            "chunks": notes.applied & ~updates.broken,
            "read_failed": servers[0].failed + servers[1].failed,
            "bad_request": servers[0].bad + servers[1].bad,
            "bad_chunk": notes.bad,
            "broken": updates.broken & ~known,
            "stray": servers[0].stray + servers[1].stray + updates.stray,
        }
        m.d.comb += [
            *(monitor.events[name].eq(event) for name, event in events.items()),
            monitor.clear.eq(self.clear),
            self.counters.eq(monitor.counters),
            self.status.eq(monitor.status),
            self.state.broken.eq(updates.broken),
            self.state.idle.eq(servers[0].idle & servers[1].idle & ~notes.offering & updates.quiet),
        ]
