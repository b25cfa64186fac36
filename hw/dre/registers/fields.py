"""What a table of registers is made of (spec section 19)."""

from dataclasses import dataclass

from dre.checks import integer, one_of

WORD_BITS = 32
WORD_BYTES = WORD_BITS // 8

ACCESSES = ("constant", "shown", "held", "cleared", "done")
"""Of a field: a constant; what the hardware shows; what software writes and reads back; sticky bits
that a 1 clears; what is done by a write and reads 0."""


@dataclass(frozen=True)
class Field:
    """Some bits of a register.

    Attributes
    ----------
    name : str
    bits : int
    low : int
        Place of the lowest one.
    access : str
        One of `ACCESSES`.
    about : str
        One line.
    value : int
        Of a constant, or after reset.
    names : tuple of str
        What its values are called, from 0 on.
    """

    name: str
    bits: int
    low: int
    access: str
    about: str
    value: int = 0
    names: tuple = ()

    def __post_init__(self):
        integer(f"{self.name}: bits", self.bits, 1, WORD_BITS)
        integer(f"{self.name}: low", self.low, 0, WORD_BITS - self.bits)
        one_of(f"{self.name}: access", self.access, ACCESSES)
        integer(f"{self.name}: value", self.value, 0, 2**self.bits - 1)

    @property
    def high(self):
        """Place of the highest bit."""
        return self.low + self.bits - 1

    @property
    def mask(self):
        """Its bits in a word."""
        return (2**self.bits - 1) << self.low


@dataclass(frozen=True)
class Register:
    """A word.

    Attributes
    ----------
    name : str
    address : int
        In bytes, from the table's beginning.
    fields : tuple of Field
    about : str
    guarded : bool
        The hardware may refuse a write to it.

    Raises
    ------
    ValueError
        If two fields have a bit in common, or a name, if case is ignored.
    """

    name: str
    address: int
    fields: tuple
    about: str
    guarded: bool = False

    def __post_init__(self):
        if self.address % WORD_BYTES:
            raise ValueError(f"{self.name}: address must be a multiple of 4, not {self.address}")
        used, names = 0, set()
        for field in self.fields:
            if field.mask & used or field.name.lower() in names:
                raise ValueError(f"{self.name}: {field.name} must have bits and a name of its own")
            used, names = used | field.mask, names | {field.name.lower()}

    def having(self, *accesses):
        """Fields of these kinds."""
        return tuple(field for field in self.fields if field.access in accesses)

    def field(self, name):
        """The field of that name.

        Raises
        ------
        ValueError
            If there is none.
        """
        for field in self.fields:
            if field.name == name:
                return field
        names = ", ".join(field.name for field in self.fields)
        raise ValueError(f"field of {self.name} must be one of {names}, not {name!r}")


@dataclass(frozen=True)
class Count:
    """A count of 64 bits, as two words: the low one first.

    Attributes
    ----------
    name : str
    bits : int
        Of the counter in the hardware, which wraps and is added up.
    about : str
    """

    name: str
    bits: int
    about: str


@dataclass(frozen=True)
class Table:
    """All that has an address.

    Attributes
    ----------
    name : str
        Of the whole.
    registers : tuple of Register
    counts : tuple of Count
        One behind the other from ``counts_address`` on.
    counts_address : int
    address_bits : int
        Of the whole.

    Raises
    ------
    ValueError
        If two have an address or a name in common, or one has none.
    """

    name: str
    registers: tuple
    counts: tuple
    counts_address: int
    address_bits: int

    @property
    def counts_bytes(self):
        """Bytes of all counts."""
        return 2 * WORD_BYTES * len(self.counts)

    def __post_init__(self):
        names, places = set(), set()
        for register in self.registers:
            self._claim(register.name, [register.address], names, places)
        for count in self.counts:
            low = self.address_of(count.name)
            self._claim(count.name, [low, low + WORD_BYTES], names, places)

    def _claim(self, name, addresses, names, places):
        most = 2**self.address_bits - WORD_BYTES
        if name.lower() in names or any(
            address in places or address > most for address in addresses
        ):
            raise ValueError(f"{name} must have a name and an address of its own, up to {most:#x}")
        names.add(name.lower())
        places.update(addresses)

    def address_of(self, name):
        """Of a register, or of a count's low word.

        Raises
        ------
        ValueError
            If there is neither.
        """
        for register in self.registers:
            if register.name == name:
                return register.address
        for number, count in enumerate(self.counts):
            if count.name == name:
                return self.counts_address + 2 * WORD_BYTES * number
        raise ValueError(f"no register or count is called {name!r}")

    def register(self, name):
        """The register of that name.

        Raises
        ------
        ValueError
            If there is none.
        """
        for register in self.registers:
            if register.name == name:
                return register
        raise ValueError(f"no register is called {name!r}")
