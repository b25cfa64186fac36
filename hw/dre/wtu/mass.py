"""Mass of an entry, from its key and its token count (spec D41)."""

from amaranth.hdl import Module, Mux
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from dre.multiplier import Multiplier
from dre.wtu.key import KEY_BITS
from dre.wtu.mantissa import FRACTION_BITS, mantissa, mantissa_quarters
from dre.wtu.tree import delayed

COUNT_BITS = 16
MASS_BITS = KEY_BITS + COUNT_BITS


def weight_of(key, weight, *, at_once):
    """Weight of a key in units of its octave; in mode ``weight``, the key.

    ``at_once``: from the whole table, for clock speed.
    """
    fraction = key[:FRACTION_BITS]
    if at_once:
        return _of_quarters(mantissa_quarters(fraction), key, weight)
    return Mux(weight, key, mantissa(fraction))


def _of_quarters(quarters, key, weight):
    """The same, where the lower bits of the fraction have been looked up."""
    upper = key[FRACTION_BITS - 2 : FRACTION_BITS]
    low, high = (Mux(upper[0], quarters[n + 1], quarters[n]) for n in (0, 2))
    return Mux(weight, key, Mux(upper[1], high, low))


class EntryMass(wiring.Component):
    """Mass of an entry in units of its octave, one a cycle.

    In mode ``exp`` that is m(f) * count, f being the key's fraction; two entries of one octave
    compare by it, and entries an octave apart by twice as much. In mode ``weight`` it is key *
    count. Golden model: the products in ``resv.wicsum_integer.select_row``.

    Parameters
    ----------
    registered : bool
        With a register on the way to the weight and a registered multiplier; else with one behind
        the mass.

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
        return Multiplier.LATENCY + 1 if self.registered else 1

    def elaborate(self, platform):
        m = Module()
        if not self.registered:
            weight = weight_of(self.key, self.weight, at_once=False)
            m.d.comb += self.mass.eq(delayed(m, "mass_made", weight * self.count, 1))
            return m
        quarters = [
            delayed(m, f"quarter_{n}", quarter, 1)
            for n, quarter in enumerate(mantissa_quarters(self.key[:FRACTION_BITS]))
        ]
        key, weight = delayed(m, "late_key", self.key, 1), delayed(m, "is_key", self.weight, 1)
        m.submodules.multiplier = multiplier = Multiplier(a_bits=KEY_BITS, b_bits=COUNT_BITS)
        m.d.comb += [
            multiplier.a.eq(_of_quarters(quarters, key, weight)),
            multiplier.b.eq(delayed(m, "entry_count", self.count, 1)),
            self.mass.eq(multiplier.product),
        ]
        return m
