"""A code that corrects one wrong bit of a word and finds two (spec D88).

A word has 56 bits of data, then 7 check bits. Each bit has a column, a number of 7 bits with an odd
number of ones: the data all those with three or five, in ascending order, check bits one each. What
the columns of a word's ones have as their bitwise sum is `INVERTED` in a good word; the difference
is the syndrome. One wrong bit leaves its own column, which is odd; two leave an even number of ones
and never none.

Where a word lies in 64 bits the last one, always 0, has the one column that is left. Then 64 zeros
and 64 ones are both two errors. Of 63 bits only the zeros can be: ones are a word with one error,
whatever the code.
"""

from typing import NamedTuple

from amaranth.hdl import Cat, Signal, Value

DATA_BITS = 56
CHECK_BITS = 7
WORD_BITS = DATA_BITS + CHECK_BITS

INVERTED = 0b0000011
"""Check bits that are stored inverted: zeros are no word."""

_ALL = 2**CHECK_BITS - 1
_DATA = tuple(number for number in range(_ALL) if number.bit_count() in (3, 5))
_CHECKS = tuple(1 << place for place in range(CHECK_BITS))


class Corrected(NamedTuple):
    """What a stored word says.

    Attributes
    ----------
    word : Signal
        The whole word without its error, if it had one.
    corrected : Signal
        It had one.
    failed : Signal
        It had more, and ``word`` means nothing.
    """

    word: Signal
    corrected: Signal
    failed: Signal


def encode(data):
    """The word of up to 56 bits of data: they come first, then the check bits.

    ``data`` is read seven times: a Signal, not an expression.
    """
    return Cat(data, check_bits(data))


def check_bits(data):
    """What `encode` puts behind the data."""
    return Cat(parity ^ bit for parity, bit in _parities(data, _DATA[: len(data)]))


def syndrome(word):
    """The sum of the columns of the wrong bits: 0 for a good word.

    ``word`` is one that `encode` has given, or of 64 bits with a 0 behind it; a Signal.
    """
    return Cat(parity ^ bit for parity, bit in _parities(word, _columns(len(word))))


def correct(domain, word, syndrome):
    """Correct a word of 63 or 64 bits by its syndrome, which is not 0; returns `Corrected`.

    ``domain`` takes the statements: ``m.d.comb``, or ``m.d.sync`` for a cycle later.
    """
    columns = _columns(len(word))
    result = Corrected(
        Signal.like(word, name="corrected_word", reset_less=True),
        Signal(name="corrected", reset_less=True),
        Signal(name="failed", reset_less=True),
    )
    single = syndrome.xor() & ((syndrome != _ALL) | (_ALL in columns))
    domain += [
        result.word.eq(word ^ Cat(syndrome == column for column in columns)),
        result.corrected.eq(single),
        result.failed.eq(~single),
    ]
    return result


def _columns(bits):
    """The column of each bit of a word."""
    data = _DATA[: bits - CHECK_BITS]
    return (*data, *_CHECKS, *[_ALL] * (bits - len(data) - CHECK_BITS))


def _parities(value: Value, columns):
    """By place in the columns: the parity of a value's bits there, and whether it is inverted."""
    for place in range(CHECK_BITS):
        mask = sum((column >> place & 1) << bit for bit, column in enumerate(columns))
        yield (value & mask).xor(), INVERTED >> place & 1
