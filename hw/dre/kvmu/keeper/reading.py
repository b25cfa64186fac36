"""The parts of a selection: pages that are read, and delivered as they come (spec D66, D86)."""

from amaranth.hdl import Mux, Signal
from amaranth.lib import data

from dre.axi import PAGE_BYTES
from dre.flags import Flags
from dre.kvmu.keeper.page_set import lowest
from dre.kvmu.keeper.routine import Routine, pause, settled, soon
from dre.layouts import index
from dre.memory import SyncMemory


class Reading:
    """As many of the missing pages as there is room for beside what the part uses.

    Up to ``jobs`` of them are under way; they are delivered in the order in which they were asked
    for, whatever order they come in.

    Parameters
    ----------
    m : Module
    book : Book
    area : Area
    delivering : Delivering
    orders : Orders
        Of the mover that fetches.
    places : Places

    Attributes
    ----------
    read : Routine
    lost, some_lost : Signal
        Wanted entries of pages that could not be read; there are some.
    page_read, begins, from_far : Signal
        1 in the cycle in which a page is asked for; that begins a read; a token is delivered.
    """

    def __init__(self, m, book, area, delivering, orders, places):
        config = book.config
        self._book, self._area, self._delivering = book, area, delivering
        self._orders, self._places = orders, places
        self.read = Routine(m, "read_pages", config.timing)
        self.lost = Signal(config.tokens, name="lost", reset_less=True)
        self.page_read, self.begins = Signal(name="page_read"), Signal(name="read_begins")
        self.from_far = Signal(name="from_far")

        def register(name, shape):
            return Signal(shape, name=f"reading_{name}", reset_less=True)

        jobs, tag = config.jobs, index(config.jobs)
        self._left = register("left", range(config.frames + 1))  # to be asked for in this part
        self._clear = register("clear", config.frame)
        self._open = register("open", range(jobs + 1))
        self._head, self._tail = register("head", tag), register("tail", tag)
        self._tries = register("tries", 3)
        self._page, self._frame = register("page", config.page), register("frame", config.frame)
        self._record = register("record", book.records["page"])
        self._wanted = register("wanted", config.page_entries)
        self._none = register("none", 1)  # is wanted
        self._first = register("first", 1)  # of the part
        self._ended, self._bad = Flags(m, "reads_ended", jobs), Flags(m, "reads_failed", jobs)
        shape = data.StructLayout({"page": config.page, "frame": config.frame})
        m.submodules.reads_open = self._under_way = SyncMemory(shape=shape, depth=jobs, latency=1)
        self._ended.write(orders.ended, orders.tag, 1)
        self._bad.write(orders.ended, orders.tag, orders.failed)
        timing = config.timing
        self.some_lost = settled(m, "some_lost", timing, self.lost != 0)
        self._has_ended = settled(m, "read_ended", timing, self._ended[self._head])
        self._has_failed = settled(m, "read_failed", timing, self._bad[self._head])
        self._none_used = settled(m, "none_used", timing, area.hits == 0)
        with m.FSM(name="read_pages"):
            self._define_begin(m)
            self._define_asking(m)
            self._define_coming(m)
            self._define_wanted(m)

    def _define_begin(self, m):
        """Room is what the part does not use; then nothing is marked as used any more."""
        book, now, area, left = self._book, self._book.now, self._area, self._left
        timing = book.config.timing
        room = settled(m, "reading_room", timing, (now.frames - area.hits)[: len(left)])
        with m.State("BEGIN"), m.If(self.read.go):
            m.d.sync += [
                left.eq(Mux(now.missing < room, now.missing, room)),
                self._clear.eq(now.frame_last),
                self.lost.eq(0),
                self._first.eq(1),
                *(register.eq(0) for register in (self._open, self._head, self._tail)),
            ]
            m.next = soon(timing, "USED")
        pause(m, timing, "USED")
        with m.State("USED"):
            with m.If(self._none_used):
                m.next = soon(timing, "CHOOSE")
            with m.Else(), book.change(m, "frame", self._clear, used=0):
                m.next = "BEFORE"
        with m.State("BEFORE"), book.read(m, "frame", self._clear) as record:
            m.d.sync += [self._clear.eq(record.before), area.hits.eq(area.hits - 1)]
            m.next = soon(timing, "USED")
        pause(m, timing, "CHOOSE")
        with m.State("CHOOSE"):
            m.d.sync += self._tries.eq(0)
            with m.If((self._open != 0) & self._has_ended):
                m.next = "LOOK"
            with m.Elif((left != 0) & (self._open != book.config.jobs)):
                m.next = "ASK"
            with m.Elif((left == 0) & (self._open == 0)):
                m.d.comb += self.read.done.eq(1)
                m.next = "BEGIN"

    def _define_asking(self, m):
        book, now, page = self._book, self._book.now, self._page
        under_way = self._under_way
        with m.State("ASK"), book.read(m, "page", now.missing_first) as record:
            m.d.comb += self.begins.eq(record.begins | self._first)
            m.d.sync += [
                page.eq(now.missing_first),
                now.missing_first.eq(record.place),
                now.missing.eq(now.missing - 1),
                self._left.eq(self._left - 1),
                self._first.eq(0),
            ]
            m.next = "PUT"
        with m.State("PUT"), self._area.put.call(m, page=page):
            m.d.sync += self._frame.eq(self._area.frame)
            m.next = "ORDER"
        with m.State("ORDER"), self._order(m, self._tail):
            m.d.comb += [
                self.page_read.eq(1),
                under_way.write_en.eq(1),
                under_way.write_address.eq(self._tail),
                under_way.write_data.page.eq(page),
                under_way.write_data.frame.eq(self._frame),
            ]
            m.d.sync += [self._tail.eq(self._tail + 1), self._open.eq(self._open + 1)]
            m.next = "CHOOSE"

    def _order(self, m, tag):
        self._ended.write(self._orders.order.done, tag, 0)
        return self._orders.order.call(
            m,
            source=self._places.page(self._page, 0),
            target=self._places.frame(self._frame, 0),
            bytes=PAGE_BYTES,
            tag=tag,
        )

    def _define_coming(self, m):
        """The page that was asked for first has ended."""
        book, under_way, head = self._book, self._under_way, self._head
        with m.State("LOOK"):
            m.d.comb += [under_way.read_en.eq(1), under_way.read_address.eq(head)]
            m.next = "JUDGE"
        with m.State("JUDGE"):
            m.d.sync += [
                self._page.eq(under_way.read_data.page),
                self._frame.eq(under_way.read_data.frame),
            ]
            m.next = "RECORD"
            with m.If(self._has_failed):
                m.next = "KNOWN"
        with m.State("KNOWN"), m.If(~self._orders.unknown):
            m.next = "AGAIN"
            with m.If(self._tries == book.config.retries):
                m.next = "EMPTY"
        with m.State("AGAIN"), self._order(m, head):
            m.d.sync += self._tries.eq(self._tries + 1)
            m.next = "WAIT"
        with m.State("WAIT"), m.If(self._has_ended):
            m.next = "LOOK"
        with m.State("EMPTY"), book.change(m, "frame", self._frame, full=0):
            m.next = "RECORD"
        with m.State("RECORD"), book.read(m, "page", self._page) as record:
            m.d.sync += [
                self._record.eq(record),
                self._wanted.eq(record.wanted),
                self._none.eq(record.wanted == 0),
            ]
            m.next = "OWN"
        with m.State("OWN"):
            good = {"resident": ~self._has_failed, "place": self._frame}
            own = {"link": self._record.link, **good}
            with book.write(m, "page", self._page, **own):
                m.next = "WANTED"

    def _define_wanted(self, m):
        """Its wanted entries."""
        book, config, wanted = self._book, self._book.config, self._wanted
        place = lowest(m, "reading", wanted)
        rest = wanted & (wanted - 1)
        one_less = wanted.eq(rest), self._none.eq(rest == 0)
        position = Signal(config.position, name="reading_position", reset_less=True)
        with m.State("WANTED"):
            with m.If(self._none):
                m.d.sync += [self._head.eq(self._head + 1), self._open.eq(self._open - 1)]
                m.next = soon(config.timing, "CHOOSE")
            with m.Elif(self._has_failed):
                m.d.sync += [self.lost.eq(self.lost + 1), *one_less]
            with m.Else(), book.pair(m, self._page, place) as found:
                m.d.sync += position.eq(found)
                m.next = "GIVE"
        with m.State("GIVE"):
            address = self._places.frame(self._frame, place)
            with self._delivering.token.call(m, token=position, address=address):
                m.d.comb += self.from_far.eq(1)
                m.d.sync += one_less
                m.next = "WANTED"
