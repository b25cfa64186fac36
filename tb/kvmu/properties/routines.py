"""Small parts of the KVMU with ports of their own."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from dre.kvmu import KVMUConfig, secded
from dre.kvmu.keeper.area import Area
from dre.kvmu.keeper.book import Book
from dre.kvmu.keeper.pools import Pool
from dre.kvmu.keeper.records import KINDS, WORD_BITS


class Code(wiring.Component):
    """Syndromes of a stored word and of any word, with each of its bits turned round, too.

    What `dre.kvmu.secded.correct` says of the word stored, with errors whose syndrome is given.
    """

    def __init__(self, bits):
        self.bits = bits
        super().__init__(
            {
                "data": In(secded.DATA_BITS),
                "stored": Out(bits),
                "of_stored": Out(secded.CHECK_BITS),
                "any": In(bits),
                "of_any": Out(secded.CHECK_BITS),
                "of_turned": Out(secded.CHECK_BITS * bits),
                "errors": In(bits),
                "of_errors": In(secded.CHECK_BITS),
                "word": Out(bits),
                "corrected": Out(1),
                "failed": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        found = Signal(self.bits)
        result = secded.correct(m.d.comb, found, self.of_errors)
        m.d.comb += [
            self.stored.eq(secded.encode(self.data)),
            self.of_stored.eq(secded.syndrome(self.stored)),
            self.of_any.eq(secded.syndrome(self.any)),
            found.eq(self.stored ^ self.errors),
            self.word.eq(result.word),
            self.corrected.eq(result.corrected),
            self.failed.eq(result.failed),
        ]
        for number in range(self.bits):
            turned = Signal(self.bits, name=f"turned_{number}")
            m.d.comb += [
                turned.eq(self.any ^ (1 << number)),
                self.of_turned.word_select(number, secded.CHECK_BITS).eq(secded.syndrome(turned)),
            ]
        return m


def store_ports(config):
    """How routines reach words: what they ask for, and the answer."""
    index = Book(Module(), config).access.index.shape()
    return {
        "go": Out(1),
        "write": Out(1),
        "kinds": Out(len(KINDS)),
        "index": Out(index),
        "data": Out(WORD_BITS),
        "done": In(1),
        "answer": In(WORD_BITS),
    }


def reach(m, book, part):
    """Connect a book to such ports."""
    access = book.access
    m.d.comb += [
        *(getattr(part, name).eq(getattr(access, name)) for name in ("go", "write", "kinds")),
        *(getattr(part, name).eq(getattr(access, name)) for name in ("index", "data")),
        access.done.eq(part.done),
        book.answer.eq(part.answer),
    ]


class SlotPool(wiring.Component):
    """The pool of slots."""

    def __init__(self, count):
        self.count = count
        self._config = KVMUConfig(near_slots=count)
        slot = self._config.slot
        super().__init__(
            {
                **store_ports(self._config),
                "take": In(1),
                "taken": Out(1),
                "number": Out(slot),
                "give": In(1),
                "first": In(slot),
                "last": In(slot),
                "amount": In(range(count + 1)),
                "given": Out(1),
                "left": Out(range(count + 1)),
                "others": In(slot.width * count),
            }
        )

    def elaborate(self, platform):
        m = Module()
        self.book = book = Book(m, self._config)
        self.pool = pool = Pool(m, book, "slot", "link", self.count)
        reach(m, book, self)
        m.d.comb += [self.number.eq(pool.number), self.left.eq(pool.left)]
        with m.If(self.take), pool.take.call(m):
            m.d.comb += self.taken.eq(1)
        chain = {"first": self.first, "last": self.last, "count": self.amount}
        with m.If(self.give), pool.give.call(m, **chain):
            m.d.comb += self.given.eq(1)
        return m


class FrameList(wiring.Component):
    """The frames of a context, of which ``load`` sets the ends."""

    def __init__(self, count):
        self.count = count
        self._config = KVMUConfig(frames=count)
        frame = self._config.frame
        super().__init__(
            {
                **store_ports(self._config),
                "load": In(1),
                "first": In(frame),
                "last": In(frame),
                "touch": In(1),
                "frame": In(frame),
                "put": In(1),
                "page": In(self._config.page),
                "over": Out(1),
                "put_into": Out(frame),
                "records": In(WORD_BITS * count),
            }
        )

    def elaborate(self, platform):
        m = Module()
        self.book = book = Book(m, self._config)
        area = Area(m, book)
        reach(m, book, self)
        m.d.comb += self.put_into.eq(area.frame)
        with m.If(self.load):
            m.d.sync += [book.now.frame_first.eq(self.first), book.now.frame_last.eq(self.last)]
        with m.If(self.touch), area.touch.call(m, frame=self.frame):
            m.d.comb += self.over.eq(1)
        with m.If(self.put), area.put.call(m, page=self.page):
            m.d.comb += self.over.eq(1)
        return m
