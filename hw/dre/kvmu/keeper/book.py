"""The words of metadata, as the steps of the KVMU read and write them."""

from contextlib import contextmanager

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import data
from amaranth.utils import ceil_log2

from dre.kvmu.keeper.records import (
    DESCRIPTOR_WORDS,
    KINDS,
    WORD_BITS,
    descriptor,
    index_bits,
    records,
)
from dre.kvmu.keeper.routine import Routine


class Book:
    """Access to the store, one word after the other, and the context at hand.

    Attributes
    ----------
    now : View
        The descriptor of the context at hand, in registers.
    context : Signal
        Its number.
    access : Routine
        ``write``, ``hint``, ``kinds`` and ``index`` (`dre.kvmu.keeper.records.address`), ``data``;
        a read's answer is ``answer``.
    """

    def __init__(self, m: Module, config):
        self.config = config
        self.records = records(config)
        layout, self.words = descriptor(config)
        self.now = Signal(layout, reset_less=True)
        self.context = Signal(config.context, reset_less=True)
        self.answer = Signal(WORD_BITS)
        bits = max(index_bits(config), ceil_log2(DESCRIPTOR_WORDS))
        where = {"kinds": len(KINDS), "index": bits}
        what = {"write": 1, "hint": 1, "data": WORD_BITS, **where}
        self.access = Routine(m, "access", config.timing, crowd=True, **what)
        widest = max(record.size for record in self.records.values())
        self._change = Routine(m, "change", config.timing, mask=widest, value=widest, **where)
        self._define_change(m)

    @contextmanager
    def read(self, m, record, index):
        """In a state: read a record; the block has it as a view."""
        with self.access.call(m, write=0, hint=0, data=0, **_where(record, index)):
            yield data.View(self.records[record], self.answer[: self.records[record].size])

    @contextmanager
    def hint(self, m, record, index):
        """In a state: let a record come nearer, which will be read soon."""
        if self.config.store == "chip":
            yield
        else:
            with self.access.call(m, write=0, hint=1, data=0, **_where(record, index)):
                yield

    @contextmanager
    def hint_pair(self, m, page, place):
        """In a state: the same, of which token is in a place of a page."""
        with self.hint(m, "pair", self._pair(page, place)):
            yield

    @contextmanager
    def write(self, m, record, index, **fields):
        """In a state: write a record; fields that are not named become 0."""
        value = self._filled(record, fields)
        with self.access.call(m, write=1, hint=0, data=value, **_where(record, index)):
            yield

    @contextmanager
    def change(self, m, record, index, **fields):
        """In a state: change the named fields of a record, and keep the others."""
        layout = self.records[record]
        mask = sum(((1 << layout[name].width) - 1) << layout[name].offset for name in fields)
        value = self._filled(record, fields)
        with self._change.call(m, mask=mask, value=value, **_where(record, index)):
            yield

    def skip(self, m, record, links, first, leads, then):
        """In a state: what is before a number becomes followed by what is behind it.

        ``links`` is its record, with ``before`` and ``behind``, ``first`` the list's first one, and
        ``leads`` whether the number is that.
        """
        with m.If(leads):
            m.d.sync += first.eq(links.behind)
            m.next = then
        with m.Else(), self.change(m, record, links.before, behind=links.behind):
            m.next = then

    @contextmanager
    def pair(self, m, page, place):
        """In a state: read which token is in a place of a page."""
        with self.read(m, "pair", self._pair(page, place)) as record:
            yield Mux(place[0], record.odd, record.even)

    def _pair(self, page, place):
        """Index of a pair."""
        return Cat(place[1 : self.config.place.width], page)

    @contextmanager
    def word(self, m, write, word, value=0):
        """In a state: a word of the context's descriptor."""
        with self.access.call(m, write=write, hint=0, data=value, **_where("descriptor", word)):
            yield self.answer

    def _filled(self, record, fields):
        """A record's bits."""
        parts = []
        for name, field in self.records[record]:
            part = Value.cast(fields.get(name, 0))
            parts.append(Cat(part, Const(0, field.width))[: field.width])
        return Cat(parts)

    def _define_change(self, m):
        """Read, and write back changed."""
        change = self._change
        kept = Signal.like(change.value, name="kept", reset_less=True)
        where = {"kinds": change.kinds, "index": change.index}
        with m.FSM(name="change"):
            with m.State("READ"), m.If(change.go):
                with self.access.call(m, write=0, hint=0, data=0, **where):
                    m.d.sync += kept.eq(self.answer[: len(kept)] & ~change.mask)
                    m.next = "WRITE"
            with m.State("WRITE"):
                value = kept | change.value
                with self.access.call(m, write=1, hint=0, data=value, **where):
                    m.d.comb += change.done.eq(1)
                    m.next = "READ"

    def load_word(self, m, number):
        """Take the answer as a word of the descriptor."""
        place = 0
        for name in self.words[number]:
            field = self.now[name]
            m.d.sync += field.eq(self.answer[place : place + len(field)])
            place += len(field)

    def kept_word(self, number):
        """That word, as it is now."""
        return Cat(self.now[name] for name in self.words[number])


def _where(record, index):
    """Arguments that say which word it is."""
    return {"kinds": 1 << KINDS.index(record), "index": index}
