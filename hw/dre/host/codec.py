"""Frames of the serial link, from the host's side (spec D138): plain Python, nothing of hardware.

It is the golden model of the link's own coding and shares no code with it.
"""

import binascii

LEAST_BYTES, MOST_BYTES = 4, 253
"""Of a frame, unstuffed, with its CRC."""

CRC_BYTES = 2
END = b"\0"


class BadFrame(ValueError):
    """Bytes that are no frame; the message says why."""


def crc(content: bytes) -> bytes:
    """CRC-16/GENIBUS, high byte first."""
    return (binascii.crc_hqx(content, 0xFFFF) ^ 0xFFFF).to_bytes(CRC_BYTES, "big")


def stuff(frame: bytes) -> bytes:
    """Without zeros: before each run of other bytes stands one more than its length.

    A frame of at most 253 bytes, as all are, has no run that would need the long form.
    """
    return b"".join(bytes([len(run) + 1]) + run for run in frame.split(END))


def unstuff(stuffed: bytes) -> bytes:
    """What was stuffed.

    Raises
    ------
    BadFrame
        If there is a zero, or the last run is not complete.
    """
    if END in stuffed:
        raise BadFrame("a stuffed frame must have no zero")
    runs, place = [], 0
    while place < len(stuffed):
        count = stuffed[place]
        run = stuffed[place + 1 : place + count]
        if len(run) != count - 1:
            raise BadFrame(f"the last run must have {count - 1} bytes, not {len(run)}")
        runs.append(run)
        place += count
    return END.join(runs)


def encode(content: bytes) -> bytes:
    """A frame as it goes over the wire, its zero at the end.

    Raises
    ------
    ValueError
        If it would be too short or too long.
    """
    frame = bytes(content) + crc(content)
    if not LEAST_BYTES <= len(frame) <= MOST_BYTES:
        least, most = LEAST_BYTES - CRC_BYTES, MOST_BYTES - CRC_BYTES
        raise ValueError(f"content must have {least} to {most} bytes, not {len(content)}")
    return stuff(frame) + END


def decode(stuffed: bytes) -> bytes:
    """Content of a frame; ``stuffed`` without the zero.

    Raises
    ------
    BadFrame
        If stuffing, length or CRC are wrong.
    """
    frame = unstuff(stuffed)
    if not LEAST_BYTES <= len(frame) <= MOST_BYTES:
        raise BadFrame(f"a frame must have {LEAST_BYTES} to {MOST_BYTES} bytes, not {len(frame)}")
    content, check = frame[:-CRC_BYTES], frame[-CRC_BYTES:]
    if crc(content) != check:
        raise BadFrame(f"the CRC must be {crc(content).hex()}, not {check.hex()}")
    return content
