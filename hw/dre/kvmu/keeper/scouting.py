"""Lets words of metadata come before they are needed (spec D94)."""

from amaranth.hdl import Signal

from dre.kvmu.keeper.routine import Routine

STEPS = 3
"""Rounds over a few clusters, before they are gone through."""


class Scouting:
    """Looks after what a cluster's first entries are found by, one link of the chain a step.

    A step is taken for several clusters before the next one, so that as many of their words are on
    the way as near memory gives at a time. Nothing is changed, and nothing is said.

    Parameters
    ----------
    m : Module
    book : Book

    Attributes
    ----------
    scout : Routine
        For ``cluster``, whether it is known or not. ``step``: 0 lets its own words come, 1 its
        first extent and the first slot it holds, 2 that extent's page and first entries, and the
        next extent.
    """

    def __init__(self, m, book):
        config = book.config
        self._book = book
        self.scout = Routine(
            m, "scout", config.timing, cluster=config.named_cluster, step=range(STEPS)
        )
        self._number = self.scout.cluster[: config.cluster.width]
        self._first = Signal(config.extent, name="scout_extent", reset_less=True)
        self._last = Signal(config.extent, name="scout_last", reset_less=True)
        self._page = Signal(config.page, name="scout_page", reset_less=True)
        self._place = Signal(config.place, name="scout_place", reset_less=True)
        self._slot = Signal(config.slot, name="scout_slot", reset_less=True)
        with m.FSM(name="scout"):
            self._define_own(m)
            self._define_first(m)
            self._define_page(m)

    def _end(self, m):
        m.d.comb += self.scout.done.eq(1)
        m.next = "BEGIN"

    def _define_own(self, m):
        book, scout, number = self._book, self.scout, self._number
        with m.State("BEGIN"), m.If(scout.go):
            with m.If(scout.cluster >= book.now.known):
                self._end(m)
            with m.Else():
                m.next = "EXTENTS"
                with m.If(scout.step == 0):
                    m.next = "LAST"
        with m.State("LAST"), book.hint(m, "extents", number):
            m.next = "FIRST"
        with m.State("FIRST"), book.hint(m, "held", number):
            self._end(m)

    def _define_first(self, m):
        book, scout, number = self._book, self.scout, self._number
        with m.State("EXTENTS"), book.read(m, "extents", number) as record:
            m.d.sync += [self._first.eq(record.first), self._last.eq(record.last)]
            with m.If(scout.step == 1):
                m.next = "HELD"
                with m.If(record.far):
                    m.next = "ASK"
            with m.Elif(record.far):
                m.next = "EXTENT"
            with m.Else():
                self._end(m)
        with m.State("ASK"), book.hint(m, "extent", self._first):
            m.next = "HELD"
        with m.State("HELD"), book.read(m, "held", number) as record:
            m.d.sync += self._slot.eq(record.first)
            with m.If(record.count != 0):
                m.next = "SLOT"
            with m.Else():
                self._end(m)
        with m.State("SLOT"), book.hint(m, "slot", self._slot):
            self._end(m)

    def _define_page(self, m):
        book = self._book
        with m.State("EXTENT"), book.read(m, "extent", self._first) as record:
            m.d.sync += [
                self._page.eq(record.page),
                self._place.eq(record.place),
                self._first.eq(record.next),
            ]
            m.next = "PAGE"
            with m.If(self._first != self._last):
                m.next = "SECOND"
        with m.State("SECOND"), book.hint(m, "extent", self._first):
            m.next = "PAGE"
        with m.State("PAGE"), book.hint(m, "page", self._page):
            m.next = "PAIR"
        with m.State("PAIR"), book.hint_pair(m, self._page, self._place):
            self._end(m)
