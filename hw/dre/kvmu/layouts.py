"""Payloads of the mover: those of its border, and those between its parts (spec section 14)."""

from amaranth.lib import data, enum

from dre.layouts import index


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
