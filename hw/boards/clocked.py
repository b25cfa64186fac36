"""The clock domain of a board."""

from amaranth.hdl import ClockDomain, Module


def clocked():
    """A module with a domain ``sync``."""
    m = Module()
    m.domains.sync = ClockDomain()
    return m
