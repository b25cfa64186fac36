"""What keeps the DRE busy, and what it waits for (spec D132)."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

UNITS = ("hcu", "wtu", "kvmu")
STREAMS = ("hash_bits", "chunks", "scores", "assignments", "rows", "grants", "deliveries")
MEMORIES = ("near", "far")
CHANNELS = ("ar", "r", "aw", "w")
STALLED = (*STREAMS, *(f"{memory}_{one}" for memory in MEMORIES for one in ("ar", "aw", "w")))

EVENTS = (
    "cycles",
    *(f"busy_{unit}" for unit in UNITS),
    *(f"alone_{unit}" for unit in UNITS),
    *(f"stalled_{name}" for name in STALLED),
    *(f"awaited_{memory}" for memory in MEMORIES),
    *(f"beats_{memory}_{channel}" for memory in MEMORIES for channel in "rw"),
)
"""Each lasts a cycle."""

MOST_OPEN = 255
"""Chunks of a unit, or bursts of a port, that may be under way; there are never as many."""

COUNTER_BITS = 10
"""Of their counters; enough if somebody adds them up every 1,023 cycles."""

TAPPED = (
    *(*STREAMS, "assigned", "selected", "passes", "table"),
    *(f"{memory}_{one}" for memory in MEMORIES for one in CHANNELS),
)
"""What is looked at: streams, and channels of the memories' ports."""


def tap():
    """What is seen of a stream or channel; ``first`` and ``last`` of those that have packets."""
    return data.StructLayout({"valid": 1, "ready": 1, "first": 1, "last": 1})


class Watch(wiring.Component):
    """Says in each cycle what happens in it, from handshakes alone.

    Members
    -------
    taps : In(struct of `tap`)
        By `TAPPED`.
    kvmu_idle : In(1)
    events : Out(struct)
        A bit for each of `EVENTS`.
    """

    def __init__(self):
        super().__init__(
            {
                "taps": In(data.StructLayout(dict.fromkeys(TAPPED, tap()))),
                "kvmu_idle": In(1),
                "events": Out(data.StructLayout(dict.fromkeys(EVENTS, 1))),
            }
        )

    def elaborate(self, platform):
        m = Module()
        taps, events = self.taps, self.events
        moves = {name: taps[name].valid & taps[name].ready for name in TAPPED}
        asked = {
            memory: self._open(m, memory, moves[f"{memory}_ar"], self._ends(moves, f"{memory}_r"))
            for memory in MEMORIES
        }
        for name in STALLED:
            m.d.comb += events[f"stalled_{name}"].eq(self._stalls(name))
        for memory in MEMORIES:
            m.d.comb += [
                events[f"awaited_{memory}"].eq(asked[memory] & ~taps[f"{memory}_r"].valid),
                events[f"beats_{memory}_r"].eq(moves[f"{memory}_r"]),
                events[f"beats_{memory}_w"].eq(moves[f"{memory}_w"]),
            ]
        busy = self._at_work(m, moves, asked["far"])
        m.d.comb += events.cycles.eq(1)
        for unit in UNITS:
            others = Cat(one for name, one in busy.items() if name != unit).any()
            m.d.comb += events[f"busy_{unit}"].eq(busy[unit])
            m.d.comb += events[f"alone_{unit}"].eq(busy[unit] & ~others)
        return m

    def _at_work(self, m, moves, reading):
        """Units that have something to do, and are not just waiting for others."""
        taps = self.taps
        begins = moves["hash_bits"] & taps.hash_bits.first
        clustering = self._open(m, "hcu", begins, self._ends(moves, "assigned"))
        thresholding = self._open(m, "wtu", moves["chunks"], self._ends(moves, "selected"))
        waits = Cat(taps[name].ready & ~taps[name].valid for name in ("selected", "assigned")).any()
        held = (self._stalls("rows") | self._stalls("selected")) & ~moves["scores"]
        searching = self._open(m, "pass", moves["passes"], self._ends(moves, "table"))
        return {  # the HCU's header waits while it searches
            "hcu": clustering & (searching | ~self._stalls("assigned")),
            "wtu": thresholding & ~held,
            "kvmu": ~self.kvmu_idle & (reading | ~waits),
        }

    def _stalls(self, name):
        return self.taps[name].valid & ~self.taps[name].ready

    def _ends(self, moves, name):
        return moves[name] & self.taps[name].last

    def _open(self, m, name, begins, ends):
        """Whether something has begun that has not ended; an end too many changes nothing."""
        count = Signal(range(MOST_OPEN + 1), name=f"{name}_open")
        more, less = begins & (count != MOST_OPEN), ends & (count != 0)
        m.d.sync += count.eq(count + more - less)
        return count != 0
