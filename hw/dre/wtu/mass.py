"""Mass of an entry, from its key and its token count (spec D41)."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from dre.wtu.key import KEY_BITS
from dre.wtu.mantissa import FRACTION_BITS, mantissa

COUNT_BITS = 16
MASS_BITS = KEY_BITS + COUNT_BITS

_DIGIT_BITS = 4  # of a count: so many rows are added up between two registers


def weight_of(key, weight):
    """Weight of a key in units of its octave; in mode ``weight``, the key."""
    return Mux(weight, key, mantissa(key[:FRACTION_BITS]))


class EntryMass(wiring.Component):
    """Mass of an entry in units of its octave, one a cycle.

    In mode ``exp`` that is m(f) * count, f being the key's fraction; two entries of one octave
    compare by it, and entries an octave apart by twice as much. In mode ``weight`` it is key *
    count. Golden model: the products in ``resv.wicsum_integer.select_row``.

    Parameters
    ----------
    registered : bool
        With registers behind the weight, between rows of partial products and behind the mass;
        else only behind the mass.

    Members
    -------
    key, count : In
        The entry.
    weight : In(1)
        The mode is ``weight``.
    mass : Out(32)
        ``latency`` cycles after the entry.
    """

    def __init__(self, *, registered):
        self.registered = registered
        super().__init__(
            {
                "key": In(KEY_BITS),
                "count": In(COUNT_BITS),
                "weight": In(1),
                "mass": Out(MASS_BITS),
            }
        )

    @property
    def latency(self):
        """Cycles from entry to mass."""
        return 4 if self.registered else 1

    def elaborate(self, platform):
        m = Module()
        weight, count = weight_of(self.key, self.weight), self.count
        if not self.registered:
            m.d.comb += self.mass.eq(self._register(m, "mass_made", weight * count))
            return m
        weight = self._register(m, "entry_weight", weight)
        count = self._register(m, "entry_count", count)
        # Rows of the product by hand: multipliers of an FPGA are slow without their own registers.
        parts = []
        for n in range(0, COUNT_BITS, _DIGIT_BITS):
            rows = [Mux(count[n + i], weight, 0) for i in range(_DIGIT_BITS)]
            low, high = rows[0] + Cat(Const(0, 1), rows[1]), rows[2] + Cat(Const(0, 1), rows[3])
            part = self._register(m, f"part_{n}", low + Cat(Const(0, 2), high))
            parts.append(part)
        low = self._register(m, "low_half", parts[0] + Cat(Const(0, _DIGIT_BITS), parts[1]))
        high = self._register(m, "high_half", parts[2] + Cat(Const(0, _DIGIT_BITS), parts[3]))
        total = (low + Cat(Const(0, 2 * _DIGIT_BITS), high))[:MASS_BITS]
        m.d.comb += self.mass.eq(self._register(m, "mass_made", total))
        return m

    def _register(self, m, name, value):
        register = Signal.like(value, name=name, reset_less=True)
        m.d.sync += register.eq(value)
        return register
