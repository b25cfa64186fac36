"""Words with check bits as the specification has them, in plain numbers (spec D88)."""

from itertools import combinations

DATA_BITS, CHECK_BITS, WORD_BITS = 56, 7, 63

COLUMNS = sorted(
    sum(1 << place for place in places)
    for ones in (3, 5)
    for places in combinations(range(CHECK_BITS), ones)
)
INVERTED = 0b11


def stored(data):
    """The word of 63 bits in which 56 bits of data are stored."""
    checks = INVERTED
    for bit, column in enumerate(COLUMNS):
        if data >> bit & 1:
            checks ^= column
    return data | checks << DATA_BITS


def flipped(word, *places):
    """The word with bits turned round."""
    for place in places:
        word ^= 1 << place
    return word
