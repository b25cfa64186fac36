"""Near memory at the DRE's one port: every ID in order, IDs in any order."""

from axi.memory import RESPONSES
from axi.read_peer import ReadPeer
from axi.write_peer import WritePeer
from table.memory_table import Bus

PAGE_BYTES = 4096


class EachInOrder:
    """Of one ID the burst that was asked for first answers first (AXI4)."""

    one_id = True

    def _choose(self, now, begun=None):
        first = {}
        for burst in self.waiting:
            first.setdefault(burst.id, burst)
        due = [burst for burst in first.values() if burst.due <= now]
        if begun in due and self.habits.order != "interleaved":
            return begun
        if self.habits.order == "in order":
            due = due[:1]
        return self._rng.choice(due) if due else None


class NearReads(EachInOrder, ReadPeer):
    """Channels AR and R. Of a burst that fails every beat does."""

    def _put(self, burst):
        super()._put(burst)
        self._r.resp.value = RESPONSES.get(burst.fate, 0)


class NearWrites(EachInOrder, WritePeer):
    """Channels AW, W and B."""

    whole = False


def near_bus(config):
    """What bounds a burst there."""
    return Bus(config.data_bits // 8, PAGE_BYTES, 2**config.bus.id_bits)
