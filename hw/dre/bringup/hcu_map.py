"""The registers of a bring-up system with an HCU (spec section 22)."""

from dre.bringup import watched
from dre.hcu.config import PRESETS
from dre.hcu.search import EVENTS
from dre.hcu.unit import STICKY
from dre.monitor import COUNTER_BITS
from dre.registers.fields import Field, Register, Table
from dre.registers.hcu_settings import hcu_settings
from dre.registers.identity import build_parameters, identity

LETTERS = b"V-HC"
VERSION = (0, 1, 0)
ADDRESS_BITS = 8

PARAMETERS, CONTROL, SETTINGS = 0x08, 0x40, 0x44
"""Where each group begins; `watched` has the others."""

NAMES = {"table": ("stream", "memory"), "preset": tuple(PRESETS)}

UNITS = {
    "hcu": (STICKY, EVENTS, COUNTER_BITS),
    "link": watched.LINK,
}
"""Sticky bits, what is counted, and in how many bits."""


def register_map(config):
    """The `dre.registers.fields.Table` of a `dre.bringup.HCUSystemConfig`."""
    registers = (
        *identity(LETTERS, "Says that this is an HCU behind a link", VERSION),
        *build_parameters(PARAMETERS, config.parameters, NAMES),
        *_control(config.hcu),
        *watched.registers(UNITS),
    )
    return Table("hcu_system", registers, (), 2**ADDRESS_BITS, ADDRESS_BITS)


def _control(hcu):
    run = Field("run", 1, 0, "held", "0 holds the HCU and all queues in reset")
    yield Register("control", CONTROL, (run,), "How it runs")
    yield from hcu_settings(hcu, SETTINGS)
