"""Spec D67: what is taken is the least number there; exactly what was inserted is; in time."""

from amaranth.hdl import Signal

from dre.kvmu.keeper import page_set
from verification.claims import implies


class User:
    """Inserts what is not there, takes while there is some, waits until it is done.

    Attributes
    ----------
    there : Signal
        A bit a number.
    cycles : Signal
        That have gone by of what is under way.
    """

    def __init__(self, harness):
        m, unit = harness.m, harness.unit
        self.there = there = Signal(unit._count, name="there")
        waits, number = Signal(name="waits"), Signal.like(unit.number, name="number_before")
        taking = Signal(name="taking")
        goes = unit.insert | unit.take
        m.d.sync += [waits.eq(goes & ~unit.done), number.eq(unit.number), taking.eq(unit.take)]
        kept = goes & (unit.take == taking) & (unit.number == number)
        harness.assume(~(unit.insert & unit.take))
        harness.assume(implies(waits, kept))
        harness.assume(implies(unit.insert, unit.number < unit._count))
        harness.assume(implies(unit.insert, ~there.bit_select(unit.number, 1)))
        harness.assume(implies(unit.take, there.any()))
        self.cycles = Signal(range(64), name="cycles")
        m.d.sync += self.cycles.eq(0)
        with m.If(goes & ~unit.done):
            m.d.sync += self.cycles.eq(self.cycles + 1)
        with m.If(unit.insert & unit.done):
            m.d.sync += there.bit_select(unit.number, 1).eq(1)
        with m.If(unit.take & unit.done):
            m.d.sync += there.bit_select(unit.least, 1).eq(0)


def longest(levels, timing):
    """Cycles of the longest step: down all levels, and up again but the lowest."""
    reads = 2 * (levels - 1)
    waits = reads * (timing.memory_latency - 1) + levels * timing.call_latency
    return 5 if levels == 1 else 8 * levels - 2 + waits


def least_first(harness):
    """At the ports; returns the user."""
    unit = harness.unit
    user = User(harness)
    taken = unit.take & unit.done
    least = user.there & (~user.there + 1)[: unit._count]
    for number in range(unit._count):
        harness.claim(implies(taken & least[number], unit.least == number))
    goes = unit.insert | unit.take
    harness.claim(implies(~goes, unit.some == user.there.any()))
    harness.claim(user.cycles < longest(unit._levels, unit._timing))
    harness.cover(taken & (unit.least == unit._count - 1))
    return user


def tree(harness):
    """With what makes it inductive: between steps, bits say what is below them."""
    unit, user = harness.unit, least_first(harness)
    step = harness.state()
    idle = step("BEGIN")
    harness.claim(implies(~(unit.insert | unit.take), idle))
    harness.claim(step.register < step.count)
    harness.claim(idle == (user.cycles == 0))
    word, levels = page_set.WORD, _levels(unit)
    known = [idle]
    for depth, words in enumerate(levels):
        below = word ** (len(levels) - 1 - depth)
        following = []
        for place, reachable in zip(range(len(words)), known, strict=False):
            for bit in range(len(words[place])):
                first = (place * word + bit) * below
                some = user.there[first : first + below].any() if first < unit._count else 0
                harness.claim(implies(reachable, words[place][bit] == some))
                following.append(reachable & words[place][bit])
        known = following


def _levels(unit):
    """Words of each level, the top first; in the memory the lowest level is first."""
    levels, words = [], unit._memory.words if unit._memory is not None else []
    for level in range(unit._levels - 1):
        depth = -(-unit._count // page_set.WORD ** (level + 1))
        levels.append(words[:depth])
        words = words[depth:]
    return [[unit._top], *reversed(levels)]
