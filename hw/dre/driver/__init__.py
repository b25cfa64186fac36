"""Software for a DRE: programs it through its registers (spec section 19)."""

from dre.driver.access import AnotherDevice
from dre.driver.driver import Driver
from dre.driver.port import AccessRefused, Port
from dre.driver.result import CommandFailed, Result

__all__ = ["AccessRefused", "AnotherDevice", "CommandFailed", "Driver", "Port", "Result"]
