"""Spec D88: of every word one wrong bit is corrected, and two are found.

In three steps: what is stored has no syndrome; a bit that is turned round adds its column to the
syndrome of any word, whatever the other bits; by the sum of the columns of the errors they are
corrected, or found. Columns stand here a second time, from the specification's words.
"""

from functools import reduce
from operator import add, xor

from amaranth.hdl import Mux

from verification.claims import implies

CHECK_BITS, DATA_BITS = 7, 56
ODD = [number for number in range(2**CHECK_BITS) if number.bit_count() % 2]
COLUMNS = [
    *[number for number in ODD if number.bit_count() in (3, 5)],
    *[number for number in ODD if number.bit_count() == 1],
    *[number for number in ODD if number.bit_count() == 7],
]
"""Of data, check bits, and the bit that is left over in 64."""


def corrects_and_finds(harness):
    """Of all words, and all errors of up to two bits."""
    unit = harness.unit
    columns = COLUMNS[: unit.bits]
    harness.claim((unit.of_stored == 0) & unit.stored.any())
    harness.claim(unit.stored[:DATA_BITS] == unit.data)
    for number, column in enumerate(columns):
        turned = unit.of_turned.word_select(number, CHECK_BITS)
        harness.claim(turned == unit.of_any ^ column)
    count = reduce(add, unit.errors)
    pairs = zip(unit.errors, columns, strict=True)
    total = reduce(xor, [Mux(error, column, 0) for error, column in pairs])
    harness.assume(unit.of_errors == total)
    harness.claim(implies((count == 1) | (count == 2), total != 0))
    harness.claim(implies(count == 1, unit.corrected & ~unit.failed))
    harness.claim(implies(count == 1, unit.word == unit.stored))
    harness.claim(implies(count == 2, unit.failed & ~unit.corrected))
    for number in range(3):
        harness.cover((count == number) & unit.data.all())
