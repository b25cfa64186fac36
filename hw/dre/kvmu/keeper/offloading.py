"""Pages that leave (spec D62, D86)."""

from amaranth.hdl import Signal

from dre.kvmu.keeper.leaving import Leaving
from dre.kvmu.keeper.routine import Routine, settled


class Offloading:
    """Writes pages while too much is held back.

    Parameters
    ----------
    m : Module
    book : Book
    pools : dict of str to Pool
    growth : Growth
    orders : Orders
        Of the mover that offloads.
    places : Places

    Attributes
    ----------
    offload : Routine
        As many pages as have to leave.
    written : Signal
        Pages that have.
    failed : Signal
        One could not be written.
    settled : Signal
        1 in the cycle in which a page is written and done with.
    """

    def __init__(self, m, book, pools, growth, orders, places):
        self._book, self._pools, self._orders = book, pools, orders
        self.offload = Routine(m, "offload", book.config.timing)
        self.settled = Signal(name="page_settled")
        self.written = Signal(book.config.pages, name="written", reset_less=True)
        self.failed = Signal(name="write_failed", reset_less=True)
        ends = pools["slot"], pools["extent"]
        self._leaving = Leaving(m, book, *ends, growth, orders, places)
        self._page = Signal(book.config.page, name="written_page", reset_less=True)
        self._tries = Signal(3, name="write_tries", reset_less=True)
        self._bad = Signal(name="write_bad", reset_less=True)
        now, config = book.now, book.config
        full = (pools["page"].left == 0) | (pools["extent"].left < config.page_entries)
        stays = (now.held <= now.held_back) | full
        self._stays = settled(m, "page_stays", config.timing, stays)
        self._define(m)

    def _define(self, m):
        with m.FSM(name="offload"):
            with m.State("IDLE"), m.If(self.offload.go):
                m.d.sync += [self.written.eq(0), self.failed.eq(0)]
                m.next = "PAGE"
            self._write(m)
            self._settle(m)
        with m.If(self._orders.ended & self._orders.failed):
            m.d.sync += self._bad.eq(1)

    def _write(self, m):
        """States: a page that must leave and can, written until that goes well or for good not."""
        book, pages, page = self._book, self._pools["page"], self._page
        with m.State("PAGE"):
            with m.If(self._stays | self.failed):
                m.d.comb += self.offload.done.eq(1)
                m.next = "IDLE"
            with m.Else(), pages.take.call(m):
                m.d.sync += [page.eq(pages.number), self._tries.eq(0), self._bad.eq(0)]
                m.next = "WRITE"
        with m.State("WRITE"), self._leaving.walk.call(m, page=page, settle=0):
            m.next = "WAIT"
        with m.State("WAIT"), m.If(~self._orders.open):
            m.next = "SETTLE"
            with m.If(self._bad):
                m.d.sync += [self._tries.eq(self._tries + 1), self._bad.eq(0)]
                m.next = "WRITE"
                with m.If(self._tries == book.config.retries):
                    m.next = "GIVE_UP"
        with m.State("GIVE_UP"):
            with pages.give.call(m, first=page, last=page, count=1):
                m.d.sync += self.failed.eq(1)
                m.next = "PAGE"

    def _settle(self, m):
        """States: its entries are there and no longer here, and the page is the context's last."""
        book, now, page = self._book, self._book.now, self._page
        with m.State("SETTLE"), self._leaving.walk.call(m, page=page, settle=1):
            m.next = "LINK"
        with m.State("LINK"):  # behind the pages that the context has
            with m.If(now.pages == 0):
                m.d.sync += now.page_first.eq(page)
                m.next = "OWN"
            with m.Else(), book.change(m, "page", now.page_last, link=page):
                m.next = "OWN"
        with m.State("OWN"), book.write(m, "page", page):
            m.d.comb += self.settled.eq(1)
            m.d.sync += [
                now.page_last.eq(page),
                now.pages.eq(now.pages + 1),
                self.written.eq(self.written + 1),
            ]
            m.next = "PAGE"
