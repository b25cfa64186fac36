"""Files of records: stimulus and results of a replay.

All numbers are little-endian. A file begins with 16 bytes: ``VREX-REC``, the format's version as
u32, the unit's name in four bytes. Then records follow:

    u32 kind    what it is; 0 ends the file
    u32 size    bytes of its contents
    contents
    u32 crc     CRC-32 of kind, size and contents

The last record is of kind 0 and holds the number of records before it, so that a file that was cut
between two records is noticed too. What the other kinds hold is up to the unit. The same format in
C++: ``records.h``.
"""

import struct
from zlib import crc32

from resv.files import atomic_writer

MAGIC = b"VREX-REC"
VERSION = 1
END = 0


class DamagedRecord(ValueError):
    """A file of records that cannot be read; the message names file and record."""


def write(path, unit, records):
    """Write (kind, bytes) pairs as a file of records."""
    with atomic_writer(path) as file:
        file.write(_head(unit))
        count = 0
        for kind, contents in records:
            file.write(_framed(kind, contents))
            count += 1
        file.write(_framed(END, struct.pack("<I", count)))


def read(path, unit):
    """The (kind, bytes) pairs of a file.

    Raises
    ------
    DamagedRecord
        If the file is of another kind, cut off, or a record was changed.
    OSError
        If it cannot be read.
    """
    content = path.read_bytes()
    head, records, at = _head(unit), [], 16
    if content[:16] != head:
        raise DamagedRecord(
            f"{path}: must be a file of records of {unit}, version {VERSION}, not {content[:16]}"
        )
    while True:
        where = f"{path}: record {len(records)}"
        if len(content) - at < 12:
            raise DamagedRecord(f"{where} is cut off")
        kind, size = struct.unpack_from("<II", content, at)
        if size > len(content) - at - 12:
            raise DamagedRecord(f"{where} is cut off")
        end = at + 8 + size
        if crc32(content[at:end]) != int.from_bytes(content[end : end + 4], "little"):
            raise DamagedRecord(f"{where} has a wrong checksum")
        contents, at = content[at + 8 : end], end + 4
        if kind == END:
            if contents != struct.pack("<I", len(records)):
                raise DamagedRecord(f"{where} miscounts")
            if at != len(content):
                raise DamagedRecord(f"{where} must be the last")
            return records
        records.append((kind, contents))


def _head(unit):
    return struct.pack("<8sI4s", MAGIC, VERSION, unit.encode("ascii"))


def _framed(kind, contents):
    framed = struct.pack("<II", kind, len(contents)) + contents
    return framed + struct.pack("<I", crc32(framed))
