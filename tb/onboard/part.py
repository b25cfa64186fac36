"""What is played on a board."""

from dataclasses import dataclass


class Differs(AssertionError):
    """The board has decided something else than the golden model."""


@dataclass(frozen=True)
class Part:
    """Chunks that are played one after the other, from nothing on.

    Attributes
    ----------
    name : str
    size : int
        How many chunks.
    work : object
        What they are: known to who plays them.
    """

    name: str
    size: int
    work: object
