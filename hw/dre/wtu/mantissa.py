"""The table m of spec D41, as arithmetic small enough to be had once a lane."""

from functools import cache

from amaranth.hdl import Cat, Const, Mux, Value

from dre.wtu.tree import delayed

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


@cache
def _lines():
    """Of each segment's line: where it begins, less 2^11; its slopes; its offsets."""
    table, size = mantissas(), 2**SEGMENT_BITS
    segments = [table[n : n + size] for n in range(0, len(table), size)]
    slopes, offsets = zip(*(_line(segment) for segment in segments), strict=True)
    return [values[0] - 2**11 for values in segments], slopes, offsets


def _joined(first, rise):
    return Cat((first + rise)[: MANTISSA_BITS - 1], Const(1, 1))


def mantissa(fraction):
    """m(f) of an 8-bit value: 12 bits."""
    fraction = Value.cast(fraction)
    segment = fraction[SEGMENT_BITS:]
    first, slope, offset = (_lookup(values, segment) for values in _lines())
    rise = (slope * fraction[:SEGMENT_BITS] + offset) >> SLOPE_FRACTION_BITS
    return _joined(first, rise)


STAGES = 2
"""Registers within `staged_mantissa`."""


def staged_mantissa(m, fraction):
    """The same, `STAGES` cycles later, with a register behind each step but the last.

    What the lowest bit of the place adds is looked up; the others choose a multiple of the slope.
    """
    fraction = Value.cast(fraction)
    first, slope, offset = _lines()
    low = [n + s * bit for s, n in zip(slope, offset, strict=True) for bit in range(2)]
    segment = fraction[SEGMENT_BITS:]
    looked_up = {
        "first": _lookup(first, segment),
        "once": _lookup(slope, segment),
        "thrice": _lookup([3 * s for s in slope], segment),
        "low": _lookup(low, Cat(fraction[0], segment)),
        "place": fraction[1:SEGMENT_BITS],
    }
    kept = {name: delayed(m, name, value, 1) for name, value in looked_up.items()}
    once, place = kept["once"], kept["place"]
    multiple = Mux(place[1], Mux(place[0], kept["thrice"], once << 1), Mux(place[0], once, 0))
    rise = ((multiple << 1) + kept["low"]) >> SLOPE_FRACTION_BITS
    return _joined(delayed(m, "kept_first", kept["first"], 1), delayed(m, "rise", rise, 1))
