"""Mass of an entry, from its key and its token count (spec D41)."""

from amaranth.hdl import Module, Mux
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from dre.multiplier import Multiplier
from dre.wtu import mantissa
from dre.wtu.key import KEY_BITS
from dre.wtu.tree import delayed

COUNT_BITS = 16
MASS_BITS = KEY_BITS + COUNT_BITS


WEIGHT_STAGES = mantissa.STAGES
"""Registers within `staged_weight_of`."""


def weight_of(key, weight):
    """Weight of a key in units of its octave; in mode ``weight``, the key."""
    return Mux(weight, key, mantissa.mantissa(key[: mantissa.FRACTION_BITS]))


def staged_weight_of(m, key, weight):
    """The same, `WEIGHT_STAGES` cycles later."""
    made = mantissa.staged_mantissa(m, key[: mantissa.FRACTION_BITS])
    key, weight = (
        delayed(m, name, value, WEIGHT_STAGES)
        for name, value in (("kept_key", key), ("is_key", weight))
    )
    return Mux(weight, key, made)


class EntryMass(wiring.Component):
    """Mass of an entry in units of its octave, one a cycle.

    In mode ``exp`` that is m(f) * count, f being the key's fraction; two entries of one octave
    compare by it, and entries an octave apart by twice as much. In mode ``weight`` it is key *
    count. Golden model: the products in ``resv.wicsum_integer.select_row``.

    Parameters
    ----------
    registered : bool
        With registers on the way to the weight and a registered multiplier; else with one behind
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
        return WEIGHT_STAGES + Multiplier.LATENCY if self.registered else 1

    def elaborate(self, platform):
        m = Module()
        if not self.registered:
            weight = weight_of(self.key, self.weight)
            m.d.comb += self.mass.eq(delayed(m, "mass_made", weight * self.count, 1))
            return m
        m.submodules.multiplier = multiplier = Multiplier(a_bits=KEY_BITS, b_bits=COUNT_BITS)
        m.d.comb += [
            multiplier.a.eq(staged_weight_of(m, self.key, self.weight)),
            multiplier.b.eq(delayed(m, "entry_count", self.count, WEIGHT_STAGES)),
            self.mass.eq(multiplier.product),
        ]
        return m
