"""The table m of spec D41, as arithmetic small enough to be had once a lane."""

from functools import cache

from amaranth.hdl import Cat, Const, Mux, Value

FRACTION_BITS = 8
MANTISSA_BITS = 12

SEGMENT_BITS = 3
"""Within segments of eight the table is a rounded line."""

SLOPE_FRACTION_BITS = 4


@cache
def mantissas():
    """round(2^(f/256) * 2^11) for f from 0 to 255, in whole numbers."""
    table, m = [], 2**11
    for f in range(2**FRACTION_BITS):
        while (2 * m + 1) ** 256 <= 2 ** (f + 12 * 256):  # m + 1/2 is still not too large
            m += 1
        table.append(m)
    return tuple(table)


def _line(values):
    """Slope and offset, in 2^-SLOPE_FRACTION_BITS, of the line that gives the values.

    Raises
    ------
    ValueError
        If there is none.
    """
    unit = 2**SLOPE_FRACTION_BITS
    for slope in range(8 * unit * 2):
        for offset in range(unit):
            if all(values[0] + (slope * n + offset) // unit == v for n, v in enumerate(values)):
                return slope, offset
    raise ValueError(f"values must lie on a rounded line, not {values}")


def _lookup(values, index):
    """Element ``index`` of a table of constants: multiplexers over its bits, where they differ."""
    if len(set(values)) == 1:
        return Const(values[0], max(values[0].bit_length(), 1))
    half = len(values) // 2
    return Mux(index[-1], _lookup(values[half:], index[:-1]), _lookup(values[:half], index[:-1]))


def mantissa(fraction):
    """m(f) of an 8-bit value: 12 bits."""
    fraction = Value.cast(fraction)
    table = mantissas()
    size = 2**SEGMENT_BITS
    segments = [table[n : n + size] for n in range(0, len(table), size)]
    lines = [_line(segment) for segment in segments]
    place, segment = fraction[:SEGMENT_BITS], fraction[SEGMENT_BITS:]
    first = _lookup([values[0] - 2**11 for values in segments], segment)
    slope = _lookup([slope for slope, _ in lines], segment)
    offset = _lookup([offset for _, offset in lines], segment)
    rise = (slope * place + offset) >> SLOPE_FRACTION_BITS
    return Cat((first + rise)[: MANTISSA_BITS - 1], Const(1, 1))


def mantissa_quarters(fraction):
    """m(f) for the lower six bits of f, and each of the upper two: from the whole table.

    Three times the gates, and no adder.
    """
    fraction, table = Value.cast(fraction), mantissas()
    quarter = len(table) // 4
    return [
        _lookup(table[n : n + quarter], fraction[: FRACTION_BITS - 2])
        for n in range(0, len(table), quarter)
    ]
