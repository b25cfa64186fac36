"""The host's codec: known values, what it refuses, and that nothing is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dre.host import codec

CONTENT = st.binary(min_size=2, max_size=codec.MOST_BYTES - 2)


def test_crc_has_the_check_value_of_its_catalogue():
    assert codec.crc(b"123456789") == b"\xd6\x4e"


@pytest.mark.parametrize(
    ("frame", "stuffed"),
    [
        (b"", b"\x01"),
        (b"\0", b"\x01\x01"),
        (b"\x11\x22\0\x33", b"\x03\x11\x22\x02\x33"),
        (b"\x11\0\0\0", b"\x02\x11\x01\x01\x01"),
    ],
)
def test_stuffing_as_in_its_definition(frame, stuffed):
    assert codec.stuff(frame) == stuffed
    assert codec.unstuff(stuffed) == frame


@given(CONTENT)
def test_what_is_encoded_has_one_zero_and_comes_back(content):
    frame = codec.encode(content)
    assert frame.index(0) == len(frame) - 1 <= 255
    assert codec.decode(frame[:-1]) == content


@given(CONTENT, st.data())
def test_a_wrong_bit_is_seen(content, data):
    frame = bytearray(codec.encode(content)[:-1])
    frame[data.draw(st.integers(0, len(frame) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(codec.BadFrame):
        codec.decode(bytes(frame))


@given(st.binary(min_size=2, max_size=200), st.integers(1, 50))
def test_zeros_behind_a_frame_are_seen(content, count):
    """What a zero at the end whose lowest bit is wrong makes of a frame."""
    with pytest.raises(codec.BadFrame):
        codec.decode(codec.encode(content)[:-1] + b"\1" * count)


@given(st.binary(min_size=3, max_size=200))
def test_a_frame_without_its_last_byte_is_seen(content):
    frame = codec.unstuff(codec.encode(content)[:-1])
    with pytest.raises(codec.BadFrame):
        codec.decode(codec.stuff(frame[:-1]))


@pytest.mark.parametrize("size", [0, 1, 252, 300])
def test_sizes_that_no_frame_has(size):
    with pytest.raises(ValueError, match=f"content must have 2 to 251 bytes, not {size}"):
        codec.encode(bytes(size))


@pytest.mark.parametrize(
    ("stuffed", "message"),
    [
        (b"\x05\x01\0\x02\x03", "a stuffed frame must have no zero"),
        (b"\x05\x01\x02", "the last run must have 4 bytes, not 2"),
        (b"\x04\x01\x02\x03", "a frame must have 4 to 253 bytes, not 3"),
        (codec.stuff(bytes(254)), "a frame must have 4 to 253 bytes, not 254"),
        (codec.stuff(b"123456789\xd6\x4f"), "the CRC must be d64e, not d64f"),
    ],
)
def test_what_is_no_frame(stuffed, message):
    with pytest.raises(codec.BadFrame, match=message):
        codec.decode(stuffed)
