"""Mutants of a unit: small defects that yosys plants in its netlist, all in one netlist.

The hierarchy is kept, so benches that look inside find what they look for. Mutants are therefore
planted in cells and in the connections of submodules alike.
"""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import simulate
from verification.netlist import write_rtlil, yosys

CONTROL = "mutsel"
"""The input that says which mutant is active; 0: none."""


@dataclass(frozen=True)
class Mutant:
    """One defect: what yosys' ``mutate`` does to one bit of one port of one cell.

    Attributes
    ----------
    number : int
        The value of `CONTROL` that activates it.
    command : str
        The options of ``mutate``.
    """

    number: int
    command: str

    def option(self, name):
        """The last value of an option of the command, or None."""
        values = re.findall(rf"-{name} (\S+)", self.command)
        return values[-1] if values else None

    @property
    def origin(self):
        """The line of source that the cell was made from, without its number; or the cell."""
        name, _, line = (self.option("src") or "").partition(":")
        path, number = simulate.ROOT / name, re.match(r"\d+", line)
        if not number or not path.is_file():
            return f"cell {re.sub('[0-9]+', 'N', self.option('cell'))}"
        lines = path.read_text().splitlines()
        return lines[int(number[0]) - 1].strip() if int(number[0]) <= len(lines) else name

    @property
    def place(self):
        """Module and port."""
        return f"{self.option('module')} {self.option('port')}".replace("\\", "")

    @property
    def name(self):
        """What it does and where: survives changes elsewhere in the design."""
        module, port = self.place.split()
        return f"{module}: {self.option('mode')} {port}[{self.option('portbit')}]: {self.origin}"


def anywhere(text):
    """RTLIL whose sources are called the same on every machine: a seed's choice depends on that.

    Lines of the hardware are named from the project's root on, all others not at all.
    """

    def named(found):
        path = Path(found[1])
        own = path.is_relative_to(simulate.ROOT / "hw")
        return f"{path.relative_to(simulate.ROOT)}:{found[2]}" if own else "elsewhere"

    return re.sub(r"(/[^\s:|\"]+\.py):(\d+)", named, text)


def plant(core, config, where, folder, *, count, seed, spared=()):
    """Choose mutants and write the netlist that has them all.

    Parameters
    ----------
    where : str or tuple of str
        Pattern of module names (yosys' selection): where to plant; or that, and patterns of those
        that are left out.
    count : int
        How many mutants; fewer if there are not that many.
    spared : sequence of str
        Patterns of ``<module> <port>`` where none is planted.

    Returns
    -------
    list of Mutant
        Numbered from 1; ``folder/mutants.v`` has them all, ``folder/clean.il`` none.
    """
    unit = write_rtlil(core, config, folder / "unit.il")
    unit.write_text(anywhere(unit.read_text()))
    first, *others = (where,) if isinstance(where, str) else where
    chosen = f"{first}/* {' '.join(f'{other}/* %d' for other in others)}"
    asked = count + (count // 4 if spared else 0)
    yosys(
        folder,
        "list",
        f"read_rtlil unit.il\nhierarchy -top {core}\nproc\nopt_clean\n"
        "select */w:$signal*\nrename -enumerate -pattern unnamed_%\nselect -clear\n"
        "write_rtlil clean.il\n"
        f"select -set found {chosen} t:$meminit_v2 %d\n"
        f"mutate -list {asked} -seed {seed % 2**31} -o list.txt @found\n",
    )
    lines = (folder / "list.txt").read_text().splitlines()
    found = [Mutant(n, line.removeprefix("mutate ")) for n, line in enumerate(lines, 1)]
    wanted = [m for m in found if not any(fnmatchcase(m.place, pattern) for pattern in spared)]
    mutants = [Mutant(n, m.command) for n, m in enumerate(wanted[:count], 1)]
    bits = max(1, len(mutants).bit_length())
    planting = [f"mutate -ctrl {CONTROL} {bits} {m.number} {m.command}" for m in mutants]
    yosys(
        folder,
        "plant",
        "\n".join(["read_rtlil clean.il", *planting, "pmuxtree", "write_verilog mutants.v\n"]),
    )
    return mutants
