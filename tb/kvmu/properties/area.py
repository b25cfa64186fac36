"""Spec D68: frames by when they were last used; in a part one goes to the end of the list once."""

from itertools import pairwise

from amaranth.hdl import Array, Cat, Mux, Signal
from amaranth.lib import data

from dre.kvmu.keeper.records import KINDS
from kvmu.properties.pool import walk
from verification.claims import implies


class Frames:
    """Records in a store that answers at once, and the order in which frames must be.

    Attributes
    ----------
    order : list of Signal
    used : Signal
        Which the part at hand has used, a bit each.
    loaded : Signal
        A list has been loaded, of all frames, in any order, some of them used.
    records : list of View
    """

    def __init__(self, harness):
        m, unit = harness.m, harness.unit
        shape = unit.book.records["frame"]
        self.records = [
            Signal(shape, name=f"record_{n}", reset_less=True) for n in range(unit.count)
        ]
        self.order = [
            Signal.like(unit.frame, name=f"order_{n}", reset_less=True) for n in range(unit.count)
        ]
        self.used = Signal(unit.count, name="used", reset_less=True)
        self.loaded = Signal(name="loaded")
        is_frame = unit.kinds[KINDS.index("frame")]
        for number, record in enumerate(self.records):
            with m.If(unit.load):
                m.d.sync += record.as_value().eq(unit.records.word_select(number, 56))
            with m.Elif(unit.go & unit.write & is_frame & (unit.index == number)):
                m.d.sync += record.as_value().eq(unit.data)
        found = Array([record.as_value() for record in self.records])[unit.index]
        harness.assume(unit.done == unit.go)
        harness.assume(implies(is_frame, unit.answer[: shape.size] == found))
        self._load(harness, shape)
        self._use(harness)

    def _load(self, harness, shape):
        """A list of all frames is loaded, linked both ways."""
        m, unit = harness.m, harness.unit
        given = [
            data.View(shape, unit.records.word_select(n, 56)[: shape.size])
            for n in range(unit.count)
        ]
        harness.assume(implies(unit.load, linked(given, unit.first, unit.last)))
        with m.If(unit.load):
            m.d.sync += [self.loaded.eq(1), self.used.eq(Cat(record.used for record in given))]
            m.d.sync += [
                own.eq(value)
                for own, value in zip(self.order, in_order(given, unit.first), strict=True)
            ]

    def _use(self, harness):
        m, unit = harness.m, harness.unit
        harness.assume(unit.load + unit.touch + unit.put <= 1)
        harness.assume(implies(unit.touch | unit.put, self.loaded))
        harness.assume(unit.frame < unit.count)
        asked = Cat(unit.touch, unit.put, unit.frame, unit.page)
        waits, before = Signal(name="waits"), Signal(len(asked), name="before")
        m.d.sync += [waits.eq((unit.touch | unit.put) & ~unit.over), before.eq(asked)]
        harness.assume(implies(waits, asked == before))
        moved = Mux(unit.touch, unit.frame, self.order[0])
        passed = 0
        following = [*self.order[1:], moved]
        with m.If(unit.over):
            m.d.sync += self.used.bit_select(moved, 1).eq(unit.touch)
        with m.If(unit.over & ~(unit.touch & self.used.bit_select(unit.frame, 1))):
            for own, after in zip(self.order, following, strict=True):
                passed = passed | (own == moved)
                m.d.sync += own.eq(Mux(passed, after, own))
            m.d.sync += self.order[-1].eq(moved)


def in_order(records, first):
    """Numbers of the frames, from the first on."""
    numbers = [first]
    for _ in records[1:]:
        numbers.append(Array([record.behind for record in records])[numbers[-1]])
    return numbers


def linked(records, first, last):
    """Whether all frames are in the list once, between these ends, and know who is before."""
    seen, end, proper = walk([record.behind for record in records], first, len(records))
    proper = proper & Cat(seen).all() & (end == last)
    numbers = in_order(records, first)
    for before, number in pairwise(numbers):
        proper &= Array([record.before for record in records])[number] == before
    return proper


def in_the_order(harness, frames, when):
    """The list is whole, and in the order in which it must be."""
    now = harness.unit.book.now
    harness.claim(implies(when, linked(frames.records, now.frame_first, now.frame_last)))
    harness.claim(implies(when, Cat(record.used for record in frames.records) == frames.used))
    found = in_order(frames.records, now.frame_first)
    for own, number in zip(frames.order, found, strict=True):
        harness.claim(implies(when, own == number))


def by_use(harness):
    """Between steps the list is in order; what is put goes where the least recently used was."""
    unit, frames = harness.unit, Frames(harness)
    idle = frames.loaded & ~(unit.touch | unit.put | unit.load)
    in_the_order(harness, frames, idle)
    harness.claim(implies(unit.put & unit.over, unit.put_into == frames.order[0]))
    harness.cover(unit.touch & unit.over & (unit.frame == frames.order[1]))
    harness.cover(unit.put & unit.over & (frames.order[0] == unit.count - 1))
    again = unit.touch & unit.over & frames.used.bit_select(unit.frame, 1)
    harness.cover(again & (unit.frame != frames.order[-1]))
    return frames


def steps(harness):
    """With what makes it inductive: in order before each step, too; no step without its caller."""
    unit, frames = harness.unit, by_use(harness)
    change, begins = harness.signal("change_state"), frames.loaded
    harness.claim(implies(change != 0, unit.touch | unit.put))
    for name in ("touch", "put"):
        register = harness.signal(f"{name}_state")
        harness.claim(implies(register != 0, getattr(unit, name)))
        begins &= register == 0
    in_the_order(harness, frames, begins & (change == 0))
