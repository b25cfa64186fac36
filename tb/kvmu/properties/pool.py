"""Spec D89: a number that was given is not given again before it came back."""

from functools import reduce
from operator import add

from amaranth.hdl import Array, Cat, Mux, Signal

from verification.claims import implies


def walk(links, first, amount):
    """From ``first`` on, ``amount`` numbers: which they are, the last, and whether none is twice.

    Returns
    -------
    list of Value, Value, Value
    """
    count, number = len(links), first
    seen, last, proper = [0] * count, first, 1
    for step in range(count):
        inside = amount > step
        here = [inside & (number == own) for own in range(count)]
        proper &= ~inside | (reduce(add, here) == 1)
        proper &= ~reduce(add, [one & two for one, two in zip(here, seen, strict=True)]).any()
        seen = [one | two for one, two in zip(here, seen, strict=True)]
        last = Mux(inside, number, last)
        number = Array(links)[number]
    return seen, last, proper


class User:
    """Takes while there are some; gives back lists of what it has, which are linked by then.

    Attributes
    ----------
    has : Signal
        A bit a number.
    links : list of Signal
        What the words of the numbers say; of those that it has, anything.
    """

    def __init__(self, harness):
        m, unit = harness.m, harness.unit
        count, bits = unit.count, len(unit.number)
        self.has = Signal(count, name="has")
        self.links = [Signal(bits, name=f"word_{n}", reset_less=True) for n in range(count)]
        field = unit.book.records["slot"]["link"]
        low = field.offset
        for number, link in enumerate(self.links):
            with m.If(unit.go & unit.write & unit.done & (unit.index == number)):
                m.d.sync += link.eq(unit.data[low : low + bits])
            with m.Elif(self.has[number] & ~unit.give):
                m.d.sync += link.eq(unit.others[number * bits : (number + 1) * bits])
        read = Array(self.links)[unit.index]
        harness.assume(unit.answer[low : low + bits] == read)
        harness.assume(implies(unit.done, unit.go))
        chain, last, proper = walk(self.links, unit.first, unit.amount)
        owned = reduce(add, [one & ~own for one, own in zip(chain, self.has, strict=True)]) == 0
        good = proper & owned & (last == unit.last)
        good &= (unit.amount != 0) & (unit.amount <= count)
        harness.assume(implies(unit.give, good))
        harness.assume(implies(unit.take, (unit.left != 0) & ~unit.give))
        self._wait(harness)
        with m.If(unit.taken):
            m.d.sync += self.has.bit_select(unit.number, 1).eq(1)
        with m.If(unit.given):
            m.d.sync += self.has.eq(self.has & ~Cat(chain))

    @staticmethod
    def _wait(harness):
        """What is asked for stays until it is done."""
        m, unit = harness.m, harness.unit
        asked = Cat(unit.take, unit.give, unit.first, unit.last, unit.amount)
        waits, before = Signal(name="waits"), Signal(len(asked), name="before")
        over = unit.taken | unit.given
        m.d.sync += [waits.eq((unit.take | unit.give) & ~over), before.eq(asked)]
        harness.assume(implies(waits, asked == before))


def given_once(harness):
    """At the ports; returns the user."""
    unit, user = harness.unit, User(harness)
    harness.claim(implies(unit.taken, unit.number < unit.count))
    harness.claim(implies(unit.taken, ~user.has.bit_select(unit.number, 1)))
    harness.claim(unit.left == unit.count - reduce(add, user.has))
    harness.cover(unit.taken & (unit.left == 1) & (unit.number == 0))
    harness.cover(unit.given & (unit.amount == unit.count))
    return user


def lists(harness):
    """With what makes it inductive: what is free is new, or in the list of what came back."""
    unit, user = harness.unit, given_once(harness)
    pool = unit.pool
    harness.claim(harness.signal("change_state") == 0)  # nobody else reaches the store
    free, last, proper = walk(user.links, pool._first, pool._returned)
    harness.claim((pool._fresh <= unit.count) & (pool._returned <= unit.count))
    harness.claim(proper & ((pool._returned == 0) | (last == pool._last)))
    for number in range(unit.count):
        known = pool._fresh > number
        harness.claim(free[number] == (known & ~user.has[number]))
        harness.claim(implies(user.has[number], known))
