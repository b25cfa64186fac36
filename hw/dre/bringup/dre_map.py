"""What lies where behind the link of a bring-up system with a DRE (spec D179)."""

from dre.bringup import watched
from dre.core.register_map import ADDRESS_BITS as DRE_BITS
from dre.registers.fields import WORD_BYTES, Field, Register, Table
from dre.registers.identity import build_parameters, identity

LETTERS = b"V-BD"
VERSION = (0, 1, 0)
SYSTEM_BITS = 8

DRE, SYSTEM, NEAR, FAR = 0x0000, 0x1000, 0x8000, 0xC000
"""First addresses of all parts; the windows are as large as what is between them."""

PARAMETERS, CONTROL, PARTS = 0x08, 0x40, 0x44
"""Where each group of registers of the system begins; `watched` has the others."""

UNITS = {"link": watched.LINK}
"""As of an HCU's system; those of the DRE are among its registers."""


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
        *watched.registers(UNITS),
    )
    return Table("dre_system", registers, (), 2**SYSTEM_BITS, SYSTEM_BITS)


def _control(config):
    about = "0 holds the DRE, its registers, the memories' ports and all queues in reset"
    yield Register("control", CONTROL, (Field("run", 1, 0, "held", about),), "How it runs")
    for number, (memory, parts) in enumerate(config.parts.items()):
        bits = max(1, (parts - 1).bit_length())
        part = Field("part", bits, 0, "held", f"Which 16 KB of {memory} memory the window shows")
        yield Register(f"window_{memory}", PARTS + WORD_BYTES * number, (part,), "Window")
