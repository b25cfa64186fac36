"""HC tables and hash words of a few Python ints, for tests of clustering."""

import numpy as np

from resv import Assignments, HCTable

JOIN, FOUND, FULL = (False, False), (True, False), (False, True)
"""What a decision says of a token: founded, full."""


def words(*values: int, bits: int = 8):
    """Hash words of Python ints."""
    packed = [list(value.to_bytes(bits // 8, "little")) for value in values]
    return np.array(packed, np.uint8).reshape(-1, bits // 8)


def table(*entries: tuple[int, int], bits: int = 8) -> HCTable:
    """A table of (word, members)."""
    return HCTable(
        words(*(word for word, _ in entries), bits=bits), np.array([m for _, m in entries], int)
    )


def decisions(result: Assignments) -> list[tuple[int, bool, bool, int]]:
    columns = (result.clusters, result.founded, result.full, result.distances)
    return list(zip(*(column.tolist() for column in columns), strict=True))
