"""Near memory at the three ports of the table unit: answers of one ID come in order.

A write shows with its acknowledgement and not before.
"""

from dataclasses import dataclass

from kvmu.peers import ReadPeer, WritePeer


@dataclass(frozen=True)
class Bus:
    """What bounds a burst, as `dre.kvmu.MoverConfig` says of the movers'."""

    beat_bytes: int
    burst_bytes: int
    outstanding: int = 1


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

    def observe(self, now):
        burst, shown = self._offered, self.space
        super().observe(now)
        if burst is not None and self._offered is None and burst.fate == "ok":
            for address, lanes, data in burst.stores:
                for n in range(self._size):
                    if lanes >> n & 1:
                        shown.store(address + n, data[n : n + 1])

    def _write(self, now, word, lanes, last):
        burst = self._addressed[0]
        assert lanes, "no byte of a word"
        address = burst.address + burst.moved * self._size
        if not burst.moved:
            burst.stores = []
        burst.stores.append((address, lanes, word.to_bytes(self._size, "little")))
        burst.moved += 1
        assert last == (burst.moved == burst.beats), "WLAST at the wrong word"
        if last:
            self._addressed.popleft()
            self._schedule(burst, now)


def fetched(build):
    """Of bursts that are fetched."""
    return Bus(build.beat_bytes, build.burst_bytes)


def changed(build, entry_bytes):
    """Of numbers and entries that are changed."""
    return Bus(build.beat_bytes, max(build.beat_bytes, entry_bytes), build.updates)
