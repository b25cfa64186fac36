"""Writes: AW, W and B (spec D110 to D113)."""

from amaranth.hdl import Cat, Mux, Signal
from amaranth.lib import data

from bus.properties import inside_bus
from bus.properties.sides_bus import SKID, Side
from dre.layouts import index
from kvmu.properties.axi import any_of, channel, stays
from verification import claims
from verification.claims import implies
from verification.ghosts import Queue

WRITES_AHEAD = 4


class Writes(Side):
    """And the words between AW and B.

    Attributes
    ----------
    bursts : Queue
        Taken from a master, their last words not: ``port``, by place, and ``lane``.
    place : Signal
        Words of the oldest that were taken, as a number of lanes.
    words : Queue
        Taken from a master and not by the memory, as they must be on the bus.
    sends, ends_burst : Value
        A word is taken from a master; the last one of its burst.
    """

    def __init__(self, harness):
        writers = harness.unit._build.writers
        super().__init__(harness, writers, lambda port: port.writes, "aw", "b", ("id", "resp"))
        harness.claim(harness.unit.events.stray_writes == self.dropped)
        self._send()

    def _send(self):
        """A word is its port's whose burst is the oldest, and not before its address."""
        harness, m, out = self.harness, self.harness.m, self.harness.unit.out
        lane_bits = max(1, *(self.config.lane_bits(port) for _, port, _ in self.masters))
        shape = data.StructLayout({"port": index(len(self.masters)), "lane": lane_bits})
        begun, ends = Signal(shape, name="begun"), Signal(name="words_end")
        bursts = Queue(harness, "burst", shape, WRITES_AHEAD, self.moved, begun, ends)
        self.bursts, self.place = bursts, Signal(lane_bits, name="word_place")
        on_bus = bursts.count - (self.requests.count - out.awvalid)  # with their address
        self.takes, word, last = [], 0, 0
        for place, (n, port, master) in enumerate(self.masters):
            harness.assume(claims.stays(harness, channel(master, "w"), f"w_{n}"))
            takes = master.wvalid & master.wready
            own = (bursts.count != 0) & (bursts.oldest.port == place)
            harness.claim(implies(takes, own & (on_bus.as_signed() > 0)))
            harness.cover(takes & master.wlast & (bursts.count == WRITES_AHEAD))
            with m.If(self.moves[place]):
                bits = self.config.lane_bits(port)
                m.d.comb += [
                    begun.port.eq(place),
                    begun.lane.eq(master.awaddr[port.beat_shift :][:bits]),
                ]
            word = Mux(takes, self._on_bus(port, master), word)
            last |= takes & master.wlast
            self.takes.append(takes)
        self.sends = any_of(self.takes)
        harness.claim(bursts.count <= WRITES_AHEAD)
        m.d.comb += ends.eq(last)
        self.ends_burst = ends
        m.d.sync += self.place.eq(Mux(last, 0, self.place + self.sends))
        stays(harness, out, "w")
        payload = Cat(out.wdata, out.wstrb, out.wlast)
        pops = out.wvalid & out.wready
        self.words = Queue(harness, "word", len(payload), SKID, self.sends, word, pops)
        harness.claim(self.words.count <= SKID)
        harness.claim(out.wvalid == (self.words.count != 0))
        harness.claim(implies(out.wvalid, payload == self.words.oldest))
        harness.cover(self.words.count == SKID)

    def _on_bus(self, port, master):
        """A port's word on the bus: its bytes in each lane, written in the one that is meant."""
        bits = self.config.lane_bits(port)
        lane = (self.bursts.oldest.lane + self.place)[:bits]
        strobes = Cat(Mux(lane == n, master.wstrb, 0) for n in range(1 << bits))
        return Cat(master.wdata.replicate(1 << bits), strobes, master.wlast)


def at_the_ports(harness):
    """All of it."""
    return Writes(harness)


def inside(harness, writes):
    """What makes it inductive."""
    inside_bus.side(harness, "writes", writes)
    inside_bus.line(harness, writes.bursts, "writes", "bursts")
    inside_bus.skid(harness, writes.words, "writes", "words")
    harness.claim(harness.signal("passed", "writes") == writes.place)
    # The youngest burst is the one whose address may still be behind another.
    behind = writes.requests.count - harness.unit.out.awvalid
    harness.claim(behind <= writes.bursts.count)


def rules(harness):
    """With what makes it inductive."""
    inside(harness, at_the_ports(harness))
