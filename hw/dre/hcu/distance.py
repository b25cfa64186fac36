"""Hamming distance, with or without registers inside."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


def add(m, numbers):
    """Sum of unsigned values, as a value just wide enough.

    By columns of equal weight: full adders take three bits of a column to one of it and one of the
    next, so 32 bits cost 26 full adders and 5 half adders.
    """
    columns = [[] for _ in range(max(len(number) for number in numbers))]
    for number in numbers:
        for weight, bit in enumerate(number):
            columns[weight].append(bit)
    total = []
    while len(total) < len(columns):
        column = columns[len(total)]
        while len(column) > 1:
            bit, carry = _add_bits(m, *column[:3])
            column[:3] = []
            column.append(bit)
            if len(total) + 1 == len(columns):
                columns.append([])
            columns[len(total) + 1].append(carry)
        total += column
    return Cat(total)


def _add_bits(m, a, b, c=None):
    """Full adder, or half adder without ``c``."""
    bit, carry = Signal(name="sum"), Signal(name="carry")
    if c is None:
        m.d.comb += [bit.eq(a ^ b), carry.eq(a & b)]
    else:
        m.d.comb += [bit.eq(a ^ b ^ c), carry.eq((a & b) | (c & (a ^ b)))]
    return bit, carry


class HammingDistance(wiring.Component):
    """popcount(a XOR b), a pair a cycle. Golden model: ``resv.hamming_distance``.

    Parameters
    ----------
    hash_bits : int
        Bits of a hash word.
    registered : bool
        With a register after each level of four-to-one adders; else without any.

    Members
    -------
    en : In(1)
        The pipeline advances.
    a, b : In(hash_bits)
        The pair.
    o : Out(range(hash_bits + 1))
        Its distance, ``latency`` enabled cycles later. Unit: bits.
    """

    def __init__(self, *, hash_bits, registered):
        self.hash_bits = hash_bits
        self.registered = registered
        super().__init__(
            {
                "en": In(1),
                "a": In(hash_bits),
                "b": In(hash_bits),
                "o": Out(range(hash_bits + 1)),
            }
        )

    @property
    def latency(self):
        """Enabled cycles from pair to distance."""
        levels, numbers = 0, self.hash_bits
        while numbers > 1:
            levels, numbers = levels + 1, -(-numbers // 4)
        return levels if self.registered else 0

    def elaborate(self, platform):
        m = Module()
        numbers = list(self.a ^ self.b)
        if self.registered:
            for level in range(self.latency):
                fours = [numbers[n : n + 4] for n in range(0, len(numbers), 4)]
                numbers = []
                for n, four in enumerate(fours):
                    total = add(m, four)
                    register = Signal(len(total), name=f"sum_{level}_{n}")
                    with m.If(self.en):
                        m.d.sync += register.eq(total)
                    numbers.append(register)
        m.d.comb += self.o.eq(add(m, numbers))
        return m
