"""What can be exported."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass

from dre.bus import Arbiter
from dre.core import DRE, DREConfig
from dre.core.register_texts import texts
from dre.hcu import HCU, HCUConfig
from dre.kvmu import KVMU, KVMUConfig, Mover, MoverConfig
from dre.table import TableConfig, TableUnit
from dre.wtu import WTU, WTUConfig


@dataclass(frozen=True)
class Unit:
    """A component, and its build when nothing else is said.

    Attributes
    ----------
    name : str
        Of the unit, and of its module and files unless another is given.
    component : type
    default : callable
        Gives the default build parameters.
    more : callable
        Gives other files of a build, by their endings, from build parameters and name.
    """

    name: str
    component: type
    default: Callable
    more: Callable = lambda config, name: {}

    @property
    def title(self):
        """What the project calls it."""
        return self.component.__name__

    @property
    def about(self):
        """What it is, in a line."""
        return inspect.getdoc(self.component).splitlines()[0]


UNITS = {
    unit.name: unit
    for unit in (
        Unit("hcu", HCU, HCUConfig),
        Unit("wtu", WTU, WTUConfig),
        Unit("kvmu", KVMU, KVMUConfig),
        Unit("mover", Mover, MoverConfig),
        Unit("hct", TableUnit, TableConfig),
        Unit("bus", Arbiter, lambda: DREConfig().bus),  # whose masters have no default
        Unit("dre", DRE, DREConfig, texts),
    )
}
"""By name."""
