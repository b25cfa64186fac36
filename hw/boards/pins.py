"""Buffers at the pins of a board."""

from amaranth.lib import io


def read(m, name, port):
    """What a pin is."""
    m.submodules[f"pin_{name}"] = buffer = io.Buffer("i", port)
    return buffer.i


def drive(m, name, port, value):
    """Make a pin what a signal is."""
    m.submodules[f"pin_{name}"] = buffer = io.Buffer("o", port)
    m.d.comb += buffer.o.eq(value)
