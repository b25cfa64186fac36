"""What is watched of a bring-up system: sticky bits and counters (spec section 22)."""

from amaranth.hdl import Value

from dre.link.config import BAD_FRAMES
from dre.registers.fields import WORD_BYTES, Field, Register

STATUS, COUNTERS = 0x50, 0x80
"""Where each group of registers begins."""

LINK_COUNTER_BITS = 16
LINK = (BAD_FRAMES, BAD_FRAMES, LINK_COUNTER_BITS)
"""As for any unit: sticky bits, what is counted, and in how many bits."""


def registers(units):
    """Registers of all units, by name as `LINK` is."""
    for number, (unit, (sticky, _, _)) in enumerate(units.items()):
        fields = tuple(Field(name, 1, n, "cleared", name) for n, name in enumerate(sticky))
        about = f"Sticky bits of the {unit}; a 1 clears"
        yield Register(f"status_{unit}", STATUS + WORD_BYTES * number, fields, about)
    place = COUNTERS
    for unit, (_, counted, bits) in units.items():
        for name in counted:
            count = Field("count", bits, 0, "shown", f"Events `{name}`; wraps")
            yield Register(f"{unit}_{name}", place, (count,), f"Counts {name}")
            place += WORD_BYTES


def show(m, bank, units, monitors):
    """Join those registers to what has counters, status and clear, by the same names.

    Returns
    -------
    Value
        1 while any of their bits is set.
    """
    wrong = 0
    for unit, (sticky, counted, _) in units.items():
        monitor, register = monitors[unit], f"status_{unit}"
        for number, name in enumerate(sticky):
            m.d.comb += [
                bank.shown[register][name].eq(monitor.status[name]),
                monitor.clear[name].eq(bank.written[register] & bank.word[number]),
            ]
        for name in counted:
            m.d.comb += bank.shown[f"{unit}_{name}"].count.eq(monitor.counters[name])
        wrong |= Value.cast(monitor.status).any()
    return wrong
