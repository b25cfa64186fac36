"""Whether what is behind a link is what it should be."""

from dre.driver import AccessRefused, AnotherDevice


def check(client, table, first, letters, version, parameters, choices):
    """Read who it is, and its build parameters.

    Parameters
    ----------
    client : dre.host.Client
    table : dre.registers.fields.Table
        Its constants stand at its beginning.
    first : int
        Address of the table.
    letters : bytes
    version : tuple of int
    parameters : dict of str to int or str
    choices : dict of str to tuple of str
        Of parameters that are names: what they can be.

    Raises
    ------
    AnotherDevice
    """
    names = [register.name for register in table.registers if register.having("constant")]
    try:
        words = client.read_words(first + table.address_of(names[0]), len(names))
    except AccessRefused:
        raise AnotherDevice(f"id must be {letters.decode()}, but there is none") from None
    found = dict(zip(names, words, strict=True))
    if found["id"] != int.from_bytes(letters, "big"):
        there = found["id"].to_bytes(4, "big")
        raise AnotherDevice(f"id must be {letters.decode()}, not {there!r}")
    major, minor, patch = version
    if found["version"] != major << 24 | minor << 16 | patch:
        there = f"{found['version']:#010x}"
        raise AnotherDevice(f"version must be {major}.{minor}.{patch}, not {there}")
    for name, wanted in parameters.items():
        value, names_of_values = found[f"build_{name}"], choices.get(name, ())
        if value < len(names_of_values):
            value = names_of_values[value]
        if value != wanted:
            raise AnotherDevice(f"{name} must be {wanted}, not {value}")
