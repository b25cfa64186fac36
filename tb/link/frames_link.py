"""What the link must answer to bytes that are no command, by the specification alone."""

from dre.host import codec

LINE, CUT, LENGTH, CRC, OVERRUN = 4, 5, 6, 7, 8
NAMES = {LINE: "line", CUT: "cut", LENGTH: "length", CRC: "crc", OVERRUN: "overrun"}


def verdict(stuffed):
    """The status of bytes between zeros (D142), or None if they are a frame."""
    place = 0
    while place < len(stuffed):
        place += stuffed[place]
    if place != len(stuffed):
        return CUT
    frame = codec.unstuff(stuffed)
    if not codec.LEAST_BYTES <= len(frame) <= codec.MOST_BYTES:
        return LENGTH
    return None if codec.crc(frame[:-2]) == frame[-2:] else CRC


def bad_answer(status):
    """What comes back."""
    return bytes([0, status])


def corrupted(rng, frame):
    """A stuffed frame with something wrong, and no zero in it; it may still be one."""
    bytes_ = bytearray(frame)
    for _ in range(rng.randint(1, 3)):
        place, what = rng.randrange(len(bytes_)), rng.random()
        if what < 0.5:
            bytes_[place] ^= 1 << rng.randrange(8)
        elif what < 0.75 and len(bytes_) > 1:
            del bytes_[place]
        else:
            bytes_.insert(place, rng.randrange(256))
    return bytes(byte or 1 for byte in bytes_)


def random_bytes(rng, most=300):
    """Anything but zero."""
    return bytes(rng.randrange(1, 256) for _ in range(rng.randint(1, most)))
