"""Payloads of the KVMU: at its border, at the mover's, and between its parts (sections 14, 15)."""

from amaranth.lib import data, enum

from dre.layouts import CHUNK_BITS, CONTEXT_BITS, index, packet


class MoveStatus(enum.Enum, shape=3):
    """How a job ended; of several the largest (spec D75)."""

    OK = 0
    REFUSED = 1
    LINK_DOWN = 2
    READ_ERROR = 3
    TIMEOUT = 4
    WRITE_ERROR = 5
    UNACKNOWLEDGED = 6


def mover_job(address_bits, job_bytes, jobs):
    """``jobs``: bytes to be moved."""
    return data.StructLayout(
        {
            "source": address_bits,
            "target": address_bits,
            "bytes": range(job_bytes + 1),
            "tag": index(jobs),
        }
    )


def mover_done(jobs):
    """``done``: how a job ended."""
    return data.StructLayout({"tag": index(jobs), "status": MoveStatus})


def mover_regions(page_bits):
    """``regions``: what may be read and what may be written, in pages, limits exclusive."""
    region = data.StructLayout({"base": page_bits, "limit": page_bits + 1})
    return data.StructLayout({"source": region, "target": region})


def checked_job(config):
    """A job that has been looked at, in beats."""
    return data.StructLayout(
        {
            "source": config.place,
            "target": config.place,
            "beats": range(config.job_beats + 1),
            "tag": index(config.jobs),
            "refused": 1,
        }
    )


def opened_burst(config):
    """A burst that gets an ID: whose it is, where it goes, and its beats less one."""
    return data.StructLayout(
        {
            "valid": 1,
            "id": config.identity,
            "tag": index(config.jobs),
            "target": config.place,
            "length": range(config.burst_beats),
        }
    )


def request(config):
    """What the address channels carry."""
    return data.StructLayout(
        {"id": config.identity, "place": config.place, "length": range(config.burst_beats)}
    )


def landed_burst(config):
    """A burst of which the last beat has come."""
    return data.StructLayout({"id": config.identity, "failed": 1})


def splitting(config):
    """What the splitter does to a job: opens a burst of it, or says that none will follow."""
    return data.StructLayout(
        {"valid": 1, "tag": index(config.jobs), "opens": 1, "last": 1, "status": MoveStatus}
    )


def ending(config):
    """A burst of a job ends."""
    return data.StructLayout({"valid": 1, "tag": index(config.jobs), "status": MoveStatus})


def numbered(shape):
    """An index, and whether there is one."""
    return data.StructLayout({"valid": 1, "index": shape})


class KVOp(enum.Enum, shape=3):
    """What a command asks for (spec D82)."""

    INIT = 0
    FREE = 1
    GRANT = 2
    FETCH = 3
    RELEASE = 4
    END = 5


class KVStatus(enum.Enum, shape=3):
    """How a command ended (spec D83)."""

    OK = 0
    REFUSED = 1
    BAD_COMMAND = 2
    OUT_OF_STEP = 3
    VOID = 4
    WRITE_FAILED = 5
    READ_FAILED = 6
    BROKEN = 7


COUNT_BITS = 24
"""Of tokens, in commands and results."""


def kv_command():
    """``commands``: what to do, then settings of a context."""
    return data.StructLayout(
        {
            "op": KVOp,
            "context": CONTEXT_BITS,
            "chunk": CHUNK_BITS,
            "tokens": 16,
            "sink_tokens": 16,
            "recent_tokens": 16,
            "max_chunk": 16,
            "held_back": 16,
            "frames": 16,
        }
    )


def kv_result():
    """``results``: what became of a command."""
    return data.StructLayout(
        {
            "op": KVOp,
            "context": CONTEXT_BITS,
            "chunk": CHUNK_BITS,
            "status": KVStatus,
            "more": 1,
            "count": COUNT_BITS,
        }
    )


def kv_grant(address_bits):
    """``grants``: where the next token's keys and values are to be written."""
    return data.StructLayout({"address": address_bits})


def deliveries_packet(address_bits):
    """``deliveries``: tokens and where they are, then how many."""
    header = data.StructLayout({"context": CONTEXT_BITS, "chunk": CHUNK_BITS})
    token = data.StructLayout({"token": COUNT_BITS, "address": address_bits})
    trailer = data.StructLayout(
        {"tokens": COUNT_BITS, "lost": COUNT_BITS, "status": KVStatus, "more": 1}
    )
    return packet(header, token=token, trailer=trailer)


def kv_bases(page_bits):
    """``bases``: first pages of what lies in near and far memory."""
    return data.StructLayout(dict.fromkeys(("ring", "area", "far", "store"), page_bits))
