"""Hamming distance of words kept as prefix parities, with or without registers inside.

Prefix parities of a XOR b are those of a XOR those of b. A lane that keeps its token that way and
is sent words that way has the sums of its first adders for one XOR a bit (see `parity_adders`).
"""

from functools import reduce
from operator import xor

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


def span(registered):
    """Bits of a word that share a chain of prefix parities."""
    return 4 if registered else 8


def prefix_parities(word, registered):
    """Bit n is the parity of the word's bits up to n, from the first bit of n's span on."""
    bits, length = list(word), span(registered)
    return Cat(reduce(xor, bits[n - n % length : n + 1]) for n in range(len(bits)))


def from_prefix_parities(parities, registered):
    """The word itself."""
    bits, length = list(parities), span(registered)
    return Cat(bits[n] ^ bits[n - 1] if n % length else bits[n] for n in range(len(bits)))


def parity_adders(parities):
    """Count the ones of an even number of bits whose prefix parities are given.

    A full adder of (all bits so far, two new ones) has the prefix parities as its first input,
    the sum of two, and its sum; only the carry is left to make. The last bit takes a half adder.

    Returns
    -------
    tuple of Value, list of Value
        The bit of weight 1, and bits of weight 2.
    """
    *triples, (before, parity) = [parities[n : n + 3] for n in range(0, len(parities), 2)]
    carries = [Mux(two, ~three, one) for one, two, three in triples]
    return parity, [*carries, before & ~parity]


def add(m, numbers):
    """Sum of unsigned values, as a value just wide enough.

    By columns of equal weight: full adders take three bits of a column to one of it and one of the
    next, so 32 bits cost 26 full adders and 5 half adders.
    """
    columns = [[] for _ in range(max(len(number) for number in numbers))]
    for number in numbers:
        for weight, bit in enumerate(number):
            columns[weight].append(bit)
    return add_columns(m, columns)


def add_columns(m, columns):
    """Sum of bits, given by their weight; at least one of weight 1."""
    columns, total = [list(column) for column in columns], []
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

    Both words come as `prefix_parities`.

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
        The pair, as prefix parities.
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
        parities, length = Signal(self.hash_bits), span(self.registered)
        m.d.comb += parities.eq(self.a ^ self.b)
        spans = [
            parity_adders(list(parities[n : n + length])) for n in range(0, self.hash_bits, length)
        ]
        if not self.registered:
            ones, twos = [one for one, _ in spans], [bit for _, two in spans for bit in two]
            m.d.comb += self.o.eq(add_columns(m, [ones, twos]))
            return m
        sums = [add_columns(m, [[one], two]) for one, two in spans]
        for level in range(self.latency):
            numbers = []
            for n, total in enumerate(sums):
                register = Signal(len(total), name=f"sum_{level}_{n}", reset_less=True)
                with m.If(self.en):
                    m.d.sync += register.eq(total)
                numbers.append(register)
            sums = [add(m, numbers[n : n + 4]) for n in range(0, len(numbers), 4)]
        m.d.comb += self.o.eq(sums[0])
        return m
