"""What is told of a board."""

from collections.abc import Callable
from dataclasses import dataclass

from dre.bringup import HCUSystemConfig


@dataclass(frozen=True)
class Board:
    """A board, and what is put on it.

    Attributes
    ----------
    name : str
        As in ``BOARD=``, and of its file in ``constraints``.
    title : str
    config : HCUSystemConfig
        Of its system.
    platform : callable
        Gives the `amaranth.build.Platform`.
    top : callable
        Gives the `amaranth.hdl.Elaboratable` for that platform.
    device : tuple of str
        Words for nextpnr-ice40.
    family : str
        For yosys' timing: ``hx`` or ``u``.
    loader : tuple of str
        Words for openFPGALoader.
    search_mhz : float
        What the clock of its HCU's search must reach, alone on the device.
    lights : dict of str to str
        What each of the lights that are used means.
    """

    name: str
    title: str
    config: HCUSystemConfig
    platform: Callable
    top: Callable
    device: tuple[str, ...]
    family: str
    loader: tuple[str, ...]
    search_mhz: float
    lights: dict[str, str]
