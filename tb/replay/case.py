"""What is kept of a fast replay that found a difference, whatever the unit."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, eq=False)
class Case:
    """Where it was found; a unit adds the work itself.

    Attributes
    ----------
    build : HCUConfig or WTUConfig
    run : Run
        How the work was run when it was saved. The stalls come as often, not in the same cycles,
        elsewhere.
    index : int
        Number in its stream of the last chunk, the one it is about.
    difference : str
        What was wrong with it.
    """

    build: Any
    run: Any
    index: int
    difference: str

    def facts(self):
        """The same as plain values, for a file."""
        return {
            "build": asdict(self.build),
            "run": asdict(self.run),
            "index": self.index,
            "difference": self.difference,
        }


def fields(facts, own, Build, Run):
    """What a `Case` is made of, from a file's plain values.

    Raises
    ------
    KeyError, TypeError, ValueError
        If they are not those of the format ``own``, or not all there.
    """
    if facts["format"] != own:
        raise ValueError(f"format must be {own}, not {facts['format']!r}")
    return {
        "build": Build(**facts["build"]),
        "run": Run(**facts["run"]),
        "index": facts["index"],
        "difference": facts["difference"],
    }
