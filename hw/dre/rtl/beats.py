"""Beats of a stream as arrays: rows of words of 32 bits."""

import numpy as np

from dre.packing import pack, width


def place(layout, *path):
    """Offset and width of a field, by the names that lead to it."""
    offset = 0
    for name in path:
        field = layout[name]
        offset, layout = offset + field.offset, field.shape
    return offset, width(layout)


def one(layout, values):
    """One beat with these fields: uint32 [1, words]."""
    count = -(-width(layout) // 32)
    number = pack(layout, values)
    return np.frombuffer(number.to_bytes(4 * count, "little"), "<u4").reshape(1, count)


def field(beats, layout, *path):
    """A field of up to 62 bits of every beat: int64 [beats]."""
    offset, bits = place(layout, *path)
    first, shift = divmod(offset, 32)
    found = np.zeros(len(beats), np.uint64)
    for n in range(first, min(-(-(offset + bits) // 32), beats.shape[1])):
        word = beats[:, n].astype(np.uint64)
        at = 32 * (n - first) - shift
        found |= word << np.uint64(at) if at >= 0 else word >> np.uint64(-at)
    return (found & np.uint64(2**bits - 1)).astype(np.int64)


def bits_of(beats, layout, *path):
    """All bits of a field of every beat: bool [beats, bits]."""
    offset, bits = place(layout, *path)
    flat = np.unpackbits(
        np.ascontiguousarray(beats, "<u4").view(np.uint8), axis=1, bitorder="little"
    )
    return flat[:, offset : offset + bits].astype(bool)


def whole(layout, content, *path):
    """Beats that carry bytes in a field, one row each, with ``last`` in the last one.

    Parameters
    ----------
    content : ndarray of uint8 [beats, bits of the field / 8]
    """
    offset, bits = place(layout, *path)
    spread = np.zeros((len(content), 32 * -(-width(layout) // 32)), np.uint8)
    spread[:, offset : offset + bits] = np.unpackbits(content, axis=1, bitorder="little")
    spread[-1:, place(layout, "last")[0]] = 1
    return np.packbits(spread, axis=1, bitorder="little").view("<u4")


def elements(layout, values, *path):
    """Beats that carry numbers of 16 bits in an array, likewise; what is missing is 0.

    Parameters
    ----------
    values : ndarray of uint16 [any]
    """
    size = place(layout, *path)[1] // 16
    padded = np.zeros(-(-len(values) // size) * size, "<u2")
    padded[: len(values)] = values
    return whole(layout, padded.view(np.uint8).reshape(-1, 2 * size), *path)
