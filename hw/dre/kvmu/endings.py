"""How bursts end: written, failed or given up (spec D75, D77, D78)."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from dre.flags import Flags
from dre.kvmu.layouts import MoveStatus, ending, numbered, opened_burst
from dre.layouts import index
from dre.memory import SyncMemory


class Endings(wiring.Component):
    """One ending a cycle: acknowledged writes first, then bursts that fail, then overdue ones.

    An overdue burst ends for its job at once; its ID stays *dead* until the answer has come.

    Members
    -------
    bvalid, bid, bresp : In
        Channel B, whose ``bready`` is 1.
    opened, started : In(struct)
        A burst gets its ID; its write begins.
    skipped : In(struct), skip_taken : Out(1)
        A burst that is not written.
    overdue : In(struct), overdue_taken : Out(1)
        The ID of a burst that has taken too long.
    expiring : Out(1)
        One may be given up in this cycle.
    live : Out
        By ID, whether a job waits for its burst.
    event : Out(struct)
        What happens to the job.
    freed : Out(struct)
        An ID is free again.
    expired : Out(struct)
        An ID has become dead.
    dead : Out(1), down : Out(1)
        There are dead IDs; so many that the link counts as down.
    late, stray : Out(1)
        Events: a write that nobody waits for any more is acknowledged; one that is none.
    """

    def __init__(self, config):
        self._config = config
        super().__init__(
            {
                "bvalid": In(1),
                "bid": In(config.identity),
                "bresp": In(2),
                "opened": In(opened_burst(config)),
                "started": In(numbered(config.identity)),
                "skipped": In(numbered(config.identity)),
                "skip_taken": Out(1),
                "overdue": In(numbered(config.identity)),
                "overdue_taken": Out(1),
                "expiring": Out(1),
                "live": Out(config.outstanding),
                "event": Out(ending(config)),
                "freed": Out(numbered(config.identity)),
                "expired": Out(numbered(config.identity)),
                "dead": Out(1),
                "down": Out(1),
                "late": Out(1),
                "stray": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config = self._config
        live = Flags(m, "live_bits", config.outstanding)
        writing = Flags(m, "writing", config.outstanding)
        chosen = self._choose(m)
        number = Signal(config.identity, reset_less=True)
        answered, skipped, bad = Signal(), Signal(), Signal(reset_less=True)
        acknowledged, over, waited, put = Signal(), Signal(), Signal(), Signal()
        awaited = Signal()
        m.d.sync += [
            number.eq(chosen),
            bad.eq(self.bresp[1]),
            answered.eq(self.bvalid),
            skipped.eq(self.skip_taken),
            # Not an ID without a burst: it may get one in this very cycle.
            self.expiring.eq(self.overdue.valid & self.overdue_taken & awaited),
        ]
        m.d.comb += [
            self.live.eq(live.bits),
            awaited.eq(live[self.overdue.index]),
            waited.eq(live[number]),
            put.eq(writing[number]),
            acknowledged.eq(answered & put),
            over.eq(acknowledged | skipped),
            self.late.eq(acknowledged & ~waited),
            self.stray.eq(answered & ~put),
        ]
        live.write(over | self.expiring, number, 0)
        writing.write(acknowledged, number, 0)
        live.write(self.opened.valid, self.opened.id, 1)
        writing.write(self.started.valid, self.started.index, 1)
        given_up = Mux(put, MoveStatus.UNACKNOWLEDGED, MoveStatus.TIMEOUT)
        written = Mux(bad, MoveStatus.WRITE_ERROR, MoveStatus.OK)
        status = Mux(answered, written, Mux(skipped, MoveStatus.READ_ERROR, given_up))
        m.d.sync += [
            self.event.valid.eq((over | self.expiring) & waited),
            self.event.status.eq(status),
            self.freed.valid.eq(over),
            self.freed.index.eq(number),
            self.expired.valid.eq(self.expiring & waited),
            self.expired.index.eq(number),
        ]
        self._count_dead(m, self.expiring & waited, over & ~waited, put)
        return m

    def _choose(self, m):
        """The ID of what is looked at in the next cycle, and whose job is looked up meanwhile."""
        config = self._config
        chosen = Signal(config.identity)
        m.submodules.owners = owners = SyncMemory(
            shape=index(config.jobs), depth=config.outstanding, latency=1
        )
        m.d.comb += [
            self.skip_taken.eq(self.skipped.valid & ~self.bvalid),
            self.overdue_taken.eq(~self.bvalid & ~self.skipped.valid),
            owners.write_en.eq(self.opened.valid),
            owners.write_address.eq(self.opened.id),
            owners.write_data.eq(self.opened.tag),
            owners.read_en.eq(1),
            owners.read_address.eq(chosen),
        ]
        m.d.sync += self.event.tag.eq(owners.read_data)
        with m.If(self.bvalid):
            m.d.comb += chosen.eq(self.bid)
        with m.Elif(self.skipped.valid):
            m.d.comb += chosen.eq(self.skipped.index)
        with m.Else():
            m.d.comb += chosen.eq(self.overdue.index)
        return chosen

    def _count_dead(self, m, dies, drains, put):
        """Down from the most dead IDs on, or from a write without an answer, until none is left."""
        count = Signal(range(self._config.outstanding + 1))
        died, drained, unacknowledged, many = Signal(), Signal(), Signal(), Signal()
        m.d.sync += [
            died.eq(dies),
            drained.eq(drains),
            unacknowledged.eq(dies & put),
            count.eq(count + died - drained),
            many.eq(count >= self._config.most_dead),
            self.dead.eq((count != 0) | died | dies),
        ]
        with m.If(unacknowledged | many):
            m.d.sync += self.down.eq(1)
        with m.Elif(~self.dead):
            m.d.sync += self.down.eq(0)
