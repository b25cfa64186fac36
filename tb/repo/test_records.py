"""replay.records: what is read is what was written, and any damage is reported by record."""

import re

import pytest

from replay import records

CONTENTS = [(7, b"abc"), (1, b""), (2**32 - 1, bytes(range(256)))]


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "file.bin"
    records.write(path, "hcu", CONTENTS)
    return path


def damaged(path, content, message):
    """Expect a file of this content to be refused with this message."""
    path.write_bytes(content)
    with pytest.raises(records.DamagedRecord, match=f"^{re.escape(f'{path}: {message}')}"):
        records.read(path, "hcu")


def test_what_is_written_is_read(written):
    assert records.read(written, "hcu") == CONTENTS


def test_the_format_is_the_documented_one(tmp_path):
    path = tmp_path / "file.bin"
    records.write(path, "hcu", [(1, b"123456789")])
    assert path.read_bytes() == (
        b"VREX-REC\1\0\0\0hcu\0"
        b"\1\0\0\0\x09\0\0\x00123456789\x9e\x1d!\xe4"
        b"\0\0\0\0\4\0\0\0\1\0\0\0\xf0\xaf#G"
    )


def test_every_changed_byte_is_noticed(written):
    good = written.read_bytes()
    for at in range(len(good)):
        written.write_bytes(good[:at] + bytes([good[at] ^ 4]) + good[at + 1 :])
        with pytest.raises(records.DamagedRecord):
            records.read(written, "hcu")


def test_every_cut_is_noticed(written):
    good = written.read_bytes()
    for end in range(len(good)):
        written.write_bytes(good[:end])
        with pytest.raises(records.DamagedRecord):
            records.read(written, "hcu")


def test_the_damaged_record_is_named(written):
    good = written.read_bytes()
    second = 16 + 12 + 3
    damaged(written, good[: second - 1], "record 0 is cut off")
    damaged(written, good[:second], "record 1 is cut off")
    changed = good[:second] + b"\2" + good[second + 1 :]
    damaged(written, changed, "record 1 has a wrong checksum")
    damaged(written, good[:-16] + b"\0\0\0\0\4\0\0\0\2\0\0\0\x1e\x00\x96U", "record 3 miscounts")
    damaged(written, good + b"\0", "record 3 must be the last")
    damaged(written, b"no records", "must be a file of records of hcu, version 1, not b'no")


def test_a_file_of_another_unit_is_refused(written):
    with pytest.raises(records.DamagedRecord, match="must be a file of records of wtu"):
        records.read(written, "wtu")
