"""Registers that say what a device is, and with which build parameters."""

from dre.registers.fields import WORD_BYTES, Field, Register

ID, VERSION = 0x000, 0x004


def identity(letters, about, version):
    """Which device it is, and its version.

    Parameters
    ----------
    letters : bytes
        Four, in ASCII.
    about : str
    version : tuple of int
        Three numbers.
    """
    value = int.from_bytes(letters, "big")
    name = f"{letters.decode()} in ASCII"
    yield Register("id", ID, (Field("value", 32, 0, "constant", name, value),), about)
    major, minor, patch = version
    fields = (
        Field("patch", 16, 0, "constant", "Third number", patch),
        Field("minor", 8, 16, "constant", "Second number", minor),
        Field("major", 8, 24, "constant", "First number", major),
    )
    yield Register("version", VERSION, fields, "Version of hardware and registers")


def build_parameters(address, parameters, choices):
    """A word for each build parameter.

    Parameters
    ----------
    address : int
        Of the first one.
    parameters : dict of str to int or str
    choices : dict of str to tuple of str
        Of those that are names: what they can be.
    """
    for number, (name, value) in enumerate(parameters.items()):
        names = choices.get(name, ())
        value = names.index(value) if names else value
        about = f"Build parameter `{name}`"
        constant = Field("value", 32, 0, "constant", about, value, names)
        yield Register(f"build_{name}", address + WORD_BYTES * number, (constant,), about)
