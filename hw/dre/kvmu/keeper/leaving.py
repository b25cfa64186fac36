"""Which held entries share the next page, and how they leave (spec D63, D65)."""

from amaranth.hdl import Cat, Mux, Signal

from dre.kvmu.keeper.routine import Routine, settled


class Leaving:
    """Walks the held entries that fill a page.

    The same walk twice: once entry by entry to the mover, which changes nothing here, and once,
    when all of the page has been written, to note where they lie and to let their slots go.

    Parameters
    ----------
    m : Module
    book : Book
    slots, extents : Pool
    growth : Growth
    orders : Orders
    places : Places

    Attributes
    ----------
    walk : Routine
        For ``page``; the second time with ``settle``.
    """

    def __init__(self, m, book, slots, extents, growth, orders, places):
        config = book.config
        self._book, self._slots, self._pool, self._growth = book, slots, extents, growth
        self._orders, self._places = orders, places
        self.walk = Routine(m, "walk", config.timing, page=config.page, settle=1)

        def register(name, shape):
            return Signal(shape, name=f"leaving_{name}", reset_less=True)

        entries = range(config.page_entries + 1)
        self._filled = register("filled", entries)  # entries of the page
        self._cluster = register("cluster", config.cluster)
        self._held = register("held", book.records["held"])
        self._growing = register("growing", book.records["growth"])
        self._whole = register("whole", 1)  # the cluster fills the page
        self._take = register("take", entries)  # of the cluster's entries
        self._left = register("left", entries)
        self._slot, self._last = register("slot", config.slot), register("last", config.slot)
        self._link = register("link", config.slot)
        self._position = register("position", config.position)
        self._even = register("even", config.position)  # of the pair at hand
        self._extents = register("extents", book.records["extents"])
        self._extent = register("extent", config.extent)
        room = (config.page_entries - self._filled)[: len(self._filled)]
        self._room = settled(m, "leaving_room", config.timing, room)
        self._rest = Signal.like(self._held.count, name="leaving_rest")
        m.d.comb += self._rest.eq(self._held.count - self._take)
        conditions = {
            "some_whole": book.now.whole != 0,
            "none_rest": self._rest == 0,
            "page_rests": self._rest >= config.page_entries,
        }
        self._is = {
            name: settled(m, name, config.timing, condition)
            for name, condition in conditions.items()
        }
        with m.FSM(name="walk"):
            self._define_clusters(m)
            self._define_entries(m)
            self._define_extent(m)
            self._define_rest(m)

    def _define_clusters(self, m):
        book, now, walk, cluster = self._book, self._book.now, self.walk, self._cluster
        with m.State("BEGIN"), m.If(walk.go):
            some = self._is["some_whole"]
            m.d.sync += [
                self._filled.eq(0),
                self._whole.eq(some),
                cluster.eq(Mux(some, now.whole_first, now.growth_first)),
            ]
            m.next = "HELD"
        with m.State("HELD"), book.read(m, "held", cluster) as record:
            room = self._room
            take = Signal.like(self._filled, name="leaving_takes")
            m.d.comb += [
                take.eq(Mux(record.count < room, record.count, room)),
            ]
            m.d.sync += [
                self._held.eq(record),
                self._slot.eq(record.first),
                self._take.eq(take),
                self._left.eq(take),
            ]
            m.next = "GROWTH"
        with m.State("GROWTH"), book.read(m, "growth", cluster) as record:
            m.d.sync += self._growing.eq(record)
            m.next = "SLOT"
        with m.State("NEXT"):
            m.d.sync += cluster.eq(self._growing.behind)
            m.next = "HELD"
            with m.If(self._filled == book.config.page_entries):
                m.d.comb += walk.done.eq(1)
                m.next = "BEGIN"

    def _define_entries(self, m):
        book, config, places = self._book, self._book.config, self._places
        with m.State("SLOT"), book.read(m, "slot", self._slot) as record:
            m.d.sync += [self._link.eq(record.link), self._position.eq(record.position)]
            m.next = "MOVE"
            with m.If(self.walk.settle):
                m.next = "NOTE"
        with m.State("MOVE"):
            job = {
                "source": places.slot(self._slot),
                "target": places.page(self.walk.page, self._filled),
                "bytes": config.entry_bytes,
                "tag": self._filled,
            }
            with self._orders.order.call(m, **job):
                self._step(m)
                with m.If(self._left == 1):
                    m.next = "NEXT"
        with m.State("NOTE"):  # two entries share a word
            pair = Cat(self._filled[1 : config.place.width], self.walk.page)
            with m.If(~self._filled[0]):
                m.d.sync += self._even.eq(self._position)
                self._noted(m)
            with m.Else(), book.write(m, "pair", pair, even=self._even, odd=self._position):
                self._noted(m)

    def _noted(self, m):
        self._step(m)
        with m.If(self._left == 1):
            m.next = "EXTENTS"

    def _step(self, m):
        m.d.sync += [
            self._filled.eq(self._filled + 1),
            self._left.eq(self._left - 1),
            self._last.eq(self._slot),
            self._slot.eq(self._link),
        ]
        m.next = "SLOT"

    def _define_extent(self, m):
        """The cluster's entries in this page, behind those that it has elsewhere."""
        book, now, extents, extent = self._book, self._book.now, self._extents, self._extent
        with m.State("EXTENTS"), book.read(m, "extents", self._cluster) as record:
            m.d.sync += extents.eq(record)
            m.next = "EXTENT"
        with m.State("EXTENT"), self._pool.take.call(m):
            m.d.sync += [extent.eq(self._pool.number), now.extents.eq(now.extents + 1)]
            m.next = "OWN"
        with m.State("OWN"):
            place = self._filled - self._take
            own = {"page": self.walk.page, "place": place, "less_one": self._take - 1}
            with book.write(m, "extent", extent, **own):
                m.next = "FAR"
                with m.If(extents.far):
                    m.next = "BEHIND"
        with m.State("BEHIND"), book.change(m, "extent", extents.last, next=extent):
            m.next = "FAR"
        with m.State("FAR"):
            first = Mux(extents.far, extents.first, extent)
            with book.write(m, "extents", self._cluster, far=1, first=first, last=extent):
                m.next = "LEAVE"

    def _define_rest(self, m):
        """What the cluster still holds; its slots that are free now."""
        book, now, cluster, held = self._book, self._book.now, self._cluster, self._held
        with m.State("LEAVE"):
            kept = {"first": self._slot, "last": held.last, "count": self._rest}
            with book.write(m, "held", cluster, **kept):
                m.next = "GIVE"
        with m.State("GIVE"):
            slots = {"first": held.first, "last": self._last, "count": self._take}
            with self._slots.give.call(m, **slots):
                m.d.sync += [
                    now.held.eq(now.held - self._take),
                    now.slots.eq(now.slots - self._take),
                ]
                m.next = "REST"
                with m.If(self._whole):
                    m.d.sync += [
                        now.whole.eq(now.whole - 1),
                        now.whole_first.eq(self._growing.next),
                    ]
        with m.State("REST"):
            with m.If(self._is["none_rest"]):
                with self._growth.leave.call(m, cluster=cluster):
                    m.next = "NEXT"
            with m.Elif(self._is["page_rests"]):
                with self._growth.fill.call(m, cluster=cluster):
                    m.next = "NEXT"
            with m.Else():
                m.next = "NEXT"
