"""The system of a board, simulated, UART and all: what a board would be."""

from dataclasses import replace
from functools import cache

from boards import BOARDS
from dre.bringup import HCUSystem
from link.wires import Wires, library, verilog_of

BAUD_DIVISOR = 8


def quick(config):
    """The same system with a line as fast as its clock allows."""
    return replace(config, baud=config.clock_hz // BAUD_DIVISOR)


@cache
def made(name):
    """The compiled system of a board, once a process."""
    config = quick(BOARDS[name].config)
    return library(verilog_of(HCUSystem(config)), name, config.divisor)


def wires(name):
    """A new one, reset; and its build parameters."""
    config = quick(BOARDS[name].config)
    return Wires(made(name), config.divisor), config
