"""Near memory as the metadata see it, at the port ``home``: words, one ID, answers in order."""

from dataclasses import dataclass

from axi.memory import Habits
from axi.read_peer import ReadPeer
from axi.space import Region
from axi.write_peer import WritePeer
from kvmu.places_kvmu import home_pages
from resv.kvmu.config import PAGE_BYTES
from streams import fork


@dataclass(frozen=True)
class HomeBus:
    """What bounds a burst there, as `dre.kvmu.MoverConfig` says of the movers'."""

    beat_bytes: int = 8
    burst_bytes: int = 64
    outstanding: int = 1


class HomeReads(ReadPeer):
    """Lines of words."""

    one_id = True


class HomeWrites(WritePeer):
    """Single words."""

    one_id = True


def home_peers(dut, build, base, rng, habits=None):
    """The memory: it holds anything until it is written. Empty if there is no such port."""
    pages = home_pages(build)
    if not pages:
        return []
    space = Region(base * PAGE_BYTES, bytearray(rng.randbytes(pages * PAGE_BYTES)))
    habits = habits or Habits(latency=(0, 5), data=0.8, answer=0.8)
    return [
        kind(dut, "home", HomeBus(), space, fork(rng), habits) for kind in (HomeReads, HomeWrites)
    ]
