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


class RowStatus(enum.Enum, shape=3):
    """How a row of the WTU ended, or a chunk of rows (spec D49)."""

    OK = 0
    NOT_FINITE = 1
    TOO_MANY_TOKENS = 2
    OUT_OF_STEP = 3
    BAD_CONFIG = 4


class ScoreMode(enum.Enum, shape=1):
    """What the WTU is given: BF16 scores, or weights made elsewhere (spec D41)."""

    EXP = 0
    WEIGHT = 1


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


def aged_token(max_clusters):
    """``aged``: a token of a cluster has become a far token."""
    return data.StructLayout({"context": CONTEXT_BITS, "cluster": index(max_clusters)})


MASS_BITS = 56
"""Width of a row's mass (spec D42)."""

SCORE_BITS = 16
"""Width of a BF16 score, of a weight, of a key and of a token count (spec D40 to D42)."""


def wtu_settings():
    """Threshold and scale, which may change from chunk to chunk (spec D20, D40)."""
    return data.StructLayout({"TH": 16, "all": 1, "mode": ScoreMode, "K": 16, "k": 5})


def rows_chunk(max_clusters, max_rows):
    """``chunks``: a chunk whose rows are to be thresholded."""
    return header(max_clusters, rows=range(max_rows + 1))


def placed_chunk(max_clusters, max_rows, place):
    """``chunks``, if scores lie in near memory: and where, in bursts."""
    return header(max_clusters, rows=range(max_rows + 1), place=place)


def row_header(max_clusters, max_rows):
    """Header of whatever belongs to one row."""
    return header(max_clusters, row=index(max_rows))


def row_request(max_clusters, max_rows):
    """``reads``: a row is wanted; with ``counts`` the token counts too."""
    return header(max_clusters, row=index(max_rows), counts=1)


def entries_packet(max_clusters, max_rows, lanes):
    """``counts`` and ``scores``: one number a cluster, ``lanes`` of them a beat."""
    return packet(row_header(max_clusters, max_rows), entries=data.ArrayLayout(SCORE_BITS, lanes))


def row_packet(max_clusters, max_rows, lanes):
    """``rows``: what one row selects, then its sums."""
    trailer = data.StructLayout(
        {
            "entries": range(max_clusters + 1),
            "mass": MASS_BITS,
            "total": MASS_BITS,
            "saturated": range(max_clusters + 1),
            "passes": 8,
            "early_exit": 1,
            "status": RowStatus,
        }
    )
    return packet(row_header(max_clusters, max_rows), mask=lanes, trailer=trailer)


def selected_packet(max_clusters, lanes):
    """``selected``: what the rows of a chunk select, each cluster once."""
    part = data.StructLayout({"beat": index(-(-max_clusters // lanes)), "mask": lanes})
    trailer = data.StructLayout({"entries": range(max_clusters + 1), "status": RowStatus})
    return packet(header(max_clusters), part=part, trailer=trailer)
