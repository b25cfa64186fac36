"""Pages put in ascending order (spec D67)."""

from amaranth.hdl import Array, Cat, Const, Module, Mux, Signal, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from dre.kvmu.config import PRESETS
from dre.kvmu.keeper.routine import pause, settled, soon
from dre.memory import SyncMemory

WORD = 64
"""Bits of a word of each level below the top."""

DIGIT = ceil_log2(WORD)


class PageSet(wiring.Component):
    """A set of numbers from which the least one is taken.

    A tree of bits: a bit of the lowest level says that its number is there, one of a level above
    that a word of the level below has some. Words without a bit above are never looked at, so
    reset has to clear the top only. Each level takes three cycles to insert and four to take, so
    that finding the lowest bit and changing a word have cycles of their own; a level whose word
    becomes empty takes four more. To read a word takes a cycle more with a latency of 2, and to go
    up one with a `call_latency`.

    Parameters
    ----------
    count : int
        Numbers are below this.
    timing : Preset

    Members
    -------
    insert, number : In
        A number that is not there yet; held until ``done``.
    take : In(1)
        The least one is wanted; held until ``done``. Only while there is some.
    done : Out(1)
    least : Out
        What is taken, with ``done``.
    some : Out(1)
        There is one.
    """

    def __init__(self, count, timing=PRESETS["asic"]):
        bits = max(1, ceil_log2(count))
        self._timing, self._latency = timing, timing.memory_latency
        self._levels = -(-bits // DIGIT)
        self._count = count
        super().__init__(
            {
                "insert": In(1),
                "number": In(unsigned(bits)),
                "take": In(1),
                "done": Out(1),
                "least": Out(unsigned(bits)),
                "some": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        top = self._levels - 1
        self._top = Signal(-(-self._count >> (DIGIT * top)), name="top")
        self._level = Signal(range(max(2, self._levels)), name="level", reset_less=True)
        self._path = Signal(DIGIT * self._levels, name="path", reset_less=True)  # digits of levels
        bits = WORD if top else len(self._top)
        self._word = Signal(bits, name="word", reset_less=True)  # of the level, as it is
        self._one = Signal(bits, name="one", reset_less=True)  # that of the number; its lowest one
        self._new = Signal(name="new", reset_less=True)  # the word below holds nothing yet
        self._up = Signal(name="up", reset_less=True)  # back from a word that has become empty
        self._memory = self._make_memory(m) if top else None
        self._empty = settled(m, "empty", self._timing, self._word == 0)
        m.d.comb += [self.some.eq(self._top.any()), self.least.eq(self._path)]
        with m.FSM():
            with m.State("BEGIN"):
                m.d.sync += [
                    self._level.eq(top),
                    self._word.eq(self._top),
                    self._path.eq(self.number),
                    self._up.eq(0),
                    self._one.eq(Const(1, WORD) << self.number[DIGIT * top :]),
                ]
                self._enter(m, up=0)
            with m.State("ONE"):
                m.d.sync += self._one.eq(self._word & (~self._word + 1))
                m.next = "DIGIT"
            with m.State("DIGIT"):
                m.d.sync += self._path.word_select(self._level, DIGIT).eq(place_of(self._one))
                m.next = "CHANGE"
                if top:
                    with m.If(self._level != 0):
                        m.d.sync += [self._level.eq(self._level - 1), self._new.eq(0)]
                        m.next = "READ"
            with m.State("CHANGE"):
                self._change(m, top)
            if top:
                self._move(m, top)
            with m.State("DONE"):
                m.d.comb += self.done.eq(1)
                m.next = "BEGIN"
        return m

    def _enter(self, m, up):
        """With the word of a level: what comes first."""
        with m.If(self.insert | (self.take & up)):
            m.next = "CHANGE"
        with m.Elif(self.take):
            m.next = "ONE"

    def _make_memory(self, m):
        """Levels one behind the other, the lowest first."""
        depths = [-(-self._count >> (DIGIT * (n + 1))) for n in range(self._levels - 1)]
        begins = [sum(depths[:n]) for n in range(len(depths))]
        m.submodules.memory = memory = SyncMemory(
            shape=WORD, depth=sum(depths), latency=self._latency
        )
        places = [(self._path >> (DIGIT * (n + 1))) + begin for n, begin in enumerate(begins)]
        place = Array([*places, 0])[self._level]
        m.d.comb += [
            memory.read_en.eq(1),
            memory.read_address.eq(place),
            memory.write_address.eq(place),
        ]
        return memory

    def _move(self, m, top):
        """To the word of another level, which may have none yet."""
        pause(m, self._timing, "JUDGE")
        with m.State("JUDGE"):
            m.next = "DONE"
            with m.If(self._empty & (self._level != top)):
                m.d.sync += [self._level.eq(self._level + 1), self._up.eq(1)]
                m.next = "READ"
        with m.State("READ"):
            m.next = "KEEP" if self._latency == 1 else "OUT"
        if self._latency == 2:
            with m.State("OUT"):
                m.next = "KEEP"
        with m.State("KEEP"):
            below = Mux(self._new & self.insert, 0, self._memory.read_data)
            m.d.sync += [
                self._word.eq(Mux(self._level == top, self._top, below)),
                self._one.eq(Const(1, WORD) << self._path.word_select(self._level, DIGIT)),
            ]
            self._enter(m, up=self._up)

    def _change(self, m, top):
        """Set or clear the bit of a number, and go on: down, or, when it is gone, up."""
        bit = self._one
        word = Mux(self.insert, self._word | bit, self._word & ~bit)
        m.d.sync += [self._word.eq(word), self._new.eq((self._word & bit) == 0)]
        if not top:
            m.d.sync += self._top.eq(word)
            m.next = "DONE"
            return
        lower = self._level != top
        m.d.comb += [self._memory.write_en.eq(lower), self._memory.write_data.eq(word)]
        with m.If(~lower):
            m.d.sync += self._top.eq(word)
        m.next = soon(self._timing, "JUDGE")
        with m.If(self.insert):
            m.next = "DONE"
            with m.If(self._level != 0):
                m.d.sync += self._level.eq(self._level - 1)
                m.next = "READ"


def place_of(one):
    """The number of the only bit that is 1."""
    digits = range(ceil_log2(len(one)))
    return Cat(Cat(bit for n, bit in enumerate(one) if n >> digit & 1).any() for digit in digits)


def lowest(m, name, word):
    """The number of the lowest bit that is 1."""
    one = Signal(len(word), name=f"{name}_one")
    m.d.comb += one.eq(word & (~word + 1))
    return place_of(one)
