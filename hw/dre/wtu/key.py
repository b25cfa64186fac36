"""From a score to the key that orders it (spec D40)."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from dre.layouts import SCORE_BITS
from dre.multiplier import Multiplier
from dre.wtu.tree import delayed

KEY_BITS = SCORE_BITS
FRACTION_BITS = 7  # of a BF16 number
K_BITS, SHIFT_BITS = 16, 5  # the register of D40: K * 2^-k

LEAST_SHIFT = 7
"""The product of a normal number has 23 or 24 bits: shifted right by less, the key saturates."""

MOST_SHIFT = 25
"""Shifted right by this, less than half is left."""

ZERO = 2 ** (KEY_BITS - 1)

COARSE = 3
"""With registers, bits of the shift that are done in a cycle of their own."""

_BELOW = MOST_SHIFT  # bits of a shifted product that stand for less than 1


def key_latency(registered):
    """Cycles from score to key."""
    return Multiplier.LATENCY + 5 if registered else 0


class ScoreKey(wiring.Component):
    """Key of a BF16 score, one a cycle. Golden model: ``resv.wicsum_integer.key``.

    Keys are unsigned here, 2^15 above those of the specification: the order stays, and so do the
    eight fraction bits. In mode ``weight`` the input is the key.

    Parameters
    ----------
    registered : bool
        With a registered multiplier and registers behind every step; else without any.

    Members
    -------
    score : In(16)
        BF16, or an unsigned weight.
    weight : In(1)
        The mode is ``weight``. Stays, like K and k, from a cycle before the first score to the last
        key.
    K, k : In
        The register of D40.
    key : Out(16)
        ``latency`` cycles after the score.
    saturated, finite : Out(1)
        Beside the key: whether it saturated, whether the score was a number. In mode ``weight``: 0
        and 1.
    """

    def __init__(self, *, registered):
        self.registered = registered
        super().__init__(
            {
                "score": In(16),
                "weight": In(1),
                "K": In(K_BITS),
                "k": In(SHIFT_BITS),
                "key": Out(KEY_BITS),
                "saturated": Out(1),
                "finite": Out(1),
            }
        )

    @property
    def latency(self):
        """Cycles from score to key."""
        return key_latency(self.registered)

    def elaborate(self, platform):
        m = Module()
        exponent = self.score[FRACTION_BITS:15]
        # Subnormal numbers have a key of 0, as zero has: their significand may be taken for 0.
        significand = Cat(self.score[:FRACTION_BITS], exponent != 0)
        # The key is product * 2^(exponent - 126 - k): 127 and 7 belong to BF16, -8 to the key.
        offset = delayed(m, "offset", 126 + self.k, 1 if self.registered else 0)
        shift = Signal(signed(10))
        m.d.comb += shift.eq(offset - exponent)
        finite = ~exponent.all() | self.weight
        if self.registered:
            self._in_stages(m, significand, shift, finite)
        else:
            self._at_once(m, significand * self.K, shift)
            m.d.comb += self.finite.eq(finite)
        return m

    @staticmethod
    def _further(shift):
        """Whether the key saturates for its shift; else the shift, counted from the least one."""
        most = MOST_SHIFT - LEAST_SHIFT
        return shift < LEAST_SHIFT, Mux(shift > MOST_SHIFT, most, (shift - LEAST_SHIFT)[:5])

    @staticmethod
    def _shifted(m, product, further):
        """The product with room below it, shifted right."""
        most = MOST_SHIFT - LEAST_SHIFT
        shifted = Signal(most + len(product))
        m.d.comb += shifted.eq(Cat(Const(0, most), product) >> further)
        return shifted

    def _at_once(self, m, product, shift):
        beyond, further = self._further(shift)
        shifted = self._shifted(m, product, further)
        raw, weight = self.score, self.weight
        kept, half, rest = shifted[_BELOW:], shifted[_BELOW - 1], shifted[: _BELOW - 1].any()
        rounded = Signal(len(kept) + 1)
        m.d.comb += rounded.eq(kept + (half & (rest | kept[0])))
        negative = raw[15]
        saturated = Signal()
        m.d.comb += saturated.eq((beyond | (rounded > ZERO - 1 + negative)) & ~weight)
        distance = Mux(saturated, ZERO - 1 + negative, rounded)[:KEY_BITS]
        m.d.comb += [
            self.key.eq(Mux(weight, raw, Mux(negative, ZERO - distance, ZERO + distance))),
            self.saturated.eq(saturated),
        ]

    def _in_stages(self, m, significand, shift, finite):
        """Product and shift; the product shifted, twice; its rounding; the key; its limits."""
        m.submodules.multiplier = multiplier = Multiplier(a_bits=FRACTION_BITS + 1, b_bits=K_BITS)
        m.d.comb += [multiplier.a.eq(significand), multiplier.b.eq(self.K)]
        shift = delayed(m, "shift", shift, 1)
        beyond, further = (
            delayed(m, name, value, Multiplier.LATENCY - 1)
            for name, value in zip(("beyond", "further"), self._further(shift), strict=True)
        )
        coarse = Cat(Const(0, COARSE), further[COARSE:])
        shifted = delayed(m, "shifted", self._shifted(m, multiplier.product, coarse), 1)
        rest = delayed(m, "further_rest", further[:COARSE], 1)
        shifted = delayed(m, "shifted_rest", shifted >> rest, 1)
        kept, half, rest = shifted[_BELOW:], shifted[_BELOW - 1], shifted[: _BELOW - 1].any()
        negative = delayed(m, "sign", self.score[15], Multiplier.LATENCY + 2)
        # Less a number is its complement and one more: one less to add where it is rounded up.
        up = delayed(m, "up", (half & (rest | kept[0])) ^ negative, 1)
        distance = Cat(kept ^ negative.replicate(len(kept)), negative).as_signed()
        base = Signal(signed(len(distance) + 1), reset_less=True)
        made = Signal.like(base, reset_less=True)
        m.d.sync += [base.eq(ZERO + distance), made.eq(base + up)]
        raw = delayed(m, "raw", self.score, self.latency - 1)
        saturated = delayed(m, "beyond_limits", beyond, 4) | made[KEY_BITS:].any()
        limit = (~raw[15]).replicate(KEY_BITS)
        key = Mux(self.weight, raw, Mux(saturated, limit, made[:KEY_BITS]))
        m.d.comb += [
            self.key.eq(delayed(m, "key_made", key, 1)),
            self.saturated.eq(delayed(m, "has_saturated", saturated & ~self.weight, 1)),
            self.finite.eq(delayed(m, "is_finite", finite, self.latency)),
        ]
