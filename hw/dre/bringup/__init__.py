"""Systems that run on a board, behind a serial link."""

from dre.bringup.dre_config import DRESystemConfig
from dre.bringup.dre_unit import DRESystem
from dre.bringup.hcu_config import HCUSystemConfig
from dre.bringup.hcu_unit import HCUSystem

__all__ = ["DRESystem", "DRESystemConfig", "HCUSystem", "HCUSystemConfig", "system"]


def system(config):
    """The bring-up system of a configuration."""
    return {HCUSystemConfig: HCUSystem, DRESystemConfig: DRESystem}[type(config)](config)
