"""Spec D42 in the scanner: where the sum of places, from the top, passes a number.

A sum and a number are compared in units of what is looked at. By octaves a pair of places weighs a
quarter of the one before: the unit is the pair's lower octave, and the number is rounded down,
which no sum of whole units tells from the number itself.
"""

from amaranth.hdl import Cat, Mux, Signal, Value

from dre.wtu.scanner import BELOW, NEED_BITS, OCTAVES, TOTAL_BITS, Purpose
from dre.wtu.sums import SUM_BITS, TAG_BITS
from dre.wtu.tree import delayed
from verification.claims import implies
from wtu.properties.inside import Scan

STEADY = ("purpose", "set", "top", "doubling", "E", "begin", "load_need", "number")
"""What stays from the start of a scan to its end."""

LAST = OCTAVES // 2
"""The pair with the lowest octave that counts; where E is odd, without its even one."""

BITS = TOTAL_BITS + 4
"""Of sums that shall not overflow unseen."""


def duties(m, scanner):
    """What who starts a scan has to keep to; and whether a scan is under way, a Signal."""
    busy = Signal(name="busy")
    m.d.sync += busy.eq(scanner.start | (busy & ~scanner.done))
    some = (scanner.pairs != 0) & (scanner.pairs <= 32)
    kept = [implies(scanner.start, ~busy & some), implies(scanner.doubling, scanner.load_need)]
    for name in STEADY:
        port = Value.cast(getattr(scanner, name))
        kept.append(implies(busy, port == delayed(m, f"{name}_was", port, 1)))
    return kept, busy


class Order:
    """Which pair is where, of a scan whose user keeps to his duties.

    Attributes
    ----------
    busy : Signal
        A scan has been started, and is not over.
    pairs, issued, added : Signal
        Of the scan; those that have been issued, and those that have been looked at.
    numbers : list of Signal
        Which pair is in a stage on its way to be looked at, youngest first.
    coming : Value
        One is looked at.
    """

    def __init__(self, harness, scan):
        m, unit = harness.m, harness.unit
        kept, self.busy = duties(m, unit)
        for duty in kept:
            harness.assume(duty)
        short = unit.number < 2**NEED_BITS
        crosses = (unit.purpose == Purpose.CROSS) & unit.load_need
        harness.assume(implies(crosses, unit.doubling | short))
        names = ("pairs", "issued", "added")
        self.pairs, self.issued, self.added = (Signal(range(64), name=f"ref_{n}") for n in names)
        self.coming = scan.stages[-1]["valid"]
        with m.If(unit.start):
            m.d.sync += [self.pairs.eq(unit.pairs), self.issued.eq(0), self.added.eq(0)]
        with m.Else():
            m.d.sync += [
                self.issued.eq(self.issued + unit.scan),
                self.added.eq(self.added + self.coming),
            ]
        self.numbers, number = [], self.issued
        for n in range(len(scan.stages)):
            number = delayed(m, f"number_{n}", number, 1)
            self.numbers.append(number)


class Sums:
    """The sum of what the places show, added up until it passes the number.

    Attributes
    ----------
    crossed, upper : Signal
        It has; in the upper place of a pair.
    pair : Signal
        Which pair that is.
    shown : list of tuple
        What the places of a pair hold for their octaves, odd and even, on the way.
    above, total, number, rest, place : Signal
        What is above that place, also with the total at the start, the number and what it exceeds
        the sum by, and what the place holds; all in units of the place; till then what has been
        added up, in those of the pair.
    lost : Signal
        A sum is larger than any row's, or what is needed is.
    """

    def __init__(self, harness, scan, order):
        unit = harness.unit
        self.shown = self._shown(harness, scan, order)
        self.odd, self.even = self.shown[-1]
        names = ("crossed", "upper", "lost")
        self.crossed, self.upper, self.lost = (Signal(name=f"ref_{name}") for name in names)
        names = ("above", "total", "number", "rest", "place")
        sums = [Signal(BITS, name=f"ref_{name}") for name in names]
        self.above, self.total, self.number, self.rest, self.place = sums
        self.below = Signal(BELOW, name="ref_below")
        self.pair = Signal(range(64), name="ref_pair")
        self.crosses = unit.purpose == Purpose.CROSS
        self.takes = order.coming & (~unit.doubling | (order.added <= LAST)) & ~self.crossed
        with harness.m.If(unit.start):
            self._begin(harness.m, unit)
        with harness.m.Elif(self.takes):
            self._take(harness.m, unit, order)

    def _begin(self, m, unit):
        loaded = Mux(unit.doubling, unit.number >> BELOW, unit.number)
        needed = Mux(unit.load_need, loaded, unit.need)
        m.d.sync += [
            *(self.crossed.eq(0), self.lost.eq(0), self.below.eq(unit.number[:BELOW])),
            *(self.above.eq(0), self.total.eq(Mux(unit.begin, 0, unit.total))),
            *(self.number.eq(needed), self.rest.eq(needed)),
        ]

    def _take(self, m, unit, order):
        twice, below = unit.doubling, self.below[-2:]
        number, rest = (
            Mux(twice, Cat(below, value), value)[:BITS] for value in (self.number, self.rest)
        )
        above, total = (Mux(twice, value << 2, value)[:BITS] for value in (self.above, self.total))
        high = Mux(twice, self.odd << 1, self.odd)
        both = high + self.even
        upper = high > rest
        large = self.crosses & (rest - both >= 2**NEED_BITS)
        larger = (total + both >= 2**TOTAL_BITS) | (above + both >= 2**TOTAL_BITS)
        m.d.sync += self.lost.eq(self.lost | large | larger)
        m.d.sync += [self.pair.eq(order.added), self.upper.eq(upper)]
        with m.If(self.crosses & (both > rest)):
            m.d.sync += self.crossed.eq(1)
            with m.If(upper):
                for value, now in (
                    *((self.number, number), (self.rest, rest)),
                    *((self.above, above), (self.total, total)),
                ):
                    m.d.sync += value.eq(Mux(twice, now >> 1, now))
                m.d.sync += self.place.eq(self.odd)
            with m.Else():
                m.d.sync += [self.number.eq(number), self.rest.eq(rest - high)]
                m.d.sync += [self.above.eq(above + high), self.total.eq(total + high)]
                m.d.sync += self.place.eq(self.even)
        with m.Else():
            m.d.sync += [self.number.eq(number), self.rest.eq(rest - both)]
            m.d.sync += [self.above.eq(above + both), self.total.eq(total + both)]
            m.d.sync += self.below.eq(self.below << 2)

    @staticmethod
    def _shown(harness, scan, order):
        """What the places of a pair hold for their octaves, when the pair is looked at."""
        m, unit = harness.m, harness.unit
        latency = unit._memory_latency + unit._registered
        number, low = order.numbers[latency - 1], SUM_BITS - TAG_BITS
        octave = ((unit.E | 1) - (number << 1))[:8]

        def held(word):
            own = word[low:] == octave[-TAG_BITS:]
            return Mux(unit.doubling, Mux(own, word[:low], 0), word)

        left_out = unit.doubling & (number == LAST) & unit.E[0]
        odd, even = held(unit.odd[0]), Mux(left_out, 0, held(unit.even[0]))
        on_way = []
        for n in range(latency, len(scan.stages)):
            odd, even = delayed(m, f"odd_{n}", odd, 1), delayed(m, f"even_{n}", even, 1)
            on_way.append((odd, even))
        return on_way


def found(harness):
    """What a scan says at its end, as its user sees it; returns what it is claimed of."""
    claim, unit = harness.claim, harness.unit
    scan = Scan(harness)
    order = Order(harness, scan)
    sums = Sums(harness, scan, order)
    ends, crosses = unit.done & ~sums.lost, sums.crosses
    claim(implies(ends, unit.passed == sums.crossed))
    claim(implies(ends & (sums.crossed | ~crosses), unit.total == sums.total))
    at = ends & sums.crossed
    claim(implies(at, unit.found == Cat(sums.upper, (unit.top - sums.pair)[:5])))
    octave = ((unit.E | 1) - (sums.pair << 1) - ~sums.upper)[:8]
    claim(implies(at & unit.doubling, unit.found_octave == octave))
    # The sum above the place does not pass the number, and with the place it does.
    claim(implies(at, sums.above + unit.need == sums.number))
    claim(implies(at, unit.need < sums.place))
    for doubling in (unit.doubling, ~unit.doubling):
        harness.cover(ends & doubling & ~crosses & (unit.total > 3))
        for upper in (sums.upper, ~sums.upper):
            harness.cover(at & doubling & upper & (sums.pair == 2) & (sums.above > 3))
    return scan, order, sums
