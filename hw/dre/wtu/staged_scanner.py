"""Goes through the sums of a digit, with a register behind each step."""

from amaranth.hdl import Cat, Mux, Signal

from dre.wtu.scanner import BELOW, NEED_BITS, TOTAL_BITS, Purpose, Scanner
from dre.wtu.sums import SUM_BITS
from dre.wtu.tree import delayed


class StagedScanner(Scanner):
    """The same as `dre.wtu.scanner.Scanner`, for clock speed.

    Whether a pair holds the place is seen a cycle after it has been subtracted: the need is then
    negative, no further pair is taken, and what was before the pair stands beside it.
    """

    def _issue(self, m):
        """A pair a cycle; what it is scanned for is noted at the start."""
        self._crossing, self._doubling = (Signal(reset_less=True) for _ in range(2))
        with m.If(self.start):
            m.d.sync += [
                self._crossing.eq(self.purpose == Purpose.CROSS),
                self._doubling.eq(self.doubling),
                self.scan_set.eq(self.set),
                self.clear.eq(self.purpose != Purpose.TOTAL),
            ]
        scanning = Signal()
        # Until it starts the first pair is made ready again and again.
        counting = self._count_pairs(m, self._doubling, begin=~scanning)
        m.d.sync += scanning.eq(self.start | (scanning & ~counting["last"]))
        m.d.comb += self.scan.eq(scanning)
        return counting | {"valid": scanning}

    def _accumulate(self, m, control, high, both):
        first = Signal(NEED_BITS, reset_less=True)  # the need at the start
        below = Signal(BELOW, reset_less=True)  # bits of the number that are still to come
        noting = delayed(m, "noting", self.start, 1, resets=True)
        loading = delayed(m, "loading", noting, 1, resets=True)
        number = Mux(self._doubling, self.number >> BELOW, self.number)
        m.d.sync += first.eq(Mux(self.load_need, number, self.need))
        taken, crossed, before = self._subtract(m, control, both, first, below, loading)
        m.d.comb += self.passed.eq(crossed)
        with m.If(noting):
            m.d.sync += below.eq(self.number[:BELOW])
        with m.Elif(taken):
            m.d.sync += below.eq(below << 2)
        above, with_upper = self._add_up(m, taken, crossed, high, both, loading)
        self._resolve(m, control, taken, high, before, above, with_upper)

    def _subtract(self, m, control, both, first, below, loading):
        """What is still needed after each pair, and before the last one that was taken."""
        need = Signal(SUM_BITS + 4, reset_less=True)
        crossed = Signal()
        m.d.comb += crossed.eq(self._crossing & need[-1])
        taken = Signal()
        m.d.comb += taken.eq(control["valid"] & control["counts"] & ~crossed)
        before = Signal(NEED_BITS + 2)
        stepped = Mux(self._doubling, Cat(below[-2:], need[:NEED_BITS]), need[:NEED_BITS])
        m.d.comb += before.eq(Mux(loading, first, stepped))
        with m.If(taken | loading):
            m.d.sync += need.eq(before - Mux(loading, 0, both))
        kept = Signal.like(before, reset_less=True)
        with m.If(taken):
            m.d.sync += kept.eq(before)
        return taken, crossed, kept

    def _add_up(self, m, taken, crossed, high, both, loading):
        """The sum above the place if that is the pair's upper one, or if it is the lower one."""
        late = delayed(m, "late", taken, 1, resets=True)
        high, both = delayed(m, "late_high", high, 1), delayed(m, "late_both", both, 1)
        above = Signal(TOTAL_BITS, reset_less=True)
        with_upper = Signal(TOTAL_BITS, reset_less=True)
        shifted = Signal(TOTAL_BITS)
        m.d.comb += shifted.eq(Mux(self._doubling, above << 2, above))
        with m.If(loading):
            m.d.sync += above.eq(Mux(self.begin, 0, self.total))
        with m.Elif(late):
            m.d.sync += with_upper.eq(shifted + high)
            with m.If(~crossed):
                m.d.sync += above.eq(shifted + both)
        return above, with_upper

    def _resolve(self, m, control, taken, high, before, above, with_upper):
        """Which place of the pair it is, when the last one has been looked at."""
        pair, octaves, kept = (
            Signal.like(value, reset_less=True)
            for value in (control["pair"], control["octaves"], high)
        )
        with m.If(taken):
            m.d.sync += [pair.eq(control["pair"]), octaves.eq(control["octaves"]), kept.eq(high)]
        after_upper = Signal(SUM_BITS + 4, reset_less=True)
        m.d.sync += after_upper.eq(before - kept)
        upper = after_upper[-1]
        finished = delayed(m, "finished", control["valid"] & control["last"], 2, resets=True)
        need = Signal.like(self.need, reset_less=True)
        total = Signal.like(self.total, reset_less=True)
        with m.If(finished):
            # In units of the upper octave the need is one bit shorter.
            with m.If(~self._crossing):
                m.d.sync += total.eq(above)
            with m.Elif(upper):
                m.d.sync += [
                    need.eq(Mux(self._doubling, before >> 1, before)),
                    total.eq(Mux(self._doubling, above << 1, above)),
                ]
            with m.Else():
                m.d.sync += [need.eq(after_upper), total.eq(with_upper)]
            m.d.sync += [
                self.found.eq(Cat(upper, pair)),
                self.found_octave.eq(Cat(upper, octaves[1:])),
            ]
        m.d.comb += [
            self.need.eq(need),
            self.total.eq(total),
            self.done.eq(delayed(m, "resolved", finished, 1, resets=True)),
        ]
