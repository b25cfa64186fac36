"""Beats as arrays, against beats as dictionaries."""

import numpy as np
from amaranth.lib import data
from hypothesis import given
from hypothesis import strategies as st

from dre.layouts import SCORE_BITS, packet
from dre.packing import pack, unpack
from dre.rtl import beats


@st.composite
def layouts(draw):
    """Streams' layouts of all widths: one word of 16 or of 32 bits to several words of bytes."""
    header = data.StructLayout(
        {f"f{n}": draw(st.integers(1, 40)) for n in range(draw(st.integers(1, 5)))}
    )
    word = data.StructLayout({"word": 8 * draw(st.integers(1, 16))})
    entries = data.ArrayLayout(SCORE_BITS, draw(st.sampled_from([1, 2, 3, 4, 16])))
    return packet(header, word=word["word"].shape, entries=entries)


def numbers(array):
    """Beats as numbers."""
    return [int.from_bytes(row.astype("<u4").tobytes(), "little") for row in array]


@given(layouts(), st.randoms(use_true_random=False))
def test_one_beat_and_its_fields(layout, rng):
    header = layout["data"].shape["header"].shape
    values = {name: rng.getrandbits(field.width) for name, field in header}
    beat = {"first": 1, "last": rng.getrandbits(1), "data": {"header": values}}
    array = beats.one(layout, beat)
    assert numbers(array) == [pack(layout, beat)]
    for name, value in values.items():
        assert beats.field(array, layout, "data", "header", name).tolist() == [value]
    assert beats.field(array, layout, "last").tolist() == [beat["last"]]


@given(layouts(), st.integers(0, 5), st.randoms(use_true_random=False))
def test_bytes_in_a_field(layout, count, rng):
    size = layout["data"].shape["word"].width // 8
    content = np.frombuffer(rng.randbytes(count * size), np.uint8).reshape(count, size)
    array = beats.whole(layout, content, "data", "word")
    found = [unpack(layout, number) for number in numbers(array)]
    assert [beat["last"] for beat in found] == [0] * (count - 1) + [1] * (count > 0)
    assert not any(beat["first"] for beat in found)
    words = [int.from_bytes(row.tobytes(), "little") for row in content]
    assert [beat["data"]["word"] for beat in found] == words
    bits = beats.bits_of(array, layout, "data", "word")
    right = np.unpackbits(content, axis=1, bitorder="little").astype(bool)
    assert np.array_equal(bits, right)


@given(layouts(), st.integers(0, 40), st.randoms(use_true_random=False))
def test_numbers_in_an_array(layout, count, rng):
    values = np.array([rng.getrandbits(16) for _ in range(count)], np.uint16)
    lanes = layout["data"].shape["entries"].width // 16
    array = beats.elements(layout, values, "data", "entries")
    found = []
    for number in numbers(array):
        entries = number >> beats.place(layout, "data", "entries")[0]
        found += [entries >> 16 * lane & 0xFFFF for lane in range(lanes)]
    assert found[:count] == values.tolist()
    assert not any(found[count:])
    assert len(array) == -(-count // lanes)
