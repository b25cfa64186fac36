"""What of a selection is here, and what has to be read (spec D66, D67)."""

from amaranth.hdl import Const, Mux, Signal

from dre.kvmu.keeper.page_set import PageSet
from dre.kvmu.keeper.routine import Routine, pause, settled, soon


class Planning:
    """Goes through the entries of selected clusters.

    What is here is delivered at once. Of what is not, pages are noted with the entries wanted of
    them; those of a window are put in order and linked behind those of the windows before.

    Parameters
    ----------
    m : Module
    book : Book
    area : Area
    delivering : Delivering
    places : Places

    Attributes
    ----------
    cluster : Routine
        ``cluster`` is selected.
    flush : Routine
        The window at hand is over.
    from_ring, from_area : Signal
        1 in the cycle in which such a token is delivered.
    """

    def __init__(self, m, book, area, delivering, places):
        config = book.config
        self._book, self._area, self._delivering = book, area, delivering
        self._places, self._timing = places, config.timing
        self.cluster = Routine(m, "plan", config.timing, cluster=config.named_cluster)
        self.flush = Routine(m, "flush", config.timing)
        self.from_ring, self.from_area = Signal(name="from_ring"), Signal(name="from_area")
        m.submodules.page_set = self._set = PageSet(config.far_pages, config.timing)
        self._window = Signal(range(config.window + 1), name="window")

        def register(name, shape):
            return Signal(shape, name=f"plan_{name}", reset_less=True)

        self._number = self.cluster.cluster[: config.cluster.width]
        self._slot, self._left = register("slot", config.slot), register("left", config.slots)
        self._at, self._end = register("extent", config.extent), register("last", config.extent)
        self._extent = register("extent_at_hand", book.records["extent"])
        self._ahead = register("extent_ahead", book.records["extent"])
        self._place = register("place", config.place)
        self._page = register("page", book.records["page"])
        self._noted = register("noted", 1)  # something is wanted of the page already
        self._count = register("count", config.place)  # entries of the extent behind this one
        self._flushed = register("flushed", config.page)  # last of those in order
        self._run = register("run", range(config.most_pages + 1))
        self._ends = settled(m, "plan_ends", config.timing, self._at == self._end)
        none_missing = book.now.missing == 0
        self._none_missing = settled(m, "none_missing", config.timing, none_missing)
        with m.FSM(name="plan"):
            self._define_extents(m)
            self._define_ahead(m)
            self._define_missing(m)
            self._define_resident(m)
            self._define_held(m)
            self._define_end(m)
        with m.FSM(name="flush"):
            self._define_flush(m)

    def _define_extents(self, m):
        book, number, at = self._book, self._number, self._at
        with m.State("BEGIN"), m.If(self.cluster.go):
            m.d.sync += self._window.eq(self._window + 1)
            m.next = "EXTENTS"
            with m.If(self.cluster.cluster >= book.now.known):
                m.next = "END"
        with m.State("EXTENTS"), book.read(m, "extents", number) as record:
            m.d.sync += [at.eq(record.first), self._end.eq(record.last)]
            m.next = "HELD"
            with m.If(record.far):
                m.next = "EXTENT"
        with m.State("EXTENT"), book.read(m, "extent", at) as record:
            m.d.sync += self._ahead.eq(record)
            m.next = "TAKE"
        with m.State("TAKE"):
            m.d.sync += [
                self._extent.eq(self._ahead),
                self._place.eq(self._ahead.place),
                self._count.eq(self._ahead.less_one),
            ]
            with m.If(self._ends):
                m.next = "PAGE"
            with m.Else(), book.hint(m, "extent", self._ahead.next):
                m.next = "PAGE"
        with m.State("PAGE"), book.read(m, "page", self._extent.page) as record:
            m.d.sync += [self._page.eq(record), self._noted.eq(record.wanted != 0)]
            m.next = "MISSING"
            with m.If(record.resident):
                m.next = "TOUCH"
        with m.State("NEXT"):
            m.d.sync += at.eq(self._extent.next)
            m.next = soon(self._timing, "TAKE")
            with m.If(self._ends):
                m.next = "HELD"
        pause(m, self._timing, "TAKE")

    def _define_ahead(self, m):
        """The next extent is read, and its words come, while the entries of this one go out."""
        book, ahead = self._book, self._ahead

        def go_on():
            m.next = "NEXT"
            with m.If(self._page.resident):
                m.next = "PAIR"

        with m.State("AHEAD"):
            with m.If(self._ends):
                go_on()
            with m.Else(), book.read(m, "extent", self._extent.next) as record:
                m.d.sync += ahead.eq(record)
                m.next = "AHEAD PAGE"
        with m.State("AHEAD PAGE"), book.hint(m, "page", ahead.page):
            m.next = "AHEAD PAIR"
        with m.State("AHEAD PAIR"), book.hint_pair(m, ahead.page, ahead.place):
            go_on()

    def _define_missing(self, m):
        book, extent = self._book, self._extent
        entries = book.config.page_entries
        wanted = Signal(entries, name="wanted")
        some = (Const(2, entries + 1) << extent.less_one) - 1
        m.d.comb += [
            wanted.eq(self._page.wanted | (some[:entries] << extent.place)),
            self._set.number.eq(extent.page),
        ]
        with m.State("MISSING"):
            with m.If(self._noted):
                m.next = "WANT"
            with m.Else():
                m.d.comb += self._set.insert.eq(1)
                with m.If(self._set.done):
                    m.next = "WANT"
        with m.State("WANT"), book.change(m, "page", extent.page, wanted=wanted):
            m.next = "AHEAD"

    def _define_resident(self, m):
        book, config, place = self._book, self._book.config, self._place
        frame = self._page.place[: config.frame.width]
        position = Signal(config.position, name="plan_resident", reset_less=True)
        with m.State("TOUCH"), self._area.touch.call(m, frame=frame):
            m.next = "AHEAD"
        with m.State("PAIR"), book.pair(m, self._extent.page, place) as found:
            m.d.sync += position.eq(found)
            m.next = "HERE"
        with m.State("HERE"):
            address = self._places.frame(frame, place)
            with self._delivering.token.call(m, token=position, address=address):
                m.d.comb += self.from_area.eq(1)
                m.d.sync += [place.eq(place + 1), self._count.eq(self._count - 1)]
                m.next = "PAIR"
                with m.If(self._count == 0):
                    m.next = "NEXT"

    def _define_held(self, m):
        book, slot = self._book, self._slot
        position = Signal(book.config.position, name="plan_position", reset_less=True)
        link = Signal.like(slot, name="plan_link", reset_less=True)
        with m.State("HELD"), book.read(m, "held", self._number) as record:
            m.d.sync += [slot.eq(record.first), self._left.eq(record.count)]
            m.next = "SLOT"
        with m.State("SLOT"):
            with m.If(self._left == 0):
                m.next = "END"
            with m.Else(), book.read(m, "slot", slot) as record:
                m.d.sync += [position.eq(record.position), link.eq(record.link)]
                m.next = "RING"
        with m.State("RING"):
            token = {"token": position, "address": self._places.slot(slot)}
            with self._delivering.token.call(m, **token):
                m.d.comb += self.from_ring.eq(1)
                m.d.sync += [slot.eq(link), self._left.eq(self._left - 1)]
                m.next = "SLOT"

    def _define_end(self, m):
        with m.State("END"):
            with m.If(self._window != self._book.config.window):
                m.d.comb += self.cluster.done.eq(1)
                m.next = "BEGIN"
            with m.Else():
                m.next = "FLUSH"
        with m.State("FLUSH"), self.flush.call(m):
            m.d.comb += self.cluster.done.eq(1)
            m.next = "BEGIN"

    def _define_flush(self, m):
        """Pages in ascending order; neighbours are one read."""
        book, config, now, last = self._book, self._book.config, self._book.now, self._flushed
        page = Signal(config.page, name="flushing", reset_less=True)
        begins = (self._run == 0) | (self._run == config.most_pages) | (page != last + 1)
        begins = settled(m, "run_begins", self._timing, begins)
        with m.State("BEGIN"), m.If(self.flush.go):
            m.d.sync += [self._window.eq(0), self._run.eq(0)]
            m.next = "LOOK"
        with m.State("LOOK"):
            m.next = "TAKE"
            with m.If(~self._set.some):
                m.d.comb += self.flush.done.eq(1)
                m.next = "BEGIN"
        with m.State("TAKE"):
            m.d.comb += self._set.take.eq(1)
            m.d.sync += page.eq(self._set.least)
            with m.If(self._set.done):
                m.next = "LINK"
        with m.State("LINK"):
            with m.If(self._none_missing):
                m.d.sync += now.missing_first.eq(page)
                m.next = "MARK"
            with m.Else(), book.change(m, "page", last, place=page):
                m.next = "MARK"
        with m.State("MARK"), book.change(m, "page", page, begins=begins):
            m.d.sync += [
                last.eq(page),
                now.missing.eq(now.missing + 1),
                self._run.eq(Mux(begins, 1, self._run + 1)),
            ]
            m.next = "LOOK"
