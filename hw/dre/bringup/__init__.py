"""Systems that run on a board, behind a serial link."""

from dre.bringup.config import HCUSystemConfig
from dre.bringup.unit import HCUSystem

__all__ = ["HCUSystem", "HCUSystemConfig"]
