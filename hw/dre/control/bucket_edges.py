"""Where a row is cut into buckets (spec D51)."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from dre.wtu.arithmetic import Divider
from dre.wtu.key import KEY_BITS
from dre.wtu.mantissa import FRACTION_BITS, MANTISSA_BITS, mantissa
from dre.wtu.scanner import OCTAVES

LOGIT_RANGE = 16 << FRACTION_BITS
"""Keys within 16 octaves."""

WEIGHT_BITS = MANTISSA_BITS + OCTAVES
"""Of a weight in whole numbers (spec D41)."""

LEAST = 2 ** (MANTISSA_BITS - 1)
"""The smallest weight that is not 0."""


def place_bits(config):
    """Bits of what lanes compare with an edge: see `place_of`."""
    return KEY_BITS if config.axis == "logit" else KEY_BITS - FRACTION_BITS + MANTISSA_BITS - 1


def place_of(config, key, weight):
    """What orders entries by what is cut.

    That is the key; where weights are cut in mode ``exp``, the weight as a floating-point number:
    octave, then mantissa without its first bit. Whole weights need not be made for it.
    """
    if config.axis == "logit":
        return key
    return Mux(weight, key, Cat(mantissa(key[:FRACTION_BITS])[:-1], key[FRACTION_BITS:]))


class Edges(wiring.Component):
    """Lower edges of a row's buckets, from the top, one after the other.

    The first one is there some cycles after ``start``, the next one ``period`` cycles after a
    ``take``. Golden model: the steps in ``resv.wicsum_buckets``.

    Members
    -------
    start : In(1)
        A row begins.
    largest, smallest : In(16)
        Its keys with a count. Stay, like ``weight``.
    weight : In(1)
        Its mode.
    valid : Out(1)
        There is an edge.
    edge : Out
        The least `place_of` in the bucket or above.
    open : Out(1)
        Every entry is in the bucket or above, as in the last one.
    take : In(1)
        Go on to the next one.
    """

    def __init__(self, config):
        self._config = config
        self._linear = config.axis == "linear"
        self._registered = config.timing.registered_lane
        cycles = 6 if self._linear else 4
        self._division_cycles = 2 * cycles if self._registered else cycles
        super().__init__(
            {
                "start": In(1),
                "largest": In(KEY_BITS),
                "smallest": In(KEY_BITS),
                "weight": In(1),
                "valid": Out(1),
                "edge": Out(place_bits(config)),
                "open": Out(1),
                "take": In(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        bits = WEIGHT_BITS if self._linear else KEY_BITS
        m.submodules.divider = self._divider = Divider(
            divisor_bits=self._config.buckets.bit_length(),
            quotient_bits=bits,
            digit_bits=bits // self._division_cycles,
        )
        self._step = Signal(bits + 1, reset_less=True)
        self._lower = Signal(signed(bits + 2), reset_less=True)
        self._left = Signal(range(self._config.buckets + 1), reset_less=True)  # not yet taken
        m.d.comb += self._divider.divisor.eq(self._config.buckets)
        limits, found = self._limits(m, bits), self._place(m)
        with m.FSM():
            with m.State("IDLE"):
                self._begin(m)
            self._measure(m, *limits)
            self._find(m, *found)
            with m.State("FOUND"):
                m.d.comb += self.valid.eq(~self.start)
                with m.If(self.take):
                    m.d.sync += self._left.eq(self._left - 1)
                    m.next = "STEP"
                self._begin(m)
        return m

    def _begin(self, m):
        """In any state: what is left of the row before is of no use."""
        with m.If(self.start):
            m.d.sync += self._left.eq(self._config.buckets)
            m.next = "MEASURE"

    def _measure(self, m, high, low):
        """The range, and a bucket's part of it."""
        span = Signal.like(high, reset_less=True, name="span")
        m.d.comb += self._divider.number.eq(span)
        with m.State("MEASURE"):
            m.d.sync += [span.eq(high - low), self._lower.eq(high + 1)]
            m.next = "RANGE"
            if not self._linear:
                m.d.sync += self._step.eq(-(-LOGIT_RANGE // self._config.buckets))
                with m.If(~self.weight):
                    m.next = "STEP"
            self._begin(m)
        with m.State("RANGE"):
            m.d.comb += self._divider.start.eq(1)
            m.next = "DIVIDE"
            self._begin(m)
        with m.State("DIVIDE"):
            m.d.sync += self._step.eq(self._divider.quotient + 1)
            with m.If(self._divider.done):
                m.next = "STEP"
            self._begin(m)

    def _limits(self, m, bits):
        """The largest and the smallest of what is cut; keys in mode ``exp`` have no use for it."""
        high, low = Signal(bits), Signal(bits)
        m.d.comb += [high.eq(self.largest), low.eq(self.smallest)]
        if self._linear:
            octaves = Signal(KEY_BITS - FRACTION_BITS)
            weight = Signal(bits)
            fraction = self.smallest[:FRACTION_BITS]
            m.d.comb += [
                octaves.eq(self.largest[FRACTION_BITS:] - self.smallest[FRACTION_BITS:]),
                weight.eq(Cat(Const(0, OCTAVES), mantissa(fraction)) >> octaves[:5]),
            ]
            with m.If(~self.weight):
                m.d.comb += [
                    high.eq(Cat(Const(0, OCTAVES), mantissa(self.largest[:FRACTION_BITS]))),
                    low.eq(Mux(octaves > OCTAVES, 0, weight)),
                ]
        return high, low

    def _find(self, m, place, is_open, latency):
        """From the edge in whole numbers to the place that is compared."""
        waited = Signal(range(latency + 1), reset_less=True)
        last = self._left == 1
        with m.State("STEP"):
            m.d.sync += [self._lower.eq(self._lower - self._step), waited.eq(1)]
            m.next = "FIND"
            self._begin(m)
        with m.State("FIND"):
            m.d.sync += waited.eq(waited + 1)
            with m.If(waited == latency):
                m.d.sync += [self.edge.eq(place), self.open.eq(is_open | last)]
                m.next = "FOUND"
            self._begin(m)

    def _place(self, m):
        """The edge as a place, whether it is below all places, and in the how many'th cycle."""
        lower = self._lower
        below = Signal()
        m.d.comb += below.eq(lower <= 0)
        if not self._linear:
            return lower[:KEY_BITS], below, 1
        value, octaves = Signal(WEIGHT_BITS), Signal(5)
        m.d.comb += value.eq(lower[:WEIGHT_BITS])
        with m.If(lower[: WEIGHT_BITS + 1] < LEAST):  # there is no weight in between
            m.d.comb += value.eq(LEAST)
        for n in reversed(range(5)):
            by = 1 << n
            shifted, so_far = Signal.like(value, name=f"by_{by}"), Signal(5, name=f"octaves_{by}")
            small = value[-by:] == 0
            domain = m.d.sync if self._registered else m.d.comb
            domain += [
                shifted.eq(Mux(small, value << by, value)),
                so_far.eq(octaves | Mux(small, by, 0)),
            ]
            value, octaves = shifted, so_far
        octave = self.largest[FRACTION_BITS:] - octaves
        above, rest = value[OCTAVES:-1], value[:OCTAVES]
        place = Signal(signed(len(self.edge) + 2))
        m.d.comb += place.eq((octave << len(above)) + above + rest.any())
        as_key = lower[: len(self.edge)]
        found = Mux(self.weight, as_key, place[: len(self.edge)])
        return found, below | (~self.weight & (place < 0)), 6 if self._registered else 1
