"""Near memory at the three ports of the table unit: answers of one ID come in order.

A write shows with its acknowledgement and not before (`axi.write_peer.WritePeer`).
"""

from dataclasses import dataclass

from axi.memory import Habits
from axi.read_peer import ReadPeer
from axi.write_peer import WritePeer


@dataclass(frozen=True)
class Bus:
    """What bounds a burst, as `dre.kvmu.MoverConfig` says of the movers'."""

    beat_bytes: int
    burst_bytes: int
    outstanding: int = 1


def some_habits(rng):
    """Memories quick and slow; none so slow that an answer is given up."""
    return Habits(
        latency=rng.choice([(0, 0), (0, 5), (20, 60)]),
        order=rng.choice(["in order", "reordered"]),
        address=rng.choice([1.0, 0.5, 0.2]),
        data=rng.choice([1.0, 0.6, 0.3]),
        answer=rng.choice([1.0, 0.7, 0.3]),
    )


class InOrder:
    """Answers are in order, or stay away.

    Attributes
    ----------
    silent : bool
        Nothing is answered; what has been asked for is answered later.
    """

    one_id = True
    silent = False

    def _choose(self, now, begun=None):
        if self.silent or not self.waiting or self.waiting[0].due > now:
            return None
        return self.waiting[0]


class Fetches(InOrder, ReadPeer):
    """Bursts that are fetched."""


class Reads(ReadPeer):
    """Numbers that are to be changed: each has an ID, and answers come in any order.

    Attributes
    ----------
    silent : bool
        As of `InOrder`.
    """

    silent = False

    def _choose(self, now, begun=None):
        return None if self.silent else super()._choose(now, begun)


class Writes(InOrder, WritePeer):
    """Numbers that have been changed."""

    whole = False


def fetched(build):
    """Of bursts that are fetched."""
    return Bus(build.beat_bytes, build.burst_bytes)


def changed(build, entry_bytes):
    """Of numbers and entries that are changed."""
    return Bus(build.beat_bytes, max(build.beat_bytes, entry_bytes), build.updates)
