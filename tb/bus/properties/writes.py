"""Writes: AW, W and B (spec D110 to D113)."""

from amaranth.hdl import Cat, Mux, Signal
from amaranth.lib import data

from axi.properties import any_of, channel, stays
from bus.properties import inside_bus
from bus.properties.sides_bus import SKID, Side
from dre.layouts import index
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
    takes : list of Value
        By place: a word is taken from a master.
    sends, ends_burst : Value
        One is; the last one of its burst.
    """

    def __init__(self, harness):
        writers = harness.unit._build.writers
        super().__init__(harness, writers, lambda port: port.writes, "aw", "b", ("id", "resp"))
        harness.claim(harness.unit.events.stray_writes == self.dropped)
        self._follow_bursts()
        self._take_words()
        self._put_words()

    def _follow_bursts(self):
        """Whose words come next; nobody waits for his turn while there is room."""
        harness, masters = self.harness, self.masters
        lane_bits = max(1, *(self.config.lane_bits(port) for _, port, _ in masters))
        shape = data.StructLayout({"port": index(len(masters)), "lane": lane_bits})
        begun, self.ends_burst = Signal(shape, name="begun"), Signal(name="words_end")
        self.place = Signal(lane_bits, name="word_place")
        for place, (_, port, master) in enumerate(masters):
            lane = master.awaddr[port.beat_shift :][: self.config.lane_bits(port)]
            with harness.m.If(self.moves[place]):
                harness.m.d.comb += [begun.port.eq(place), begun.lane.eq(lane)]
        self.bursts = Queue(
            harness, "burst", shape, WRITES_AHEAD, self.moved, begun, self.ends_burst
        )
        room = (self.bursts.count < WRITES_AHEAD) & (self.requests.count < SKID)
        harness.claim(self.bursts.count <= WRITES_AHEAD)
        harness.claim(implies(any_of(self.waits) & room, self.moved))

    def _take_words(self):
        """A word is taken if its burst is the oldest, its address on the bus, and there is room."""
        harness, bursts, takes, last = self.harness, self.bursts, [], []
        self._held = held = Signal(range(SKID + 2), name="words_held")
        on_bus = bursts.count + harness.unit.out.awvalid > self.requests.count
        for place, (n, _, master) in enumerate(self.masters):
            harness.assume(claims.stays(harness, channel(master, "w"), f"w_{n}"))
            own = (bursts.count != 0) & (bursts.oldest.port == place) & on_bus
            takes.append(master.wvalid & master.wready)
            last.append(takes[-1] & master.wlast)
            harness.claim(implies(takes[-1], own))
            harness.claim(implies(own & master.wvalid & (held < SKID), takes[-1]))
            harness.cover(last[-1] & (bursts.count == WRITES_AHEAD))
        self.takes, self.sends = takes, any_of(takes)
        harness.m.d.comb += self.ends_burst.eq(any_of(last))
        place = Mux(self.ends_burst, 0, self.place + self.sends)
        harness.m.d.sync += self.place.eq(place)

    def _put_words(self):
        """Words are on the bus in the order in which they were taken, in their lanes."""
        harness, out = self.harness, self.harness.unit.out
        word = 0
        for takes, (_, port, master) in zip(self.takes, self.masters, strict=True):
            word = Mux(takes, self._on_bus(port, master), word)
        stays(harness, out, "w")
        payload = Cat(out.wdata, out.wstrb, out.wlast)
        pops = out.wvalid & out.wready
        self.words = Queue(harness, "word", len(payload), SKID, self.sends, word, pops)
        harness.m.d.comb += self._held.eq(self.words.count)
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
    for n, entry in enumerate(writes.bursts.entries):
        harness.claim(implies(writes.bursts.count > n, entry.port < len(writes.masters)))
    # The youngest burst is the one whose address may still be behind another.
    behind = writes.requests.count - harness.unit.out.awvalid
    harness.claim(behind <= writes.bursts.count)


def rules(harness):
    """With what makes it inductive."""
    inside(harness, at_the_ports(harness))
