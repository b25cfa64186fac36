# amaranth: UnusedElaboratable=no
# Of a component that is not elaborated the signature may still be of use.
"""A unit with its build parameters and its module's name."""

import shlex
from dataclasses import dataclass, fields
from functools import cached_property
from importlib.metadata import version

from dre.export import names, parameters
from dre.export.units import UNITS, Unit

PROJECT = "vrex-open"
LIBRARY = "dre"


@dataclass(frozen=True)
class Build:
    """What is exported; made by `Build.of`.

    Attributes
    ----------
    unit : Unit
    config : dataclass
        The unit's build parameters.
    name : str
        Of the module and of the files.
    """

    unit: Unit
    config: object
    name: str

    @classmethod
    def of(cls, unit, *, words=(), preset=None, name=None):
        """A build from what a user says.

        Parameters
        ----------
        unit : str
            A key of `UNITS`.
        words : sequence of str
            As for `dre.export.parameters.parse`.
        preset : str or None
            The word ``preset=...`` for those units that have presets; others are the same in each.
        name : str or None
            The module's; None: the unit's.

        Raises
        ------
        TypeError, ValueError
            If one of them is not allowed; the message is one line.
        """
        unit = UNITS[unit]
        default = unit.default()
        if preset and any(field.name == "preset" for field in fields(default)):
            words = [f"preset={preset}", *words]
        return cls(unit, parameters.parse(default, words), names.module(name or unit.name))

    @cached_property
    def component(self):
        """The component itself."""
        return self.unit.component(self.config)

    @property
    def memory_name(self):
        """Of the module that all its memories are."""
        return f"{self.name}{names.SEPARATOR}memory"

    @property
    def version(self):
        """The project's."""
        return version(PROJECT)

    @property
    def parameters(self):
        """All build parameters, by name: numbers, names, and as text what is neither."""
        values = {field.name: getattr(self.config, field.name) for field in fields(self.config)}
        return {
            name: value if isinstance(value, int | str) else parameters.text(value)
            for name, value in values.items()
        }

    @property
    def command(self):
        """The command that makes it again, the same however it was asked for."""
        words = [f"make verilog CORE={self.unit.name}"]
        words += [f"MODULE={self.name}"] if self.name != self.unit.name else []
        changed = parameters.show(self.config, self.unit.default())
        return " ".join(
            [*words, *([f"PARAMETERS={shlex.quote(' '.join(changed))}"] if changed else [])]
        )
