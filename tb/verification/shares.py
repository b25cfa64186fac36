"""What a unit says about its mutants: where to plant how many, and why some survive."""

from dataclasses import dataclass
from fnmatch import fnmatchcase

import simulate


@dataclass(frozen=True)
class Share:
    """Mutants of one build.

    Attributes
    ----------
    parameters : dict
        Of the build; small sizes run fast.
    count, sample : int
        Mutants in a full run, and in the sample.
    where : str or tuple of str
        Pattern of module names; perhaps patterns of those that are left out behind it.
    part : str
        The part of the unit that is built by itself, in `simulate.PARTS`; else all of it.
    benches : tuple of str
        Those of that part.
    """

    parameters: dict
    count: int
    sample: int
    where: str | tuple = "*"
    part: str = ""
    benches: tuple = ()


@dataclass(frozen=True)
class Reviewed:
    """A reason why mutants of one line of source may survive.

    Attributes
    ----------
    source, line : str
        File below the project's root, and a line of it that must be there: else the review is out
        of date, which is an error.
    mutants : str
        Pattern of `mutants.Mutant.name` up to the line.
    reason : str
    cell : str
        The netlist's cell, where the line makes several or none: it is said where a survivor is
        listed, and another one if the hardware changes.
    """

    source: str
    line: str
    mutants: str
    reason: str
    cell: str = ""

    def covers(self, mutant):
        """Whether this is about that mutant.

        Raises
        ------
        ValueError
            If the source has no such line any more.
        """
        text = (simulate.ROOT / self.source).read_text().splitlines()
        if self.line not in (line.strip() for line in text):
            raise ValueError(f"reviewed survivors: {self.source} must have the line {self.line!r}")
        if self.cell and self.cell != mutant.option("cell"):
            return False
        lines = [self.line, mutant.origin] if self.cell else [self.line]
        return any(fnmatchcase(mutant.name, f"{self.mutants}: {_literal(line)}") for line in lines)


def _literal(text):
    """A pattern that matches just this text."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in text)
