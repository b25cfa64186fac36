"""Nobody waits for ever: bounds while the memory takes what it is offered (spec D111)."""

from amaranth.hdl import Mux, Signal

from axi.properties import any_of
from bus.properties import reads, writes
from verification.claims import implies

SLOWEST = 2
"""Cycles in which the memory takes what it is offered, in these proofs."""

LONGEST = 2
"""Words of a burst, in these proofs."""


def prompt(harness, port, name):
    """What is offered on a channel is taken within `SLOWEST` cycles."""
    valid, ready = getattr(port, f"{name}valid"), getattr(port, f"{name}ready")
    late = Signal(range(SLOWEST + 1), name=f"{name}_late")
    harness.m.d.sync += late.eq(Mux(valid & ~ready, late + 1, 0))
    harness.assume(implies(valid & (late >= SLOWEST - 1), ready))


def waiting(harness, side, bound):
    """How long a master waits while it may ask: never above the bound."""
    for place, (waits, moves) in enumerate(zip(side.waits, side.moves, strict=True)):
        cycles = Signal(range(bound + 2), name=f"cycles_{place}")
        harness.m.d.sync += cycles.eq(Mux(waits & ~moves, cycles + (cycles <= bound), 0))
        harness.claim(implies(waits & ~moves, cycles < bound))
        harness.cover(waits & moves & (cycles == bound - 1))


def reads_move(harness):
    """While one waits, a burst is taken, or the memory lets an address wait."""
    side, out = reads.at_the_ports(harness), harness.unit.out
    harness.claim(implies(any_of(side.waits), side.moved | out.arvalid))
    prompt(harness, out, "ar")
    waiting(harness, side, len(side.masters) * SLOWEST)
    return side


def writes_move(harness):
    """And words: each master has its own ready, and bursts are short."""
    side, out = writes.at_the_ports(harness), harness.unit.out
    owes = any_of(
        (side.bursts.count != 0) & (side.bursts.oldest.port == place) & ~master.wvalid
        for place, (_, _, master) in enumerate(side.masters)
    )
    reasons = side.moved | side.sends | out.awvalid | out.wvalid | owes
    harness.claim(implies(any_of(side.waits), reasons))
    sent = Signal(range(LONGEST + 1), name="sent")
    harness.m.d.sync += sent.eq(Mux(side.ends_burst, 0, sent + side.sends))
    for place, (_, _, master) in enumerate(side.masters):
        oldest = (side.bursts.count != 0) & (side.bursts.oldest.port == place)
        harness.assume(implies(oldest, master.wvalid))
        harness.assume(implies(oldest & (sent == LONGEST - 1), master.wlast))
    harness.claim(sent < LONGEST)
    for name in ("aw", "w"):
        prompt(harness, out, name)
    waiting(harness, side, len(side.masters) * LONGEST * SLOWEST)
    return side


def reads_end(harness):
    """With what makes it inductive."""
    side = reads_move(harness)
    reads.inside(harness, side)


def writes_end(harness):
    """With what makes it inductive."""
    writes.inside(harness, writes_move(harness))
