"""The registers of a bring-up system with an HCU (spec section 22)."""

from dre.hcu.config import PRESETS
from dre.hcu.search import EVENTS
from dre.hcu.unit import STICKY
from dre.link.config import BAD_FRAMES
from dre.monitor import COUNTER_BITS
from dre.registers.fields import WORD_BYTES, Field, Register, Table
from dre.registers.hcu_settings import hcu_settings
from dre.registers.identity import build_parameters, identity

LETTERS = b"V-HC"
VERSION = (0, 1, 0)
ADDRESS_BITS = 8

PARAMETERS, CONTROL, SETTINGS, STATUS, COUNTERS = 0x08, 0x40, 0x44, 0x50, 0x80
"""Where each group begins."""

LINK_COUNTER_BITS = 16
NAMES = {"table": ("stream", "memory"), "preset": tuple(PRESETS)}

UNITS = {
    "hcu": (STICKY, EVENTS, COUNTER_BITS),
    "link": (BAD_FRAMES, BAD_FRAMES, LINK_COUNTER_BITS),
}
"""Sticky bits, what is counted, and in how many bits."""


def register_map(config):
    """The `dre.registers.fields.Table` of a `dre.bringup.HCUSystemConfig`."""
    registers = (
        *identity(LETTERS, "Says that this is an HCU behind a link", VERSION),
        *build_parameters(PARAMETERS, config.parameters, NAMES),
        *_control(config.hcu),
        *_watched(),
    )
    return Table("hcu_system", registers, (), 2**ADDRESS_BITS, ADDRESS_BITS)


def _control(hcu):
    run = Field("run", 1, 0, "held", "0 holds the HCU and all queues in reset")
    yield Register("control", CONTROL, (run,), "How it runs")
    yield from hcu_settings(hcu, SETTINGS)


def _watched():
    for number, (unit, (sticky, _, _)) in enumerate(UNITS.items()):
        fields = tuple(Field(name, 1, n, "cleared", name) for n, name in enumerate(sticky))
        about = f"Sticky bits of the {unit}; a 1 clears"
        yield Register(f"status_{unit}", STATUS + WORD_BYTES * number, fields, about)
    place = COUNTERS
    for unit, (_, counted, bits) in UNITS.items():
        for name in counted:
            count = Field("count", bits, 0, "shown", f"Events `{name}`; wraps")
            yield Register(f"{unit}_{name}", place, (count,), f"Counts {name}")
            place += WORD_BYTES
