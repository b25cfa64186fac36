"""No deadlock: while every stream is willing, something goes on, whatever the beats say.

Progress is a beat on any port, a group begun, a lane filled or freed. A chunk has a bounded number
of each, but for beats of the table that are nobody's, which are the owner's duty to end (D28). So a
chunk that has been taken ends.
"""

from functools import reduce
from operator import add, or_

from amaranth.hdl import Mux, Signal

from hcu.properties.inside import IN_GROUP, Inside
from hcu.properties.invariants import invariants
from hcu.properties.packets import at_the_ports
from hcu.properties.streams import assume_inputs

LONGEST = {"asic": 4, "fpga": 9}
"""Cycles that may pass without progress."""

MOST_SILENT = 24
"""Cycles without a beat on any port, with preset ``asic`` and three tokens; with room to spare."""


def idle_cycles(harness, more):
    """Cycles since the last progress, or since a stream was last unwilling."""
    unit, idle = harness.unit, Signal(range(64), name="idle_cycles")
    ports = unit.hash_bits, unit.table, unit.passes, unit.assignments
    willing = unit.hash_bits.valid & unit.table.valid & unit.passes.ready & unit.assignments.ready
    moves = reduce(or_, [port.valid & port.ready for port in ports])
    with harness.m.If(~willing | moves | more):
        harness.m.d.sync += idle.eq(0)
    with harness.m.Else():
        harness.m.d.sync += idle.eq(idle + 1)
    return idle


def beats_move(harness):
    """The ports alone: a chunk of three tokens that has failed ends without a beat in between."""
    assume_inputs(harness)
    harness.claim(idle_cycles(harness, 0) <= MOST_SILENT)


def never_stuck(harness):
    """With what makes it inductive: the lanes held are those of tokens under way."""
    inside = Inside(harness)
    invariants(harness, inside, *at_the_ports(harness))
    loader, sequencer = inside.loader, inside.sequencer
    waiting = Mux(loader.more.valid, loader.more.payload.size, 0)
    issuing = Mux(inside.sequencing(*IN_GROUP), sequencer._left, 0)
    passing = reduce(add, [inside.stage("own", n) for n in inside.stages])
    harness.claim(loader._held <= inside.config.lanes)
    harness.claim(loader._held == loader._loaded + waiting + issuing + passing)
    began = (loader.chunk.valid & loader.chunk.ready) | (loader.more.valid & loader.more.ready)
    idle = idle_cycles(harness, loader.load | loader.free | began)
    longest = LONGEST[inside.config.preset]
    harness.claim(idle <= longest)
    harness.cover(idle == longest)
    harness.cover(harness.unit.table.valid & ~harness.unit.table.ready & (idle != 0))
