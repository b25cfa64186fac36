"""Goes through the sums of a digit, from the top, two places a cycle."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, enum, wiring
from amaranth.lib.wiring import In, Out

from dre.wtu.sums import PAIR_BITS, SUM_BITS, TAG_BITS
from dre.wtu.tree import delayed, tree, tree_latency

OCTAVES = 24
"""What is further down than this below the largest octave weighs nothing (spec D41)."""

TOTAL_BITS = 57
"""Of a sum over octaves, in units of the pair of the lowest one that counts."""

NEED_BITS = 37
"""Of what is needed within the octaves, or places, at hand: less than they hold."""

BELOW = OCTAVES + 2
"""Bits by which the last of these pairs is below the first."""


class Purpose(enum.Enum, shape=2):
    """What a scan is for."""

    TOTAL = 0  # add up everything
    CROSS = 1  # find where the sum from the top passes a number; what was read is cleared
    CLEAR = 2


class Scanner(wiring.Component):
    """Adds up the lanes' sums, and the places from the top.

    By octaves (``doubling``), a step to the next octave doubles what has been added up so far, so
    that sums are whole numbers in units of the octave at hand: those of spec D41, except that the
    lowest pair's lower octave has the unit 1 there, and the unit 2 where E is odd.

    Members
    -------
    start : In(1)
        Begin. All that follows stays until ``done``.
    purpose : In(Purpose)
    set : In(1)
        Set of sums.
    top, pairs : In
        Pair of places to begin with, and how many pairs, downwards and around; 1 or more.
    doubling : In(1)
        By octaves, from the pair that holds ``E``.
    E : In(8)
    load_need, number : In
        Before a CROSS by octaves or by the first digits of weights: take this as the number that
        the sum has to pass.
    begin : In(1)
        Before a TOTAL and a CROSS by first digits: begin the sum.
    total : Out(57)
        The sum: of everything, or of what is above the place found.
    need : Out(37)
        What the place found has to exceed.
    found_octave, found : Out
        The place found, by octave or by place.
    passed : Out(1)
        There is such a place.
    done : Out(1)
        In the cycle in which results are there.
    scan, scan_set, scan_pair, clear, even, odd
        To the lanes' sums. With registers between, pairs come a cycle later.
    """

    def __init__(self, config):
        self._lanes = config.lanes
        self._registered = config.timing.registered_sums
        self._memory_latency = config.timing.memory_latency
        sums = data.ArrayLayout(SUM_BITS, config.lanes)
        super().__init__(
            {
                "start": In(1),
                "purpose": In(Purpose),
                "set": In(1),
                "top": In(PAIR_BITS),
                "pairs": In(range(2**PAIR_BITS + 1)),
                "doubling": In(1),
                "E": In(8),
                "begin": In(1),
                "load_need": In(1),
                "number": In(TOTAL_BITS),
                "total": Out(TOTAL_BITS),
                "need": Out(NEED_BITS),
                "found_octave": Out(8),
                "found": Out(PAIR_BITS + 1),
                "passed": Out(1),
                "done": Out(1),
                "scan": Out(1),
                "scan_set": Out(1),
                "scan_pair": Out(PAIR_BITS),
                "clear": Out(1),
                "even": In(sums),
                "odd": In(sums),
            }
        )

    def elaborate(self, platform):
        m = Module()
        issued = self._issue(m)
        wait = self._memory_latency + (1 if self._registered else 0)
        shown = {
            name: delayed(m, f"shown_{name}", value, wait, resets=name == "valid")
            for name, value in issued.items()
        }
        self._accumulate(m, *self._add_lanes(m, shown))
        return m

    def _issue(self, m):
        """A pair a cycle."""
        self._doubling = self.doubling
        issued = self._count_pairs(m, self.doubling, begin=self.start)
        m.d.comb += [
            self.scan.eq(issued["valid"]),
            self.scan_set.eq(self.set),
            self.clear.eq(self.purpose != Purpose.TOTAL),
        ]
        return issued

    def _count_pairs(self, m, doubling, begin):
        """Which pair it is, and what is known of it. ``begin``: from the first one on."""
        left = Signal.like(self.pairs)
        pair = Signal(PAIR_BITS, reset_less=True)
        octaves = Signal(8, reset_less=True)  # the pair's odd octave
        beyond = Signal(range(2**PAIR_BITS), reset_less=True)  # pairs below the first
        # Octaves have a place each modulo 32: sixteen pairs.
        m.d.comb += self.scan_pair.eq(Mux(doubling, pair[:4], pair))
        with m.If(begin):
            m.d.sync += [
                left.eq(self.pairs),
                pair.eq(self.top),
                octaves.eq(self.E | 1),
                beyond.eq(0),
            ]
        with m.Elif(left != 0):
            m.d.sync += [
                left.eq(left - 1),
                pair.eq(pair - 1),
                octaves.eq(octaves - 2),
                beyond.eq(beyond + 1),
            ]
        # The 13th pair is the last; where E is odd, without its even octave.
        last = OCTAVES // 2
        return {
            "valid": left != 0,
            "last": left == 1,
            "pair": pair,
            "octaves": octaves,
            "counts": ~doubling | (beyond <= last),
            "counts_even": ~doubling | (beyond != last) | ~self.E[0],
        }

    def _add_lanes(self, m, shown):
        """The pair's sums over all lanes, and what they belong to."""
        low = SUM_BITS - TAG_BITS

        own_tag = shown["octaves"][-TAG_BITS:]

        def one(word):
            return Mux(self._doubling, Mux(word[low:] == own_tag, word[:low], 0), word)

        def add(a, b):
            return (a + b)[:SUM_BITS]

        odd = [one(word) for word in self.odd]
        even = [Mux(shown["counts_even"], one(word), 0) for word in self.even]
        before = 1 if self._registered else 0
        odd = [delayed(m, f"odd_{n}", word, before) for n, word in enumerate(odd)]
        even = [delayed(m, f"even_{n}", word, before) for n, word in enumerate(even)]
        odd, even = (
            tree(m, name, words, add, registered=self._registered)
            for name, words in (("odd", odd), ("even", even))
        )
        wait = before + tree_latency(self._lanes, self._registered) + 1
        control = {
            name: delayed(m, f"added_{name}", shown[name], wait, resets=name == "valid")
            for name in ("valid", "last", "pair", "octaves", "counts")
        }
        high = Signal(SUM_BITS + 1, reset_less=True)
        both = Signal(SUM_BITS + 2, reset_less=True)
        m.d.sync += [
            high.eq(Mux(self._doubling, odd << 1, odd)),
            both.eq(Mux(self._doubling, odd << 1, odd) + even),
        ]
        return control, high, both

    def _accumulate(self, m, control, high, both):
        """The sum from the top, up to the place where it passes the number.

        With n the need before a pair, the pair holds the place if both of its sums exceed n; which
        of the two it is, is seen a cycle later.
        """
        total = Signal(TOTAL_BITS, reset_less=True)
        need = Signal(NEED_BITS, reset_less=True)
        below = Signal(BELOW, reset_less=True)  # bits of the number that are still to come
        self._total, self._need, self._below = total, need, below
        crossed, finishing, resolved = Signal(), Signal(), Signal()
        before = Mux(self.doubling, Cat(below[-2:], need), need)
        m.d.sync += [finishing.eq(control["valid"] & control["last"]), resolved.eq(finishing)]
        pair, octaves, kept = self._take_pairs(m, control, high, both, before, crossed)
        self._resolve(m, finishing & crossed, pair, octaves, kept, before)
        with m.If(self.start):
            m.d.sync += crossed.eq(0)
            self._begin(m)
        m.d.comb += [self.total.eq(total), self.need.eq(need)]
        m.d.comb += [self.passed.eq(crossed), self.done.eq(resolved)]

    def _take_pairs(self, m, control, high, both, before, crossed):
        """Pair by pair; of the one that holds the place what it is, and ``high`` beside it."""
        pair = Signal.like(control["pair"], reset_less=True)
        octaves = Signal.like(control["octaves"], reset_less=True)
        kept = Signal.like(high, reset_less=True)
        crossing = self.purpose == Purpose.CROSS
        rest = Signal(range(-(2 ** (SUM_BITS + 2)), 2 ** (NEED_BITS + 2)))
        m.d.comb += rest.eq(before - both)
        further = (Mux(self.doubling, self._total << 2, self._total) + both)[:TOTAL_BITS]
        with m.If(control["valid"] & control["counts"] & ~crossed):
            m.d.sync += kept.eq(high)
            with m.If(crossing & (rest < 0)):
                m.d.sync += [crossed.eq(1), pair.eq(control["pair"])]
                m.d.sync += octaves.eq(control["octaves"])
            with m.Else():
                m.d.sync += [self._need.eq(rest), self._total.eq(further)]
                m.d.sync += self._below.eq(self._below << 2)
        return pair, octaves, kept

    def _resolve(self, m, when, pair, octaves, kept, before):
        """Which place of the pair it is, and what is needed of it."""
        need, total = self._need, self._total
        upper = Signal()
        after_upper = Signal(range(-(2 ** (SUM_BITS + 1)), 2 ** (NEED_BITS + 2)))
        m.d.comb += [after_upper.eq(before - kept), upper.eq(after_upper < 0)]
        with m.If(when):
            with m.If(upper):
                # In units of the upper octave the need is one bit shorter.
                m.d.sync += [
                    need.eq(Mux(self.doubling, Cat(self._below[-1], need), need)),
                    total.eq(Mux(self.doubling, total << 1, total)),
                ]
            with m.Else():
                m.d.sync += [
                    need.eq(after_upper),
                    total.eq(Mux(self.doubling, total << 2, total) + kept),
                ]
            m.d.sync += [
                self.found.eq(Cat(upper, pair)),
                self.found_octave.eq(Cat(upper, octaves[1:])),
            ]

    def _begin(self, m):
        """A sum begins anew, a number is taken."""
        with m.If(self.begin):
            m.d.sync += self._total.eq(0)
        with m.If(self.load_need):
            number = self.number
            m.d.sync += [
                self._need.eq(Mux(self.doubling, number >> BELOW, number)),
                self._below.eq(number[:BELOW]),
            ]
