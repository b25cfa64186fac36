"""Spec D25 on every port: valid stays, and the payload stays, until the beat is taken."""

from amaranth.hdl import Signal, Value


def waiting(harness, port, name):
    """Whether a beat was offered in the cycle before and not taken, and its payload."""
    m = harness.m
    waits, was = Signal(name=f"{name}_waits"), Signal(len(Value.cast(port.payload)))
    m.d.sync += [waits.eq(port.valid & ~port.ready), was.eq(Value.cast(port.payload))]
    return waits, was


def stays(harness, port, name):
    """The rule, as a condition."""
    waits, was = waiting(harness, port, name)
    return ~waits | (port.valid & (Value.cast(port.payload) == was))


def assume_inputs(harness):
    """Inputs keep the rule."""
    unit = harness.unit
    harness.assume(stays(harness, unit.hash_bits, "hash_bits"))
    harness.assume(stays(harness, unit.table, "table"))


def outputs_stay(harness):
    """Outputs keep it, if the inputs do."""
    assume_inputs(harness)
    unit = harness.unit
    for name in ("passes", "assignments"):
        port = getattr(unit, name)
        harness.claim(stays(harness, port, name))
        waits, _ = waiting(harness, port, f"{name}_cover")
        harness.cover(waits & port.valid & port.ready)
