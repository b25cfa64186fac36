"""Sticky status bits and event counters of a unit."""

from amaranth.hdl import Module
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

COUNTER_BITS = 32


def monitor_ports(counted, sticky, bits=COUNTER_BITS):
    """What a unit with a `Monitor` shows of it: ``counters``, ``status`` and ``clear``."""
    status = data.StructLayout(dict.fromkeys(sticky, 1))
    return {
        "counters": Out(data.StructLayout(dict.fromkeys(counted, bits))),
        "status": Out(status),
        "clear": In(status),
    }


class Monitor(wiring.Component):
    """Counts events; some of them also leave a status bit set until it is cleared.

    An event may be an amount, which is added to its count.

    A counter and a status bit show an event one cycle later. Counters wrap and are cleared by reset
    only.

    Parameters
    ----------
    counted : sequence of str
        Names of all events.
    sticky : sequence of str
        Those with a status bit.
    widths : dict of str to int, or None
        Bits of the events that are amounts.
    bits : int
        Of each counter.

    Members
    -------
    events : In(struct)
        One bit an event, 1 in each cycle in which it happens; or an amount.
    counters : Out(struct)
        One count an event.
    status : Out(struct)
        One bit a sticky event.
    clear : In(struct)
        1 clears the status bit; an event in the same cycle sets it again.

    Raises
    ------
    ValueError
        If a sticky event, or an amount, is not counted.
    """

    def __init__(self, *, counted, sticky, widths=None, bits=COUNTER_BITS):
        for name in sticky:
            if name not in counted:
                raise ValueError(f"sticky must name counted events, not {name!r}")
        for name in widths or ():
            if name not in counted:
                raise ValueError(f"widths must name counted events, not {name!r}")
        self.counted, self.sticky = tuple(counted), tuple(sticky)
        events = data.StructLayout(dict.fromkeys(self.counted, 1) | (widths or {}))
        super().__init__({"events": In(events), **monitor_ports(self.counted, self.sticky, bits)})

    def elaborate(self, platform):
        m = Module()
        for name in self.counted:
            m.d.sync += self.counters[name].eq(self.counters[name] + self.events[name])
        for name in self.sticky:
            kept, event = self.status[name] & ~self.clear[name], self.events[name]
            happens = event.any() if len(event) > 1 else event
            m.d.sync += self.status[name].eq(happens | kept)
        return m
