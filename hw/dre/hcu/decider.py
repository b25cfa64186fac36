"""Decides each token of the chunk: join, found, or join because the table is full."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from dre.hcu.lanes import best_layout
from dre.layouts import index


def slot_layout(config):
    """What the word is that passes the lanes.

    ``entry``: cluster ``cluster`` of the table or the chunk buffer. ``own``: the token of lane
    ``lane``, to be decided now. ``peek``: that lane will be decided in the next slot.
    """
    return data.StructLayout(
        {
            "entry": 1,
            "own": 1,
            "peek": 1,
            "joinable": 1,
            "open": 1,
            "cluster": index(config.max_clusters),
            "lane": index(config.lanes),
            "last": 1,
        }
    )


class Decider(wiring.Component):
    """Turns distances into assignments. Golden model: ``resv.cluster_chunk`` (spec D12 to D14).

    An entry a cycle; a token in ``decide_slots`` cycles. Only a token that finds the output full
    stops the pipeline.

    Members
    -------
    slot : In(struct)
        What the lanes' distances belong to.
    word : In(hash_bits)
        Its hash word.
    en : Out(1)
        The pipeline advances.
    start_chunk, start_group, clusters_before, settings, void : In
        The chunk: clusters at its start, its settings, and whether it has already failed.
    best_lane : Out, best : In
        The best of the lane to be decided.
    update, force, cluster : Out
        To the lanes: what to do with the distances.
    notes : In(stream)
        Headers and trailers, from the sequencer.
    assignments : Out(stream)
        The unit's output.
    clusters, founders : Out
        Clusters now, and how many of them are of this chunk.
    refused : Out(1)
        No cluster can be joined and none founded (spec D14); stays until the next chunk.
    decided, founded, full : Out(1)
        A token is decided in this cycle, and how.
    settled : Out(1)
        The last token of the group has passed.
    """

    def __init__(self, config):
        self._config = config
        super().__init__(
            {
                "slot": In(slot_layout(config)),
                "word": In(config.hash_bits),
                "en": Out(1),
                "start_chunk": In(1),
                "start_group": In(1),
                "clusters_before": In(range(config.max_clusters + 1)),
                "settings": In(config.settings),
                "void": In(1),
                "best_lane": Out(index(config.lanes)),
                "best": In(best_layout(config)),
                "update": Out(1),
                "force": Out(1),
                "cluster": Out(index(config.max_clusters)),
                "notes": In(stream.Signature(config.assignment_packet)),
                "assignments": Out(stream.Signature(config.assignment_packet)),
                "clusters": Out(range(config.max_clusters + 1)),
                "founders": Out(range(config.max_chunk + 1)),
                "refused": Out(1),
                "decided": Out(1),
                "founded": Out(1),
                "full": Out(1),
                "settled": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        # What a chunk or a group begins with is set there, not by reset.
        self._any_open, self._any_joinable = Signal(reset_less=True), Signal(reset_less=True)
        self._output_room = Signal()
        self._decide(m, *self._look_up(m))
        self._steer_lanes(m)
        self._report(m)
        return m

    def _look_up(self, m):
        """The best of the lane at hand, whether it is near, and whether there is room for more.

        With two slots a token, registered in the first: until the second one nothing changes.
        """
        room = self.clusters < self.settings.max_clusters
        m.d.comb += self.best_lane.eq(self.slot.lane)
        if self._config.timing.decide_slots == 1:
            near = self._any_open & (self.best.distance < self.settings.Th_hd)
            return self.best, near, room
        found = self.best, self._any_open & self.best.near, room
        kept = (
            Signal.like(self.best, reset_less=True, name="best_kept"),
            Signal(reset_less=True, name="near_kept"),
            Signal(reset_less=True, name="room_kept"),
        )
        with m.If(self.slot.peek):
            m.d.sync += [new.eq(old) for new, old in zip(kept, found, strict=True)]
        return kept

    def _decide(self, m, best, near, room):
        """Spec D13 and D14 for the token in ``slot``, and what follows for the chunk."""
        void, settled = Signal(reset_less=True), Signal()
        # Registered, they come a cycle late: own tokens are further away from what they depend on.
        domain = m.d.sync if self._config.timing.registered_control else m.d.comb
        domain += [
            void.eq(self.void | self.refused),
            settled.eq(self.slot.own & self.slot.last & self.en),
        ]
        ready = self.slot.own & ~void & self._output_room
        self._founder = self.founded  # as the lanes are told
        if self._config.timing.decide_slots == 2:
            # They may be told too early, and again: what was kept for the decision is not theirs.
            self._founder = self.slot.own & ~near & room
        token = self._token = Signal(self._config.assignment_packet["data"].shape["token"].shape)
        m.d.comb += [
            self.en.eq(~self.slot.own | void | self._output_room),
            self.decided.eq(ready & (near | room | self._any_joinable)),
            self.founded.eq(ready & ~near & room),
            self.full.eq(ready & ~near & ~room & self._any_joinable),
            self.settled.eq(settled),
            token.cluster.eq(Mux(self.founded, self.clusters, best.cluster)),
            token.founded.eq(self.founded),
            token.full.eq(self.full),
            token.distance.eq(Mux(self.founded, 0, best.distance)),
            token.word.eq(self.word),
        ]
        clusters = Signal.like(self.clusters, reset_less=True)
        founders = Signal.like(self.founders, reset_less=True)
        refused = Signal(reset_less=True)
        m.d.comb += [
            self.clusters.eq(clusters),
            self.founders.eq(founders),
            self.refused.eq(refused),
        ]
        with m.If(self.start_chunk):
            m.d.sync += [clusters.eq(self.clusters_before), founders.eq(0), refused.eq(0)]
        with m.Elif(self.founded):
            m.d.sync += [clusters.eq(clusters + 1), founders.eq(founders + 1)]
        with m.Elif(ready & ~self.decided):
            m.d.sync += refused.eq(1)

    def _steer_lanes(self, m):
        """Who keeps the word at hand (spec D30): nothing closed once something is open."""
        founder = self._founder
        is_open = self.slot.open | founder
        joinable = self.slot.joinable | founder
        present = self.slot.entry | founder
        m.d.comb += [
            self.update.eq(present & (is_open | (joinable & ~self._any_open))),
            self.force.eq(~self._any_joinable | (is_open & ~self._any_open)),
            self.cluster.eq(Mux(self.slot.own, self.clusters, self.slot.cluster)),
        ]
        with m.If(self.start_group):
            m.d.sync += [self._any_open.eq(0), self._any_joinable.eq(0)]
        with m.Elif(present):
            m.d.sync += [
                self._any_open.eq(self._any_open | is_open),
                self._any_joinable.eq(self._any_joinable | joinable),
            ]

    def _report(self, m):
        """One output register for token beats and the sequencer's notes.

        The two never meet: a chunk's trailer comes when its last token has passed.
        """
        o, taken = self.assignments, Signal()
        payload = Signal.like(o.payload, reset_less=True)
        m.d.comb += o.payload.eq(payload)
        if self._config.timing.registered_ready:
            m.d.comb += self._output_room.eq(~o.valid)
        else:
            m.d.comb += self._output_room.eq(~o.valid | o.ready)
        m.d.comb += [
            taken.eq(o.valid & o.ready),
            self.notes.ready.eq(self._output_room),
        ]
        with m.If(taken):
            m.d.sync += o.valid.eq(0)
        # While nothing is offered the payload may be anything: it only waits for room.
        with m.If(self._output_room):
            m.d.sync += [
                o.valid.eq(self.decided | self.notes.valid),
                payload.eq(self.notes.payload),
            ]
            with m.If(self.slot.own):
                m.d.sync += [
                    payload.first.eq(0),
                    payload.last.eq(0),
                    payload.data.token.eq(self._token),
                ]
