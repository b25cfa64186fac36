"""The search core of the HCU: loader, sequencer, lanes, decider, and the words between them."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from dre.hcu.decider import Decider, slot_layout
from dre.hcu.distance import from_prefix_parities, prefix_parities
from dre.hcu.lanes import Lanes
from dre.hcu.loader import Loader
from dre.hcu.sequencer import Sequencer
from dre.hcu.source import Source
from dre.layouts import ChunkStatus
from dre.memory import SyncMemory

EVENTS = (
    "chunks",
    "tokens",
    "founded",
    "full",
    "refused",
    "bad_config",
    "hash_out_of_step",
    "table_out_of_step",
)
"""What the core reports (spec section 9, ``counters``)."""


class HashSearch(wiring.Component):
    """Clusters the hash words of one chunk after the other (spec D29).

    A table entry a cycle, then a token in ``decide_slots`` cycles; spec D34 bounds the whole.
    Golden model: ``resv.cluster_chunk``.

    Members
    -------
    hash_bits, settings, passes, table, assignments
        As in `HCU`.
    events : Out(struct)
        One bit for each of `EVENTS`.
    """

    def __init__(self, config):
        self._config = config
        super().__init__(
            {
                "settings": In(config.settings),
                "hash_bits": In(stream.Signature(config.hash_packet)),
                "passes": Out(stream.Signature(config.pass_request)),
                "table": In(stream.Signature(config.table_packet)),
                "assignments": Out(stream.Signature(config.assignment_packet)),
                "events": Out(data.StructLayout(dict.fromkeys(EVENTS, 1))),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.loader = self._loader = Loader(self._config)
        m.submodules.sequencer = self._sequencer = Sequencer(self._config)
        m.submodules.lanes = self._lanes = Lanes(self._config)
        m.submodules.decider = self._decider = Decider(self._config)
        for port in ("hash_bits", "passes"):
            wiring.connect(m, wiring.flipped(getattr(self, port)), getattr(self._loader, port))
        wiring.connect(m, wiring.flipped(self.table), self._sequencer.table)
        wiring.connect(m, wiring.flipped(self.assignments), self._decider.assignments)
        wiring.connect(m, self._loader.chunk, self._sequencer.chunk)
        wiring.connect(m, self._loader.more, self._sequencer.more)
        wiring.connect(m, self._sequencer.notes, self._decider.notes)
        m.d.comb += self._loader.settings.eq(self.settings)
        self._connect_control(m)
        self._load_lanes(m)
        self._connect_words(m)
        self._report_events(m)
        return m

    def _connect_control(self, m):
        loader, sequencer, lanes = self._loader, self._sequencer, self._lanes
        decider = self._decider
        m.d.comb += [
            lanes.en.eq(decider.en),
            lanes.update.eq(decider.update),
            lanes.force.eq(decider.force),
            lanes.cluster.eq(decider.cluster),
            lanes.Th_hd.eq(sequencer.current.settings.Th_hd),
            lanes.best_lane.eq(decider.best_lane),
            decider.best.eq(lanes.best),
            decider.start_chunk.eq(sequencer.start_chunk),
            decider.start_group.eq(sequencer.start_group),
            decider.clusters_before.eq(loader.chunk.payload.clusters),
            decider.settings.eq(sequencer.current.settings),
            decider.void.eq(sequencer.void),
            sequencer.newest_chunk.eq(loader.chunk.payload.chunk),
            sequencer.en.eq(decider.en),
            sequencer.founders.eq(decider.founders),
            sequencer.clusters.eq(decider.clusters),
            sequencer.refused.eq(decider.refused),
            sequencer.settled.eq(decider.settled),
            loader.free.eq(decider.slot.own & decider.en),
        ]

    def _load_lanes(self, m):
        """A token on its way into a lane may be a cycle late: no word is compared that soon."""
        loader, lanes = self._loader, self._lanes
        load = Signal.like(loader.load)
        lane = Signal.like(loader.load_lane, reset_less=True)
        word = Signal.like(loader.load_word, reset_less=True)
        domain = m.d.sync if self._config.timing.registered_control else m.d.comb
        domain += [
            load.eq(loader.load),
            lane.eq(loader.load_lane),
            word.eq(self._parities(loader.load_word)),
        ]
        m.d.comb += [lanes.load.eq(load), lanes.load_lane.eq(lane), lanes.load_word.eq(word)]

    def _connect_words(self, m):
        """Source, then the broadcast register, then as many stages as a distance takes.

        Words pass the lanes as prefix parities; the decider gets them as they were.
        """
        sequencer, lanes, decider = self._sequencer, self._lanes, self._decider
        own_word, own = lanes.token, sequencer.source == Source.OWN
        slot, entry_word = sequencer.slot, self.table.payload.data.entry.word
        word = Mux(sequencer.source == Source.TABLE, entry_word, self._chunk_buffer(m))
        m.d.comb += lanes.token_lane.eq(slot.lane)
        if self._config.timing.registered_control:  # what was chosen, before parities are made
            chosen = {"word": word, "own_word": own_word, "own": own}
            registers = []
            for name, value in chosen.items():
                register = Signal(len(value), name=f"chosen_{name}", reset_less=True)
                with m.If(decider.en):
                    m.d.sync += register.eq(value)
                registers.append(register)
            word, own_word, own = registers
            slot = self._next_slot(m, slot, "chosen")
        word = Mux(own, own_word, self._parities(word))
        for stage in range(1 + lanes.latency):
            word_now = Signal(self._config.hash_bits, name=f"word_{stage}", reset_less=True)
            with m.If(decider.en):
                m.d.sync += word_now.eq(word)
            slot_now = self._next_slot(m, slot, stage)
            if stage == 0:
                m.d.comb += lanes.word.eq(word_now)
            word, slot = word_now, slot_now
        m.d.comb += [
            decider.word.eq(from_prefix_parities(word, self._config.timing.distance_registers)),
            decider.slot.eq(slot),
        ]

    def _next_slot(self, m, slot, stage):
        """What a word is, in a register of the pipeline."""
        slot_now = Signal(slot_layout(self._config), name=f"slot_{stage}")
        for name, field in slot_layout(self._config).members.items():
            # Without these three the rest means nothing.
            data_only = name not in ("entry", "own", "peek")
            register = Signal(field, name=f"{name}_{stage}", reset_less=data_only)
            m.d.comb += slot_now[name].eq(register)
            with m.If(self._decider.en):
                m.d.sync += register.eq(slot[name])
        return slot_now

    def _parities(self, word):
        return prefix_parities(word, self._config.timing.distance_registers)

    def _chunk_buffer(self, m):
        """Founders of the chunk at hand, for its later groups."""
        sequencer, decider = self._sequencer, self._decider
        m.submodules.chunk_buffer = buffer = SyncMemory(
            shape=self._config.hash_bits,
            depth=self._config.max_chunk,
            latency=self._config.timing.memory_latency,
        )
        valid = sequencer.buffer_read
        for stage in range(buffer.latency):
            valid_now = Signal(name=f"buffer_valid_{stage}")
            m.d.sync += valid_now.eq(valid)
            valid = valid_now
        m.d.comb += [
            buffer.write_en.eq(decider.founded),
            buffer.write_address.eq(decider.founders),
            buffer.write_data.eq(decider.word),
            buffer.read_en.eq(1),
            buffer.read_address.eq(sequencer.buffer_address),
            sequencer.buffer_valid.eq(valid),
        ]
        return buffer.read_data

    def _report_events(self, m):
        decider, sequencer = self._decider, self._sequencer
        status = sequencer.notes.payload.data.trailer.status
        m.d.comb += [
            self.events.tokens.eq(decider.decided),
            self.events.founded.eq(decider.founded),
            self.events.full.eq(decider.full),
            self.events.hash_out_of_step.eq(self._loader.out_of_step),
            self.events.table_out_of_step.eq(sequencer.out_of_step),
        ]
        with m.If(sequencer.finished):
            m.d.comb += [
                self.events.chunks.eq(status == ChunkStatus.OK),
                self.events.refused.eq(status == ChunkStatus.REFUSED),
                self.events.bad_config.eq(status == ChunkStatus.BAD_CONFIG),
            ]
