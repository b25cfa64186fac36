"""Where the fields of a payload lie, as plain data."""

import enum

from amaranth.hdl import Shape, ShapeCastable
from amaranth.lib import data

LEAF_KINDS = ("unsigned", "signed", "enum")


def describe(shape, offset=0):
    """A shape as plain data, from bit ``offset`` of a port on.

    Parameters
    ----------
    shape : ShapeLike
        Of a port or of a field.
    offset : int
        Its lowest bit in the port.

    Returns
    -------
    dict
        ``kind``, ``offset``, ``bits``; of a ``struct`` or ``union`` also ``fields``, of an
        ``array`` ``elements``, each with a ``name`` (of an element: its index); of an ``enum``
        ``values``; of a range of numbers ``least`` and ``most``.
    """
    said = {"kind": "unsigned", "offset": offset, "bits": Shape.cast(shape).width}
    if isinstance(shape, range):
        return _number(said, shape) | {"least": min(shape), "most": max(shape)}
    if isinstance(shape, type) and issubclass(shape, enum.Enum):
        return said | {"kind": "enum", "values": {one.name: one.value for one in shape}}
    if isinstance(shape, data.Layout):
        return said | _fields(shape, offset)
    if isinstance(shape, ShapeCastable):  # a class of structures
        return describe(shape.as_shape(), offset)
    return _number(said, shape)


def _number(said, shape):
    return said | ({"kind": "signed"} if Shape.cast(shape).signed else {})


def _fields(layout, offset):
    """What a layout adds to its description."""
    parts = [
        {"name": str(name), **describe(field.shape, offset + field.offset)}
        for name, field in layout
    ]
    if isinstance(layout, data.ArrayLayout):
        return {"kind": "array", "elements": parts}
    return {"kind": "union" if isinstance(layout, data.UnionLayout) else "struct", "fields": parts}


def walk(said, path=""):
    """All fields below a description, each with its path, the outer before the inner.

    Elements of an array of numbers are left out: the array says all about them.
    """
    for field in said.get("fields", ()):
        inside = f"{path}.{field['name']}" if path else field["name"]
        yield inside, field
        yield from walk(field, inside)
    for element in said.get("elements", ()):
        if element["kind"] not in LEAF_KINDS:
            inside = f"{path}[{element['name']}]"
            yield inside, element
            yield from walk(element, inside)
