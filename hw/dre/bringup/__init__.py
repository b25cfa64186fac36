"""Systems that run on a board, behind a serial link."""

from dre.bringup.config import HCUSystemConfig
from dre.bringup.dre_config import DRESystemConfig
from dre.bringup.dre_unit import DRESystem
from dre.bringup.unit import HCUSystem

__all__ = ["DRESystem", "DRESystemConfig", "HCUSystem", "HCUSystemConfig", "system"]


def system(config):
    """The bring-up system of a configuration."""
    return {HCUSystemConfig: HCUSystem, DRESystemConfig: DRESystem}[type(config)](config)
