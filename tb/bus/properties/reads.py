"""Reads: AR and R (spec D110 to D113)."""

from amaranth.hdl import Mux, Signal

from axi.properties import any_of
from bus.properties import inside_bus
from bus.properties.sides_bus import SKID, Side
from verification.claims import implies
from verification.ghosts import Queue


class Reads(Side):
    """And the lanes of narrow ports.

    Attributes
    ----------
    lanes : dict of str to (Queue, Signal)
        By narrow port: the first lanes of its bursts, and where in its burst a beat is.
    """

    def __init__(self, harness):
        fields = ("id", "data", "resp", "last")
        readers = harness.unit._build.readers
        self.lanes = {}
        super().__init__(harness, readers, lambda port: port.reads, "ar", "r", fields)
        harness.claim(harness.unit.events.stray_beats == self.dropped)
        room = self.requests.count < SKID
        harness.claim(implies(any_of(self.waits) & room, self.moved))  # nobody waits without need

    def _claim_answer(self, number, port, master, oldest):
        super()._claim_answer(number, port, master, oldest)
        harness, bits = self.harness, self.config.lane_bits(port)
        if not bits:
            harness.claim(implies(master.rvalid, master.rdata == oldest.data))
            return
        takes, place = master.rvalid & master.rready, Signal(bits, name=f"beat_{number}")
        moves = master.arvalid & master.arready
        lane = master.araddr[port.beat_shift :][:bits]
        queue = Queue(
            harness, f"lane_{number}", bits, port.reads, moves, lane, takes & master.rlast
        )
        harness.m.d.sync += place.eq(Mux(takes & master.rlast, 0, place + takes))
        for n in range(1 << bits):
            at = (queue.oldest + place)[:bits] == n
            data = oldest.data.word_select(n, port.data_bits)
            harness.claim(implies(master.rvalid & at, master.rdata == data))
        harness.cover(takes & (place == (1 << bits) - 1))
        self.lanes[port.name] = queue, place


def at_the_ports(harness):
    """All of it."""
    return Reads(harness)


def inside(harness, reads):
    """What makes it inductive."""
    inside_bus.side(harness, "reads", reads)
    for n, port, _ in reads.masters:
        if port.name not in reads.lanes:
            continue
        name, (queue, place) = port.name, reads.lanes[port.name]
        harness.claim(queue.count == reads.under_way[n, 0])
        inside_bus.line(harness, queue, "reads", f"{name}_lanes")
        harness.claim(harness.signal(f"{name}_passed", "reads") == place)


def rules(harness):
    """With what makes it inductive."""
    inside(harness, at_the_ports(harness))
