"""What ``make area`` is told of a unit."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Build:
    """A component to be measured.

    Attributes
    ----------
    name : str
        The row of the table, and the folder below ``build/area``.
    make : callable
        Gives the component.
    frame : callable or None
        Simulates the unit's piece of work (``WORK`` of its module); gives its cycles and the bits
        read for it.
    gates_only : bool
        It is not placed in an ECP5.
    gates_must, mhz_must, mhz_aim, gates_aim : str or None
        Targets as in `figures.Figure`: NAND2 equivalents in thousands, MHz of the slowest seed.
    luts_must, luts_aim : str or None
        The same of what it needs of an ECP5.
    one_hot : bool
        For an FPGA, state machines get a flip-flop a state.
    """

    name: str
    make: object
    frame: object | None
    gates_must: str | None = None
    mhz_must: str | None = None
    mhz_aim: str | None = None
    gates_aim: str | None = None
    one_hot: bool = False
    luts_must: str | None = None
    luts_aim: str | None = None
    gates_only: bool = False


@dataclass(frozen=True)
class Work:
    """What cycles and bits are counted of: ``a frame``, and of which bits: ``table``."""

    name: str
    read: str
