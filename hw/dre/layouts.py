"""Payloads that cross a unit border (spec sections 8 and 9)."""

from amaranth.lib import data, enum

CONTEXT_BITS = 12
"""Width of a context number: 4,096 contexts."""

CHUNK_BITS = 16
"""Width of a chunk number, which wraps (spec D27)."""

MEMBERS_BITS = 16
"""Width of a cluster's member count (spec D12)."""

NO_CAP = 2**MEMBERS_BITS - 1
"""The ``cluster_cap`` that closes no cluster (spec D16)."""


class ChunkStatus(enum.Enum, shape=2):
    """How a chunk ended (spec D32)."""

    OK = 0
    REFUSED = 1
    BAD_CONFIG = 2
    OUT_OF_STEP = 3


def index(count):
    """Shape of an index below ``count``: at least one bit, which Verilog needs for a port."""
    return range(max(count, 2))


def hcu_settings(hash_bits, max_clusters):
    """Thresholds and limits that may change from chunk to chunk (spec D16)."""
    return data.StructLayout(
        {
            "Th_hd": range(hash_bits + 2),
            "max_clusters": range(max_clusters + 1),
            "cluster_cap": MEMBERS_BITS,
        }
    )


def header(max_clusters, **more):
    """Header of a packet: whose it is, the clusters at chunk start, then what the stream needs."""
    return data.StructLayout(
        {"context": CONTEXT_BITS, "chunk": CHUNK_BITS, "clusters": range(max_clusters + 1), **more}
    )


def packet(header, **beats):
    """Beat of a packet stream: a header first, then beats of the given kinds (spec D26)."""
    return data.StructLayout(
        {"first": 1, "last": 1, "data": data.UnionLayout({"header": header, **beats})}
    )


def hash_packet(hash_bits, max_clusters, max_chunk):
    """``hash_bits``: the chunk's hash words, one a token."""
    return packet(header(max_clusters, tokens=range(max_chunk + 1)), word=hash_bits)


def pass_request(max_clusters, groups):
    """``passes``: the table is wanted once, for one group of a chunk."""
    return header(max_clusters, group=index(groups))


def table_packet(hash_bits, max_clusters, groups):
    """``table``: one pass over the table, an entry a cluster."""
    entry = data.StructLayout({"word": hash_bits, "members": MEMBERS_BITS})
    return packet(pass_request(max_clusters, groups), entry=entry)


def assignment_packet(hash_bits, max_clusters, max_chunk):
    """``assignments``: where each token went, then the chunk's end."""
    token = data.StructLayout(
        {
            "cluster": index(max_clusters),
            "founded": 1,
            "full": 1,
            "distance": range(hash_bits + 1),
            "word": hash_bits,
        }
    )
    trailer = data.StructLayout({"clusters": range(max_clusters + 1), "status": ChunkStatus})
    return packet(header(max_clusters, tokens=range(max_chunk + 1)), token=token, trailer=trailer)
