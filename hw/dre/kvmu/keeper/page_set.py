"""Pages put in ascending order (spec D67)."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from dre.memory import SyncMemory

WORD = 64
"""Bits of a word of each level."""

DIGIT = ceil_log2(WORD)


class PageSet(wiring.Component):
    """A set of numbers from which the least one is taken.

    A tree of bits: a bit of the lowest level says that its number is there, one of a level above
    that a word of the level below has some. Words without a bit above are never looked at, so
    reset has to clear the top only.

    Parameters
    ----------
    count : int
        Numbers are below this.

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

    def __init__(self, count):
        self._levels = max(1, -(-ceil_log2(count) // DIGIT))
        self._count = count
        number = unsigned(max(1, ceil_log2(count)))
        super().__init__(
            {
                "insert": In(1),
                "number": In(number),
                "take": In(1),
                "done": Out(1),
                "least": Out(number),
                "some": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        self._top = top = Signal(WORD, name="top")
        self._path = Signal(DIGIT * self._levels, reset_less=True)  # digits found, then the number
        self._new = Signal(reset_less=True)  # the word below holds nothing yet
        self._memories = [self._memory(m, level) for level in range(self._levels - 1)]
        below = self._levels - 2
        m.d.comb += [self.some.eq(top.any()), self.least.eq(self._path)]
        with m.FSM():
            with m.State("TOP"):
                digit = Mux(self.take, lowest(m, "top", top), self._digit(below + 1))
                m.d.sync += [self._path.eq(digit), self._new.eq(~top.bit_select(digit, 1))]
                with m.If(self.insert | self.take):
                    m.next = f"READ_{below}" if self._levels > 1 else "DONE"
                with m.If(self.insert):
                    m.d.sync += top.bit_select(digit, 1).eq(1)
                with m.Elif(self.take if self._levels == 1 else 0):
                    m.d.sync += top.bit_select(digit, 1).eq(0)
            for level in range(below, -1, -1):
                with m.State(f"READ_{level}"):
                    self._read(m, level, self._path)
                    m.next = f"DOWN_{level}"
                with m.State(f"DOWN_{level}"):
                    self._down(m, level)
            for level in range(1, below + 1):
                with m.State(f"AGAIN_{level}"):
                    self._read(m, level, self._path >> (DIGIT * (level + 1)))
                    m.next = f"UP_{level}"
                with m.State(f"UP_{level}"):
                    self._up(m, level, self._memories[level].read_data)
            with m.State("DONE"):
                m.d.comb += self.done.eq(1)
                m.next = "TOP"
        return m

    def _memory(self, m, level):
        depth = -(-self._count >> (DIGIT * (level + 1)))
        memory = SyncMemory(shape=WORD, depth=depth, latency=1)
        m.submodules[f"level_{level}"] = memory
        return memory

    def _digit(self, level):
        return (self.number >> (DIGIT * level))[:DIGIT]

    def _read(self, m, level, place):
        memory = self._memories[level]
        m.d.comb += [memory.read_en.eq(1), memory.read_address.eq(place)]

    def _write(self, m, level, place, word):
        memory = self._memories[level]
        m.d.comb += [
            memory.write_en.eq(1),
            memory.write_address.eq(place),
            memory.write_data.eq(word),
        ]

    def _down(self, m, level):
        """On the way to a number: in a word that is there, or begins here."""
        word = Signal(WORD, name=f"word_{level}")
        m.d.comb += word.eq(Mux(self._new, 0, self._memories[level].read_data))
        digit = Signal(DIGIT, name=f"digit_{level}")
        found = lowest(m, f"word_{level}", word)
        m.d.comb += digit.eq(Mux(self.take, found, self._digit(level)))
        m.d.sync += [
            self._path.eq(Cat(digit, self._path)),
            self._new.eq(~word.bit_select(digit, 1)),
        ]
        with m.If(self.insert):
            self._write(m, level, self._path, word | (Const(1, WORD) << digit)[:WORD])
        if level:
            m.next = f"READ_{level - 1}"
        else:
            m.next = "DONE"
            with m.If(self.take):
                self._remove(m, level, word, digit, self._path)

    def _up(self, m, level, word):
        """On the way back from a word that has become empty."""
        digit = (self._path >> (DIGIT * level))[:DIGIT]
        self._remove(m, level, word, digit, self._path >> (DIGIT * (level + 1)))

    def _remove(self, m, level, word, digit, place):
        rest = Signal(WORD, name=f"rest_{level}")
        m.d.comb += rest.eq(word & ~(Const(1, WORD) << digit)[:WORD])
        self._write(m, level, place, rest)
        m.next = "DONE"
        with m.If(rest == 0):
            if level < self._levels - 2:
                m.next = f"AGAIN_{level + 1}"
            else:
                bits = DIGIT * (self._levels - 1 - level)
                first = (place >> (bits - DIGIT))[:DIGIT]
                m.d.sync += self._top.bit_select(first, 1).eq(0)


def lowest(m, name, word):
    """The number of the lowest bit that is 1."""
    one = Signal(len(word), name=f"{name}_one")
    m.d.comb += one.eq(word & (~word + 1))
    digits = range(ceil_log2(len(word)))
    return Cat(Cat(bit for n, bit in enumerate(one) if n >> digit & 1).any() for digit in digits)
