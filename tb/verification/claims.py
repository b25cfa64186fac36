"""What properties of any unit are made of."""

from amaranth.hdl import Signal, Value


def implies(condition, consequence):
    """As a value of one bit."""
    return ~Value.cast(condition).bool() | consequence


def waiting(harness, port, name):
    """Whether a beat was offered in the cycle before and not taken, and its payload."""
    m = harness.m
    waits, was = Signal(name=f"{name}_waits"), Signal(len(Value.cast(port.payload)))
    m.d.sync += [waits.eq(port.valid & ~port.ready), was.eq(Value.cast(port.payload))]
    return waits, was


def stays(harness, port, name):
    """Spec D25: valid stays, and the payload stays, until the beat is taken."""
    waits, was = waiting(harness, port, name)
    return ~waits | (port.valid & (Value.cast(port.payload) == was))


def outputs_stay(harness, inputs, outputs):
    """Outputs keep D25, by name of the port, if the inputs do; each is waited for once."""
    for name in inputs:
        harness.assume(stays(harness, getattr(harness.unit, name), name))
    for name in outputs:
        port = getattr(harness.unit, name)
        harness.claim(stays(harness, port, name))
        waits, _ = waiting(harness, port, f"{name}_cover")
        harness.cover(waits & port.valid & port.ready)
