"""What a DRE's streams say, as arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dre.rtl import beats

ROW_FIELDS = ("entries", "mass", "total", "saturated", "passes", "status")


@dataclass(frozen=True, eq=False)
class Part:
    """A packet of `deliveries`.

    Attributes
    ----------
    context : int
    positions, addresses : ndarray of int64 [tokens]
    lost : int
    """

    context: int
    positions: NDArray[np.int64]
    addresses: NDArray[np.int64]
    lost: int


def part(packet, layout):
    """A `Part`, from all beats of a packet."""
    tokens = packet[1:-1]
    return Part(
        int(beats.field(packet[:1], layout, "data", "header", "context")[0]),
        beats.field(tokens, layout, "data", "token", "token"),
        beats.field(tokens, layout, "data", "token", "address"),
        int(beats.field(packet[-1:], layout, "data", "trailer", "lost")[0]),
    )


def deliveries(done, parts, entry_bytes):
    """Puts parts, and the bytes of each, into a `dre.rtl.Done`."""
    done.delivered = np.concatenate([np.zeros(0, np.int64), *(one.positions for one, _ in parts)])
    empty = np.zeros((0, entry_bytes), np.uint8)
    done.content = np.concatenate([empty, *(content for _, content in parts)])
    done.lost = sum(one.lost for one, _ in parts)


def rows(done, packets, layout, clusters):
    """Masks and trailers of rows."""
    masks = [
        beats.bits_of(packet[1:-1], layout, "data", "mask").reshape(-1)[:clusters]
        for packet in packets
    ]
    done.selected = np.array(masks, bool).reshape(len(packets), clusters)
    trailers = [packet[-1:] for packet in packets]
    every = np.concatenate(trailers) if trailers else np.zeros((0, 1), np.uint32)
    done.rows = {name: beats.field(every, layout, "data", "trailer", name) for name in ROW_FIELDS}


def assignments(done, packet, layout):
    """Where each token went."""
    tokens = packet[1:-1]
    for name, there in (
        *(("clusters", "cluster"), ("distances", "distance")),
        *(("founded", "founded"), ("full", "full")),
    ):
        found = beats.field(tokens, layout, "data", "token", there)
        setattr(done, name, found if there in ("cluster", "distance") else found.astype(bool))
