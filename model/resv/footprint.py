"""What a table costs in bytes, item by item: on the accelerator, and in this model."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resv import checks
from resv.config import check_hash_bits
from resv.stream import Stream

PAGE_BYTES = 4_096
"""Far memory is written and read in pages; an extent does not go beyond one."""


@dataclass(frozen=True)
class Footprint:
    """Bytes of tables, over any number of contexts.

    Attributes
    ----------
    table : dict of str to int
        What the accelerator keeps of the HC table, without mean keys, by item.
    mean_keys : int
        Key_cluster of all clusters, in BF16.
    keys_and_values : int
        K and V of all tokens, in BF16.
    """

    table: dict[str, int]
    mean_keys: int
    keys_and_values: int

    @property
    def table_share(self) -> float:
        """The table without mean keys, relative to K and V."""
        return sum(self.table.values()) / self.keys_and_values

    @property
    def mean_keys_share(self) -> float:
        """Mean keys relative to K and V."""
        return self.mean_keys / self.keys_and_values

    def __add__(self, other: "Footprint") -> "Footprint":
        table = {name: size + other.table[name] for name, size in self.table.items()}
        return Footprint(
            table,
            self.mean_keys + other.mean_keys,
            self.keys_and_values + other.keys_and_values,
        )


def of_members(
    members: NDArray[np.integer], hash_bits: int, d: int, *, sinks: int = 0, scattered: bool = False
) -> Footprint:
    """Bytes of one context whose clusters have these members.

    Hash words have ``hash_bits``; members and token counts 16 bits each (D12, D42); the index of a
    token 32 bits; a cluster 16 bytes for the head of its chain of extents and its residency; an
    extent (page, first slot, count) 8 bytes.

    Parameters
    ----------
    members : ndarray of integers [C]
        At least 1.
    hash_bits : int
    d : int
        Head size. Key and value of a token are 4 d bytes, so a page holds 4,096 / (4 d) tokens.
    sinks : int
        Tokens in no cluster; they count for K and V.
    scattered : bool
        False: a cluster's tokens fill whole pages, the fewest extents possible. True: every token
        is an extent of its own, the most possible.

    Raises
    ------
    TypeError, ValueError
        If an argument is of a wrong kind or range.
    """
    checks.array("members", members, members.dtype, (None,))
    check_hash_bits(hash_bits)
    checks.integer("d", d, 1)
    for value in members[members < 1][:1]:
        raise ValueError(f"members must be at least 1, not {value}")
    clusters, tokens = len(members), int(members.sum())
    in_a_page = max(PAGE_BYTES // (4 * d), 1)
    extents = tokens if scattered else int((-(-members // in_a_page)).sum())
    table = {
        "hash words": clusters * hash_bits // 8,
        "members": 2 * clusters,
        "token counts": 2 * clusters,
        "token indices": 4 * tokens,
        "chains and residency": 16 * clusters,
        "extents": 8 * extents,
    }
    return Footprint(table, 2 * d * clusters, 4 * d * (tokens + sinks))


def of_stream(stream: Stream, *, scattered: bool = False) -> Footprint:
    """Bytes that a stream's tables would take on the accelerator, over all its heads.

    Raises
    ------
    ValueError
        If the stream has taken no chunk yet.
    """
    parts = []
    for table in _tables(stream):
        members = table.hash_clusters.members
        sinks = stream.tokens - int(members.sum())
        bits, d = stream.config.hash_bits, int(stream.sizes[3])
        parts.append(of_members(members, bits, d, sinks=sinks, scattered=scattered))
    return sum(parts[1:], parts[0])


def of_model(stream: Stream) -> dict[str, int]:
    """Bytes of the arrays that the model itself holds for a stream, by item, over all heads.

    The fast engine's arrays have room to grow, which counts; objects of Python do not.

    Raises
    ------
    ValueError
        If the stream has taken no chunk yet.
    """
    items: dict[str, int] = {}
    for table in _tables(stream):
        for name, size in table.nbytes.items():
            items[name] = items.get(name, 0) + size
    return items | {"keys and values": stream.kept.nbytes}


def _tables(stream: Stream) -> list:
    if not stream.chunks:
        raise ValueError("stream must have taken at least one chunk, not 0")
    layers, _, kv_heads, _ = stream.sizes
    return [stream.table(*at) for at in np.ndindex(layers, kv_heads)]
