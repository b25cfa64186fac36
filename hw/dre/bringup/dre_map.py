"""What lies where behind the link of a bring-up system with a DRE (spec D179)."""

from dre.bringup.register_map import LINK_COUNTER_BITS
from dre.core.register_map import ADDRESS_BITS as DRE_BITS
from dre.link.config import BAD_FRAMES
from dre.registers.fields import WORD_BYTES, Field, Register, Table
from dre.registers.identity import build_parameters, identity

LETTERS = b"V-BD"
VERSION = (0, 1, 0)
SYSTEM_BITS = 8

DRE, SYSTEM, NEAR, FAR = 0x0000, 0x1000, 0x8000, 0xC000
"""First addresses of all parts; the windows are as large as what is between them."""

PARAMETERS, CONTROL, PARTS, STATUS, COUNTERS = 0x08, 0x40, 0x44, 0x50, 0x80
"""Where each group of registers of the system begins."""


def ranges(window_bits):
    """First address and address bits of each part."""
    return {
        "dre": (DRE, DRE_BITS),
        "system": (SYSTEM, SYSTEM_BITS),
        "near": (NEAR, window_bits),
        "far": (FAR, window_bits),
    }


def register_map(config):
    """The `dre.registers.fields.Table` of a `dre.bringup.DRESystemConfig`, from `SYSTEM` on."""
    registers = (
        *identity(LETTERS, "Says that this is a DRE between two memories", VERSION),
        *build_parameters(PARAMETERS, config.parameters, {}),
        *_control(config),
        *_watched(),
    )
    return Table("dre_system", registers, (), 2**SYSTEM_BITS, SYSTEM_BITS)


def _control(config):
    about = "0 holds the DRE, its registers, the memories' ports and all queues in reset"
    yield Register("control", CONTROL, (Field("run", 1, 0, "held", about),), "How it runs")
    for number, (memory, parts) in enumerate(config.parts.items()):
        bits = max(1, (parts - 1).bit_length())
        part = Field("part", bits, 0, "held", f"Which 16 KB of {memory} memory the window shows")
        yield Register(f"window_{memory}", PARTS + WORD_BYTES * number, (part,), "Window")


def _watched():
    fields = tuple(Field(name, 1, n, "cleared", name) for n, name in enumerate(BAD_FRAMES))
    yield Register("status_link", STATUS, fields, "Sticky bits of the link; a 1 clears")
    for number, name in enumerate(BAD_FRAMES):
        count = Field("count", LINK_COUNTER_BITS, 0, "shown", f"Events `{name}`; wraps")
        yield Register(f"link_{name}", COUNTERS + WORD_BYTES * number, (count,), f"Counts {name}")
