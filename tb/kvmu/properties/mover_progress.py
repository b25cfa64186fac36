"""No deadlock in the mover: while the memories do what they have to, something goes on.

Each burst has a bounded number of steps, and so has splitting a job: both end, if the memories take
what is offered and answer what they have taken.
"""

from functools import reduce
from operator import or_

from amaranth.hdl import Signal

from kvmu.properties.mover_inside import Inside, invariants
from kvmu.properties.mover_ports import at_the_ports

LONGEST = 4
"""Cycles that may pass without a step."""

MOST_SILENT = 12
"""Cycles without a beat on any port while a job is under way; with room to spare."""


def idle_cycles(harness, steps):
    """Cycles since the last step, or since something else was the reason that there is none."""
    idle = Signal(range(64), name="idle_cycles")
    with harness.m.If(steps):
        harness.m.d.sync += idle.eq(0)
    with harness.m.Else():
        harness.m.d.sync += idle.eq(idle + 1)
    return idle


def memories_idle(unit, ports):
    """A memory has something to do and does not."""
    source, target, writes = unit.source, unit.target, ports.writes
    owed = reduce(or_, [bit & ~writes.has_words(n) for n, bit in enumerate(writes.asked)])
    return (
        (source.arvalid & ~source.arready)
        | (target.awvalid & ~target.awready)
        | (target.wvalid & ~target.wready)
        | (ports.reads.asked.any() & ~source.rvalid)
        | (owed & ~target.bvalid)
    )


def steps_at_the_ports(unit):
    """Something moves on a bus."""
    source, target = unit.source, unit.target
    moves = [
        source.arvalid & source.arready,
        source.rvalid & source.rready,
        target.awvalid & target.awready,
        target.wvalid & target.wready,
        target.bvalid & target.bready,
    ]
    return reduce(or_, moves)


def never_stuck(harness):
    """With what makes it inductive."""
    unit, ports = harness.unit, at_the_ports(harness, ("wdata",))
    inside = Inside(harness)
    invariants(harness, inside, ports)
    splitter, writer, endings = inside.splitter, inside.writer, inside.endings
    free = inside.ids.fetched + splitter.ids.valid
    all_free = free == inside.config.outstanding
    nothing = all_free & inside.splitting("TAKE")
    steps = steps_at_the_ports(unit) | splitter.opened.valid | splitter.event.valid
    steps |= writer.landed.ready | endings.freed.valid | endings.expiring | inside.sweeping
    idle = idle_cycles(harness, nothing | steps | memories_idle(unit, ports))
    harness.claim(inside.splitting.register < inside.splitting.count)
    harness.claim(idle <= LONGEST)
    harness.cover(idle == LONGEST)


def beats_move(harness):
    """The ports alone: never long without a beat while a job is under way."""
    unit, ports = harness.unit, at_the_ports(harness, ("wdata",))
    taken = unit.jobs.valid & unit.jobs.ready
    others = unit.state.idle | unit.done.valid | taken | memories_idle(unit, ports)
    harness.claim(idle_cycles(harness, others | steps_at_the_ports(unit)) <= MOST_SILENT)
