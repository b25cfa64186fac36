"""The system of a board, simulated, UART and all: what a board would be."""

from dataclasses import replace
from functools import cache

from boards import BOARDS
from dre.bringup import DRESystemConfig, system
from link.wires import Wires, library, verilog_of
from onboard import dre_system

SYSTEMS = {**BOARDS, dre_system.BOARD.name: dre_system.BOARD}
"""Boards, and a system for which there is none yet."""

BAUD_DIVISOR = 8
LANES = 2


def quick(config):
    """The same system with a line as fast as its clock allows; a DRE with a few lanes.

    It is compiled in a minute then, not in several.
    """
    config = replace(config, baud=config.clock_hz // BAUD_DIVISOR)
    if isinstance(config, DRESystemConfig):
        return replace(config, dre=replace(config.dre, lanes=LANES, hash_lanes=LANES))
    return config


@cache
def made(name):
    """The compiled system of a board, once a process."""
    config = quick(SYSTEMS[name].config)
    return library(verilog_of(system(config)), name, config.divisor)


def wires(name):
    """A new one, reset; and its build parameters."""
    config = quick(SYSTEMS[name].config)
    return Wires(made(name), config.divisor), config
