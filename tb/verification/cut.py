"""Takes memories and multipliers out of a netlist: two copies of a unit are compared without them.

What such a cell is given becomes outputs of the unit, and what it gives an input. Two multipliers
that are given the same give the same. Two memories that have been written alike hold the same,
whatever that is; so it is enough to show that they are written alike when they read alike
(`verification.miter`).
"""

import re
from dataclasses import dataclass

GIVEN = {
    "$mem_v2": {
        "write_en": "WR_EN",
        "write_address": "WR_ADDR",
        "write_data": "WR_DATA",
        "read_en": "RD_EN",
        "read_address": "RD_ADDR",
    },
    **{kind: {"a": "A", "b": "B"} for kind in ("$mul", "$add", "$sub")},
}
"""By kind of cell: names of the outputs that its inputs become."""

_GIVES = {"$mem_v2": "RD_DATA"}

MEMORY = "$mem_v2"

LEAST_BITS = {MEMORY: 1, "$mul": 1, "$add": 8, "$sub": 8}
"""By kind: cells that give fewer bits stay. Kinds that are not there stay altogether, and so does
arithmetic of signed numbers."""

PLAIN = {
    "RD_PORTS": "1",
    "WR_PORTS": "1",
    "RD_CLK_ENABLE": "1'1",
    "WR_CLK_ENABLE": "1'1",
    "RD_TRANSPARENCY_MASK": "1'0",
    "RD_CLK": r"\clk",
    "WR_CLK": r"\clk",
    "RD_ARST": "1'0",
    "RD_SRST": "1'0",
}
"""Parameters and connections of the memories that are understood (`dre.memory`)."""


class OddMemory(ValueError):
    """A memory that cannot be cut out: it has not one writer and one reader on the clock."""


@dataclass(frozen=True)
class Box:
    """A cell that has been cut out.

    Attributes
    ----------
    name, kind : str
        Of the cell.
    prefix : str
        Of the names of its ports.
    given : tuple of (str, int)
        Outputs of the unit: names without prefix, and bits.
    gives : int
        Bits of the input, ``<prefix>_gives``.
    """

    name: str
    kind: str
    prefix: str
    given: tuple
    gives: int


def cut(text, least_bits=LEAST_BITS):
    """Take cells of some kinds out of the only module of a design in RTLIL.

    Parameters
    ----------
    text : str
        Flat, and after yosys' ``memory_collect``.
    least_bits : dict of str to int
        As `LEAST_BITS`; kinds are those of `GIVEN`.

    Returns
    -------
    str, list of Box
        The design without them, and what they were, by name.

    Raises
    ------
    OddMemory
        If a memory is not as those of `dre.memory`.
    """
    one_of = "|".join(map(re.escape, least_bits))
    pattern = re.compile(rf"^  cell ({one_of}) (\S+)\n(.*?)^  end\n", re.MULTILINE | re.DOTALL)
    words = {cell[2]: _words(cell[3]) for cell in pattern.finditer(text)}
    boxes = {}

    def opened(cell):
        kind, name, _ = cell.groups()
        too_small = _bits(kind, _GIVES.get(kind, "Y"), words[name]) < least_bits[kind]
        if too_small or any(_is_odd(words[name], side) for side in "AB"):
            return cell[0]
        boxes[name], lines = _open(kind, name, words[name], numbers[name])
        return lines

    numbers = {name: n for n, name in enumerate(sorted(words))}
    text = pattern.sub(opened, text)
    return text, [boxes[name] for name in sorted(boxes)]


def _is_odd(found, side):
    """Whether a side of arithmetic is signed, or has no bits that could become a port."""
    return found.get(f"{side}_SIGNED") == "1" or found.get(f"{side}_WIDTH") == "0"


def _words(body):
    """Parameters and connections of a cell."""
    return dict(re.findall(r"^    (?:parameter|connect) \\(\S+) (.*)$", body, re.MULTILINE))


def _open(kind, name, found, number):
    """The `Box` for a cell, and the RTLIL that stands in its place."""
    gives = _GIVES.get(kind, "Y")
    if kind == MEMORY:
        for what, value in PLAIN.items():
            if found[what] != value:
                raise OddMemory(f"{what} of memory {name} must be {value}, not {found[what]}")
    given = tuple((own, _bits(kind, port, found)) for own, port in GIVEN[kind].items())
    box = Box(name, kind, f"cut_{number}", given, _bits(kind, gives, found))
    lines, place = [], 10_000 + 10 * number  # of the port: behind all others
    for n, ((own, bits), port) in enumerate(zip(given, GIVEN[kind].values(), strict=True)):
        lines.append(f"  wire width {bits} output {place + n} \\{box.prefix}_{own}\n")
        lines.append(f"  connect \\{box.prefix}_{own} {found[port]}\n")
    lines.append(f"  wire width {box.gives} input {place + len(given)} \\{box.prefix}_gives\n")
    lines.append(f"  connect {found[gives]} \\{box.prefix}_gives\n")
    return box, "".join(lines)


def _bits(kind, port, found):
    """Width of a port of a cell."""
    if kind != MEMORY:
        return int(found[f"{port}_WIDTH"])
    if port == "RD_EN":
        return 1
    return int(found["ABITS" if port.endswith("ADDR") else "WIDTH"])
