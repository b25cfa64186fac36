"""Registers of a DRE by their names."""

from dataclasses import fields

from dre.core.config import DREConfig
from dre.core.register_map import IDENTIFICATION, VERSION, register_map
from dre.driver.port import Port


class AnotherDevice(RuntimeError):
    """What is there is not what was expected; the message says in what it differs."""


class Access:
    """Registers of a DRE by their names.

    Attributes
    ----------
    config : DREConfig
        Build parameters, as the device says.

    Raises
    ------
    ValueError
        If there is no DRE, or one of another version.
    """

    def __init__(self, port: Port):
        self.port = port
        self.table = register_map(DREConfig())  # what follows is at the same place in all builds
        self._check("id", IDENTIFICATION)
        self._check("version", VERSION[0] << 24 | VERSION[1] << 16 | VERSION[2])
        self.config = self._build()
        self.table = register_map(self.config)

    def _check(self, register, wanted):
        found = self.read_word(register)
        if found != wanted:
            raise ValueError(f"{register} must be {wanted:#010x}, not {found:#010x}")

    def _build(self):
        found = {}
        for field in fields(DREConfig):
            register = f"build_{field.name}"
            names, value = self.table.register(register).fields[0].names, self.read_word(register)
            found[field.name] = names[value] if names else value
        return DREConfig(**found)

    def expect(self, config: DREConfig) -> None:
        """Go on only if this is what it is.

        Raises
        ------
        AnotherDevice
            If a build parameter differs.
        """
        for field in fields(DREConfig):
            wanted, found = (getattr(one, field.name) for one in (config, self.config))
            if wanted != found:
                raise AnotherDevice(f"{field.name} must be {wanted}, not {found}")

    def read_word(self, name: str, more: int = 0) -> int:
        """The word of a register or count; ``more``: bytes behind its address."""
        return self.port.read(self.table.address_of(name) + more)

    def get(self, register: str) -> dict[str, int]:
        """Fields of a register, by name."""
        word = self.read_word(register)
        return {
            field.name: (word & field.mask) >> field.low
            for field in self.table.register(register).fields
        }

    def put(self, register: str, **values: int) -> None:
        """Write a register: fields that are named; the others become 0.

        Raises
        ------
        ValueError
            If there is no such register or field, or a value does not fit.
        AccessRefused
            If the device does not take it now.
        """
        word, known = 0, self.table.register(register)
        for name, value in values.items():
            field = known.field(name)
            most = 2**field.bits - 1
            if not 0 <= int(value) <= most:
                raise ValueError(f"{name} must be between 0 and {most}, not {value}")
            word |= int(value) << field.low
        self.port.write(known.address, word)
