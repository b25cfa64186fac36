"""What it takes to bring bytes over the link: packets, pages, reads (D152)."""

import math
from dataclasses import dataclass

from resv.system.platform import Platform


@dataclass(frozen=True)
class Transfer:
    """One bringing of bytes from far memory.

    Attributes
    ----------
    useful_bytes : float
        What was asked for.
    read_bytes : float
        What far memory gives: whole pages.
    wire_bytes : float
        With what packets add.
    reads : float
        Reads of far memory.
    seconds : float
        The longer of bytes on the wire and reads.
    """

    useful_bytes: float
    read_bytes: float
    wire_bytes: float
    reads: float
    seconds: float


def transfer(
    platform: Platform,
    useful_bytes: float,
    transaction_bytes: float,
    *,
    packets: bool = True,
    efficiency: float = 1.0,
    reads_s: float | None = None,
) -> Transfer:
    """Bring bytes in pieces that lie in one place each.

    Parameters
    ----------
    platform : Platform
    useful_bytes : float
        0 or more; parts of a piece count as parts.
    transaction_bytes : float
        Of a piece: a token of one KV head is 512, of all heads 4,096, a cluster 16,384.
    packets : bool
        Count what packets add (D152).
    efficiency : float
        Share of the link's rate that is reached.
    reads_s : float or None
        Reads a second instead of the platform's; 0: no limit.
    """
    reads_s = platform.far_reads_s if reads_s is None else reads_s
    page = platform.far_page_bytes
    piece = page * math.ceil(transaction_bytes / page) if page else transaction_bytes
    wire = piece
    if packets:
        wire += platform.link_overhead_bytes * math.ceil(piece / platform.link_packet_bytes)
    reads = useful_bytes / transaction_bytes
    by_reads = reads / reads_s if reads_s else 0.0
    seconds = max(reads * wire / (platform.link_rate * efficiency), by_reads)
    return Transfer(useful_bytes, reads * piece, reads * wire, reads, seconds)
