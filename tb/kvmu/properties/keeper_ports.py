"""What the keeper offers stays until it is taken: its streams (D25), and the movers' jobs."""

from amaranth.hdl import Signal

from verification import claims
from verification.claims import implies

STREAMS = ("results", "grants", "deliveries")


def outputs_stay(harness):
    """Whatever comes in, and whatever the store and the movers answer."""
    unit = harness.unit
    ports = {name: getattr(unit, name) for name in STREAMS}
    ports |= {f"{name}_jobs": getattr(unit, name).jobs for name in ("fetch", "offload")}
    after_reset = Signal(name="after_reset", init=1)
    harness.m.d.sync += after_reset.eq(0)
    for name, port in ports.items():
        harness.claim(claims.stays(harness, port, name))
        harness.claim(implies(after_reset, ~port.valid))
    for name in ("results", "grants"):
        waits, _ = claims.waiting(harness, ports[name], f"{name}_cover")
        harness.cover(waits & ports[name].valid & ports[name].ready)
