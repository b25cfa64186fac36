"""Contexts begin and end (spec D61, D69)."""

from amaranth.hdl import Signal

from dre.kvmu.keeper.records import MOST_SINKS
from dre.kvmu.keeper.routine import Routine, pause, settled, soon
from dre.kvmu.layouts import KVStatus


class Contexts:
    """INIT and FREE.

    Parameters
    ----------
    m : Module
    book : Book
    pools : dict of str to Pool
    command : View
        The command at hand.

    Attributes
    ----------
    init, free : Routine
    status : Signal
        How ``init`` has ended.
    """

    def __init__(self, m, book, pools, command):
        config = book.config
        self._book, self._pools, self._command = book, pools, command
        self.init, self.free = Routine(m, "init", config.timing), Routine(m, "free", config.timing)
        self.status = Signal(KVStatus, name="init_status", reset_less=True)
        self._promised = Signal(config.slots, name="promised")
        self._left = Signal(
            range(max(MOST_SINKS, config.frames) + 1), name="init_left", reset_less=True
        )
        self._asked = Signal(20, name="asked", reset_less=True)  # slots beside the sinks'
        self._define_init(m)
        self._define_free(m)

    def _define_init(self, m):
        command, init, timing = self._command, self.init, self._book.config.timing
        self._foresee(m)
        with m.FSM(name="init"):
            with m.State("SUM"), m.If(init.go):
                some = command.recent_tokens + command.held_back
                m.d.sync += self._asked.eq(some + (command.max_chunk << 1))
                m.next = soon(timing, "CHECK")
            pause(m, timing, "CHECK")
            with m.State("CHECK"):
                self._check(m)
            with m.State("BEGIN"):
                self._begin(m)
                m.next = "SINK"
            self._list(m, "slot", "sink", "link", then="FRAMES")
            with m.State("FRAMES"):
                now = self._book.now
                m.d.sync += [now.sink_next.eq(now.sink_first), self._left.eq(command.frames)]
                m.next = "FRAME"
            self._list(m, "frame", "frame", "behind", then="END")
            with m.State("END"):
                m.d.comb += init.done.eq(1)
                m.next = "SUM"

    def _foresee(self, m):
        """Limits, and whether there is room."""
        command, config = self._command, self._book.config
        bad = (
            (command.sink_tokens > MOST_SINKS)
            | (command.max_chunk == 0)
            | (command.max_chunk > config.max_chunk)
            | (command.held_back < config.page_entries - 1)
            | (command.frames == 0)
        )
        promised = self._promised + self._asked + command.sink_tokens
        no_room = (promised > config.near_slots) | (command.frames > self._pools["frame"].left)
        self._bad = settled(m, "init_bad", config.timing, bad)
        self._no_room = settled(m, "init_no_room", config.timing, no_room)

    def _check(self, m):
        """Limits first, then whether there is room."""
        with m.If(self._bad):
            m.d.sync += self.status.eq(KVStatus.BAD_COMMAND)
            m.next = "END"
        with m.Elif(self._no_room):
            m.d.sync += self.status.eq(KVStatus.REFUSED)
            m.next = "END"
        with m.Else():
            m.d.sync += self.status.eq(KVStatus.OK)
            m.next = "BEGIN"

    def _begin(self, m):
        now, command = self._book.now, self._command
        m.d.sync += [
            now.as_value().eq(0),
            now.sink_tokens.eq(command.sink_tokens),
            now.recent_tokens.eq(command.recent_tokens),
            now.max_chunk.eq(command.max_chunk),
            now.held_back.eq(command.held_back),
            now.capacity.eq(self._asked),
            now.frames.eq(command.frames),
            self._promised.eq(self._promised + self._asked + command.sink_tokens),
            self._left.eq(command.sink_tokens),
        ]

    def _list(self, m, record, ends, link, *, then):
        """Take so many of a pool, and link them one behind the other."""
        book, pool, now, left = self._book, self._pools[record], self._book.now, self._left
        taken = Signal(getattr(book.config, record), name=f"{ends}_taken", reset_less=True)
        first, last = now[f"{ends}_first"], now[f"{ends}_last"]
        begun = Signal(name=f"{ends}_begun")
        state = ends.upper()
        with m.State(state):
            with m.If(left == 0):
                m.d.sync += begun.eq(0)
                m.next = then
            with m.Else(), pool.take.call(m):
                m.d.sync += taken.eq(pool.number)
                m.next = f"{state}_SELF"
        with m.State(f"{state}_SELF"):
            own = {"before": last} if record == "frame" else {}
            with book.write(m, record, taken, **own):
                m.next = f"{state}_LINK"
        with m.State(f"{state}_LINK"):
            with m.If(~begun):
                m.d.sync += [begun.eq(1), first.eq(taken), last.eq(taken), left.eq(left - 1)]
                m.next = state
            with m.Else(), book.change(m, record, last, **{link: taken}):
                m.d.sync += [last.eq(taken), left.eq(left - 1)]
                m.next = state

    def _define_free(self, m):
        """Lists go back whole; of what is held there is one a cluster."""
        book, now, free, pools = self._book, self._book.now, self.free, self._pools
        held = Signal(book.records["held"], name="free_held", reset_less=True)
        cluster = Signal(book.config.cluster, name="free_cluster", reset_less=True)
        slots = pools["slot"].give
        timing = book.config.timing
        young = settled(m, "free_young", timing, now.slots - now.held)
        amounts = {"sinks": now.sink_tokens, "held": now.held, "pages": now.pages}
        amounts["young"] = now.slots - now.held
        none = {
            name: settled(m, f"free_no_{name}", timing, amount == 0)
            for name, amount in amounts.items()
        }
        seen = Signal(book.config.clusters, name="free_seen", reset_less=True)
        all_seen = settled(m, "all_seen", timing, seen == now.known)
        with m.FSM(name="free"):
            with m.State("PROMISE"), m.If(free.go):
                m.d.sync += [
                    cluster.eq(now.growth_first),
                    self._promised.eq(self._promised - now.capacity - now.sink_tokens),
                ]
                m.next = "SINKS"
            pause(m, timing, "HELD")
            with m.State("SINKS"):
                sinks = now.sink_first, now.sink_last, now.sink_tokens
                self._give(m, slots, *sinks, none["sinks"], "HELD")
            with m.State("HELD"):
                with m.If(none["held"]):
                    m.next = "YOUNG"
                with m.Else(), book.read(m, "held", cluster) as record:
                    m.d.sync += held.eq(record)
                    m.next = "CLUSTER"
            with m.State("CLUSTER"):
                with slots.call(m, first=held.first, last=held.last, count=held.count):
                    m.next = "BEHIND"
            with m.State("BEHIND"):
                with book.read(m, "growth", cluster) as record:
                    m.d.sync += [
                        cluster.eq(record.behind),
                        now.held.eq(now.held - held.count),
                        now.slots.eq(now.slots - held.count),
                    ]
                    m.next = soon(timing, "HELD")
            with m.State("YOUNG"):
                self._give(m, slots, now.age_first, now.age_last, young, none["young"], "FRAMES")
            with m.State("FRAMES"):  # there are some (spec D87)
                frames = {"first": now.frame_first, "last": now.frame_last, "count": now.frames}
                with pools["frame"].give.call(m, **frames):
                    m.next = "PAGES"
            with m.State("PAGES"):
                m.d.sync += cluster.eq(0)
                page = pools["page"].give, now.page_first, now.page_last, now.pages
                self._give(m, *page, none["pages"], "FAR")
            self._define_extents(m, cluster, seen, all_seen)

    def _define_extents(self, m, cluster, seen, all_seen):
        """Those of each cluster; how many there are in all is said with the first ones."""
        book, now, give = self._book, self._book.now, self._pools["extent"].give
        extents = Signal(book.records["extents"], name="free_extents", reset_less=True)
        timing = book.config.timing
        pause(m, timing, "EXTENTS")
        again = soon(timing, "EXTENTS")  # there is no call in between
        with m.State("FAR"):
            m.d.sync += seen.eq(0)
            m.next = again
        with m.State("EXTENTS"):
            with m.If(all_seen):
                self._freed(m)
            with m.Else(), book.read(m, "extents", cluster) as record:
                m.d.sync += [extents.eq(record), seen.eq(seen + 1), cluster.eq(cluster + 1)]
                m.next = again
                with m.If(record.far):
                    m.next = "GIVE"
        with m.State("GIVE"):
            ends = {"first": extents.first, "last": extents.last, "count": now.extents}
            with give.call(m, **ends):
                m.d.sync += now.extents.eq(0)
                m.next = again

    def _give(self, m, give, first, last, count, none, then):
        """In a state: some that are linked, if there are any."""
        with m.If(none):
            m.next = then
        with m.Else(), give.call(m, first=first, last=last, count=count):
            m.next = then

    def _freed(self, m):
        m.d.comb += self.free.done.eq(1)
        m.next = "PROMISE"
