# amaranth: UnusedElaboratable=no
# A signature may be of use by itself.
"""Numbers in near memory are changed: read, added to, written (spec D99, D100)."""

from amaranth.hdl import Array, Cat, Module, Mux, Signal
from amaranth.lib import data, enum, stream, wiring
from amaranth.lib.wiring import In, Out

from dre import axi
from dre.flags import Flags
from dre.table.config import COUNT_BYTES
from dre.table.places import place
from dre.table.write import Write


class Kind(enum.Enum, shape=2):
    """What becomes of a cluster's number. Bit 0: more is added to it; bit 1: it is its count."""

    FOUND = 0  # an entry of its own
    JOIN = 1  # members are one more
    CLEAR = 2  # the count is 0
    AGE = 3  # the count is one more


class Updates(wiring.Component):
    """Changes numbers of one context at a time, several under way, in the order they came.

    What is to be changed stands in a ring. The first pointer asks for what has to be read, with the
    slot's number as ID, so what comes is taken at once; the second has it written; the third sees
    it acknowledged.

    Parameters
    ----------
    config : TableConfig

    Members
    -------
    changes : In(stream)
        ``context``, ``kind``, ``cluster``, and the ``word`` of an entry.
    base : In
        Where the table begins, in beats of the bus.
    context, busy : Out
        Of what is under way, and whether anything is.
    quiet : Out(1)
        Nothing is on the bus either.
    broken : Out(1)
        Something could not be read or written; stays.
    stray : Out(2)
        Beats that nobody waits for, in this cycle.
    bus : Out(AXI4)
    """

    def __init__(self, config):
        self._config = config
        change = data.StructLayout(
            {
                "context": config.context,
                "kind": Kind,
                "cluster": config.cluster,
                "word": config.hash_bits,
            }
        )
        self._write = Write(config)
        reads = axi.reads(config.data_bits, config.address_bits, config.update_id)
        writes = self._write.signature.members["bus"].signature
        super().__init__(
            {
                "changes": In(stream.Signature(change)),
                "base": In(config.address_bits - config.beat_shift),
                "context": Out(config.context),
                "busy": Out(1),
                "quiet": Out(1),
                "broken": Out(1),
                "stray": Out(2),
                "bus": Out(wiring.Signature({**reads.members, **writes.members})),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.write = write = self._write
        self._pass(m, write)
        count = self._config.updates
        self._newest, self._asked, self._done, self._oldest = (
            Signal(range(count), name=name) for name in ("newest", "asked", "done", "oldest")
        )
        # Of slots: not acknowledged yet; still to be looked at by `asked`, and by `done`; asked
        # for and not there.
        self._live, self._new, self._open, self._awaited = (
            Flags(m, name, count) for name in ("live", "new", "open", "awaited")
        )
        self._slots = [self._slot(n) for n in range(count)]
        self._word = Signal(self._config.hash_bits, reset_less=True)
        self._word_used = Signal()
        self._goes = Signal(count)  # the slot that `done` leaves in this cycle
        self._asks = Signal()  # a read is asked for
        self._reads, self._fails = Signal(), Signal()  # what comes was asked for; is no number
        self._take(m)
        self._ask(m)
        self._change(m, write)
        self._end(m)
        m.d.comb += [
            self.busy.eq(self._live.bits.any()),
            self.quiet.eq(~self.busy & ~self._owed(m)),
        ]
        return m

    def _owed(self, m):
        """Whether anything is on the bus without its answer, wanted or not any more."""
        bus, most = self.bus, self._config.updates
        reads, writes = (Signal(range(most + 1), name=name) for name in ("reads", "writes"))
        read, answered = bus.rvalid & bus.rlast & (reads != 0), bus.bvalid & (writes != 0)
        m.d.sync += [
            reads.eq(reads + self._asks - read),
            writes.eq(writes + self._goes.any() - answered),
        ]
        return (reads != 0) | (writes != 0)

    def _pass(self, m, write):
        """The write channels are those of a part."""
        for name, member in write.bus.signature.members.items():
            ours, theirs = getattr(self.bus, name), getattr(write.bus, name)
            if name != "bready":
                m.d.comb += theirs.eq(ours) if member.flow is In else ours.eq(theirs)

    def _slot(self, number):
        config = self._config
        shape = data.StructLayout(
            {"kind": Kind, "cluster": config.cluster, "number": 8 * COUNT_BYTES}
        )
        return Signal(shape, name=f"slot_{number}", reset_less=True)

    def _take(self, m):
        """A change gets a slot, or is added to what waits in that of the same number."""
        change, slots, live = self.changes.payload, self._slots, self._live
        kind = change.kind.as_value()
        same = Signal(len(slots))
        own, joins, begins = (Signal(name=name) for name in ("own", "joins", "begins"))
        m.d.comb += [
            same.eq(
                Cat(
                    live.bits[n]
                    & (slot.kind.as_value()[1] == kind[1])
                    & (slot.cluster == change.cluster)
                    for n, slot in enumerate(slots)
                )
            ),
            own.eq(self.changes.valid & (~self.busy | (change.context == self.context))),
            joins.eq(own & kind[0] & (same & self._open.bits & ~self._goes).any()),
            begins.eq(
                own
                & ~same.any()
                & ~live[self._newest]
                & ~((change.kind == Kind.FOUND) & self._word_used)
            ),
            self.changes.ready.eq(joins | begins | self.broken),
        ]
        old = self._read(m)
        for n, slot in enumerate(slots):
            more = (joins & same[n]) + Mux(self._reads & (self.bus.rid == n), old, 0)
            with m.If(begins & (self._newest == n)):
                m.d.sync += [
                    slot.kind.eq(change.kind),
                    slot.cluster.eq(change.cluster),
                    slot.number.eq(change.kind != Kind.CLEAR),
                ]
            with m.Else():
                m.d.sync += slot.number.eq(slot.number + more)
        with m.If(begins):
            m.d.sync += [self._newest.eq(self._newest + 1), self.context.eq(change.context)]
            with m.If(change.kind == Kind.FOUND):
                m.d.sync += [self._word.eq(change.word), self._word_used.eq(1)]
        for flags in (live, self._new, self._open):
            flags.write(begins, self._newest, 1)

    def _read(self, m):
        """A number that has come for the slot of its ID."""
        slot, old = Signal.like(self._slots[0], name="slot_read"), Signal(8 * COUNT_BYTES)
        _, lane = self._at(slot)
        m.d.comb += [
            slot.eq(Array(self._slots)[self.bus.rid]),
            old.eq(self.bus.rdata.word_select(lane[1:], len(old))),
            self._reads.eq(self.bus.rvalid & self._awaited[self.bus.rid]),
            self._fails.eq(self.bus.rresp.any() | ~self.bus.rlast),
        ]
        return old

    def _at(self, slot):
        """Address of a slot's number: beat of the bus, and byte in it."""
        config = self._config
        of_counts = slot.kind.as_value()[1]
        where = place(config, of_counts, self.context, slot.cluster)
        return self.base + (where >> config.beat_shift), where[: config.beat_shift]

    def _ask(self, m):
        """What has to be read is asked for."""
        bus, config = self.bus, self._config
        slot = Signal.like(self._slots[0], name="slot_asked")
        beat, _ = self._at(slot)
        asks, moves = self._asks, Signal()
        number = Signal(config.address_bits - config.beat_shift, reset_less=True)
        adds = slot.kind.as_value()[0]
        m.d.comb += [
            slot.eq(Array(self._slots)[self._asked]),
            moves.eq(self._new[self._asked] & (~adds | ~bus.arvalid | bus.arready)),
            asks.eq(moves & adds),
            bus.araddr.eq(number << config.beat_shift),
            *axi.drive_kind(bus, "ar", config.beat_shift),
            bus.rready.eq(1),
        ]
        with m.If(bus.arready):
            m.d.sync += bus.arvalid.eq(0)
        with m.If(asks):
            m.d.sync += [bus.arvalid.eq(1), bus.arid.eq(self._asked), number.eq(beat)]
        m.d.sync += self._asked.eq(self._asked + moves)
        self._new.write(moves, self._asked, 0)
        self._awaited.write(bus.rvalid & ~self._fails, bus.rid, 0)
        self._awaited.write(asks, self._asked, 1)

    def _change(self, m, write):
        """What is there is written as it is to be."""
        slot, here, goes = Signal.like(self._slots[0], name="slot_done"), Signal(), Signal()
        beat, lane = self._at(slot)
        m.d.comb += [
            slot.eq(Array(self._slots)[self._done]),
            here.eq(~self._new[self._done] & ~self._awaited[self._done]),
            write.i.valid.eq(self._open[self._done] & here),
            goes.eq(write.i.valid & write.i.ready),
            self._goes.eq(goes << self._done),
            write.i.payload.place.eq(beat),
            write.i.payload.lane.eq(lane),
            write.i.payload.entry.eq(slot.kind == Kind.FOUND),
            write.i.payload.word.eq(self._word),
            write.i.payload.number.eq(slot.number),
        ]
        with m.If(goes & (slot.kind == Kind.FOUND)):
            m.d.sync += self._word_used.eq(0)
        m.d.sync += self._done.eq(self._done + goes)
        self._open.write(goes, self._done, 0)

    def _end(self, m):
        """Acknowledgements; and what breaks the unit."""
        bus = self.bus
        reads, ends, ill = self._reads, Signal(name="ends"), Signal(name="ill")
        patience = Signal(range(self._config.timeout + 1))
        m.d.comb += [
            bus.bready.eq(1),
            ends.eq(bus.bvalid & self._live[self._oldest] & ~self._open[self._oldest]),
            ill.eq((reads & self._fails) | (ends & bus.bresp.any())),
            self.stray.eq((bus.rvalid & ~reads) + (bus.bvalid & ~ends)),
        ]
        self._live.write(ends, self._oldest, 0)
        m.d.sync += [self._oldest.eq(self._oldest + ends), patience.eq(0)]
        with m.If(self.busy & ~reads & ~ends):
            m.d.sync += patience.eq(patience + 1)
        with m.If(ill | (patience == self._config.timeout)):
            m.d.sync += self.broken.eq(1)
        with m.If(self.broken):  # what was under way is forgotten
            for flags in (self._live, self._new, self._open, self._awaited):
                m.d.sync += flags.bits.eq(0)
