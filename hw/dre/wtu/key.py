"""From a score to the key that orders it (spec D40)."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from dre.layouts import SCORE_BITS

KEY_BITS = SCORE_BITS
FRACTION_BITS = 7  # of a BF16 number
K_BITS, SHIFT_BITS = 16, 5  # the register of D40: K * 2^-k

LEAST_SHIFT = 7
"""The product of a normal number has 23 or 24 bits: shifted right by less, the key saturates."""

MOST_SHIFT = 25
"""Shifted right by this, less than half is left."""

ZERO = 2 ** (KEY_BITS - 1)


class ScoreKey(wiring.Component):
    """Key of a BF16 score, one a cycle. Golden model: ``resv.wicsum_integer.key``.

    Keys are unsigned here, 2^15 above those of the specification: the order stays, and so do the
    eight fraction bits. In mode ``weight`` the input is the key.

    Parameters
    ----------
    registered : bool
        With registers behind the product and behind the rounding; else without any.

    Members
    -------
    score : In(16)
        BF16, or an unsigned weight.
    weight : In(1)
        The mode is ``weight``.
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
        return 2 if self.registered else 0

    def elaborate(self, platform):
        m = Module()
        exponent = self.score[FRACTION_BITS:15]
        # Subnormal numbers have a key of 0, as zero has: their significand may be taken for 0.
        significand = Cat(self.score[:FRACTION_BITS], exponent != 0)
        # The key is product * 2^(exponent - 126 - k): 127 and 7 belong to BF16, -8 to the key.
        shift = Signal(signed(10))
        m.d.comb += shift.eq(126 + self.k - exponent)
        beyond = shift < LEAST_SHIFT
        most = MOST_SHIFT - LEAST_SHIFT
        further = Mux(shift > MOST_SHIFT, most, (shift - LEAST_SHIFT)[:5])

        product = self._register(m, "product", significand * self.K)
        beyond = self._register(m, "beyond", beyond)
        further = self._register(m, "further", further)
        raw = self._register(m, "raw", self.score)
        weight = self._register(m, "is_weight", self.weight)
        finite = self._register(m, "is_finite", ~exponent.all() | self.weight)

        shifted = Signal(most + len(product))
        m.d.comb += shifted.eq(Cat(Const(0, most), product) >> further)
        below = most + LEAST_SHIFT  # bits that stand for less than 1
        kept, half, rest = shifted[below:], shifted[below - 1], shifted[: below - 1].any()
        rounded = Signal(len(kept) + 1)
        m.d.comb += rounded.eq(kept + (half & (rest | kept[0])))
        negative = raw[15]
        saturated = Signal()
        m.d.comb += saturated.eq((beyond | (rounded > ZERO - 1 + negative)) & ~weight)
        distance = Mux(saturated, ZERO - 1 + negative, rounded)[:KEY_BITS]
        key = Mux(weight, raw, Mux(negative, ZERO - distance, ZERO + distance)[:KEY_BITS])
        m.d.comb += [
            self.key.eq(self._register(m, "key_made", key)),
            self.saturated.eq(self._register(m, "has_saturated", saturated)),
            self.finite.eq(self._register(m, "was_finite", finite)),
        ]
        return m

    def _register(self, m, name, value):
        if not self.registered:
            return value
        register = Signal.like(value, name=name, reset_less=True)
        m.d.sync += register.eq(value)
        return register
