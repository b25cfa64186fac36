"""Beats as Python values: dictionaries in, one number out, and back, by an Amaranth layout."""

from amaranth.hdl import Shape
from amaranth.lib import data


def pack(layout, values):
    """A number whose fields hold ``values``; fields that are not named are 0.

    Of a union one member is named. Raises ValueError for a value that does not fit its field.
    """
    number = 0
    for name, value in values.items():
        field = layout[name]
        if isinstance(field.shape, data.Layout):
            value = pack(field.shape, value)
        elif not 0 <= int(value) < 1 << field.width:
            raise ValueError(f"{name} must fit {field.width} bits, not {value}")
        number |= int(value) << field.offset
    return number


def unpack(layout, number):
    """The fields of a number, nested as the layout is; of a union every member."""
    values = {}
    for name, field in layout:
        part = number >> field.offset & ((1 << field.width) - 1)
        nested = isinstance(field.shape, data.Layout)
        values[name] = unpack(field.shape, part) if nested else part
    return values


def width(layout):
    """Bits of a layout."""
    return Shape.cast(layout).width
