"""Held entries by cluster, and clusters by when they last grew (spec D63)."""

from amaranth.hdl import Signal

from dre.kvmu.keeper.routine import Routine, called, settled


class Growth:
    """What is held back in the ring: a list of slots a cluster, and two lists of clusters.

    Attributes
    ----------
    hold : Routine
        The entry in ``slot`` becomes a far token of ``cluster``.
    leave : Routine
        ``cluster`` has nothing held any more: it leaves the order of growth.
    fill : Routine
        ``cluster`` fills a page: it is put behind those that do.
    """

    def __init__(self, m, book):
        config = book.config
        self._book = book
        self.hold = Routine(m, "hold", config.timing, slot=config.slot, cluster=config.cluster)
        self.leave = Routine(m, "leave", config.timing, cluster=config.cluster)
        self.fill = Routine(m, "fill", config.timing, cluster=config.cluster)
        self._define_hold(m)
        self._define_leave(m)
        self._define_fill(m)

    def _define_hold(self, m):
        book, now, hold = self._book, self._book.now, self.hold
        held = Signal(book.records["held"], reset_less=True)
        count = Signal.like(held.count, reset_less=True)  # with the new one
        new = Signal(reset_less=True)  # the cluster's words have never been written
        timing = book.config.timing
        self._last = settled(m, "hold_last", timing, hold.cluster == now.growth_last)
        self._new = settled(m, "hold_new", timing, hold.cluster == now.known)
        fills = settled(m, "hold_fills", timing, count == book.config.page_entries)
        with m.FSM(name="hold"):
            self._idle = called(m, timing, hold.go, "LOOK")
            self._add(m, held, count, new)
            self._append(m, new)
            with m.State("FILL"):
                with m.If(~fills):
                    self._held(m)
                with m.Else(), self.fill.call(m, cluster=hold.cluster):
                    self._held(m)

    def _add(self, m, held, count, new):
        """States: a token of the cluster more, and its words if it is new."""
        book, now, hold = self._book, self._book.now, self.hold
        with m.State("LOOK"), m.If(hold.go):
            m.d.sync += [new.eq(self._new), count.eq(1)]
            with m.If(self._new):
                m.next = "BEGIN"
            with m.Else(), book.read(m, "held", hold.cluster) as record:
                m.d.sync += [held.eq(record), count.eq(record.count + 1)]
                m.next = "JOIN"
                with m.If(record.count == 0):
                    m.next = "BEGIN"
        with m.State("BEGIN"):  # its first one
            only = {"first": hold.slot, "last": hold.slot, "count": 1}
            with book.write(m, "held", hold.cluster, **only):
                m.next = "APPEND"
                with m.If(new):
                    m.d.sync += now.known.eq(now.known + 1)
                    m.next = "NO_EXTENTS"
        with m.State("NO_EXTENTS"):
            with book.write(m, "extents", hold.cluster):
                m.next = "APPEND"
        with m.State("JOIN"):  # behind the others
            with book.change(m, "slot", held.last, link=hold.slot):
                m.next = "COUNT"
        with m.State("COUNT"):
            more = {"first": held.first, "last": hold.slot, "count": count}
            with book.write(m, "held", hold.cluster, **more):
                m.next = "MOVE"
                with m.If(self._last):
                    m.next = "FILL"
        with m.State("MOVE"):
            with self.leave.call(m, cluster=hold.cluster):
                m.next = "APPEND"

    def _append(self, m, new):
        """States: behind those that have grown before it."""
        book, now, hold = self._book, self._book.now, self.hold
        with m.State("APPEND"):  # to those that have grown
            m.next = "APPEND_LINK"
            with m.If(now.held == 0):
                m.d.sync += now.growth_first.eq(hold.cluster)
                m.next = "APPEND_SELF"
        with m.State("APPEND_LINK"):
            with book.change(m, "growth", now.growth_last, behind=hold.cluster):
                m.next = "APPEND_SELF"
        with m.State("APPEND_SELF"):
            with m.If(new):
                with book.write(m, "growth", hold.cluster, before=now.growth_last):
                    self._grown(m)
            with m.Else():
                with book.change(m, "growth", hold.cluster, before=now.growth_last):
                    self._grown(m)

    def _grown(self, m):
        m.d.sync += self._book.now.growth_last.eq(self.hold.cluster)
        m.next = "FILL"

    def _held(self, m):
        now = self._book.now
        m.d.comb += self.hold.done.eq(1)
        m.d.sync += now.held.eq(now.held + 1)
        m.next = self._idle

    def _define_leave(self, m):
        book, now, leave = self._book, self._book.now, self.leave
        growth = Signal(book.records["growth"], reset_less=True)
        timing = book.config.timing
        leads = settled(m, "growth_leads", timing, leave.cluster == now.growth_first)
        ends = settled(m, "growth_ends", timing, leave.cluster == now.growth_last)
        with m.FSM(name="leave"):
            with m.State("LOOK"), m.If(leave.go):
                with book.read(m, "growth", leave.cluster) as record:
                    m.d.sync += growth.eq(record)
                    m.next = "BEFORE"
            with m.State("BEFORE"):
                book.skip(m, "growth", growth, now.growth_first, leads, then="BEHIND")
            with m.State("BEHIND"):
                with m.If(ends):
                    m.d.comb += leave.done.eq(1)
                    m.d.sync += now.growth_last.eq(growth.before)
                    m.next = "LOOK"
                with m.Else(), book.change(m, "growth", growth.behind, before=growth.before):
                    m.d.comb += leave.done.eq(1)
                    m.next = "LOOK"

    def _define_fill(self, m):
        book, now, fill = self._book, self._book.now, self.fill
        none = settled(m, "none_whole", book.config.timing, now.whole == 0)
        with m.If(fill.go):
            with m.If(none):
                m.d.comb += fill.done.eq(1)
                m.d.sync += now.whole_first.eq(fill.cluster)
            with m.Else(), book.change(m, "growth", now.whole_last, next=fill.cluster):
                m.d.comb += fill.done.eq(1)
        with m.If(fill.done):
            m.d.sync += [now.whole.eq(now.whole + 1), now.whole_last.eq(fill.cluster)]
