"""What is told of a board."""

from collections.abc import Callable
from dataclasses import dataclass

from dre.bringup import DRESystemConfig, HCUSystemConfig


@dataclass(frozen=True)
class Board:
    """A board, and what is put on it.

    Attributes
    ----------
    name : str
        As in ``BOARD=``, and of its file in ``constraints``.
    title : str
    config : HCUSystemConfig or DRESystemConfig
        Of its system.
    platform : callable
        Gives the `amaranth.build.Platform`.
    top : callable
        Gives the `amaranth.hdl.Elaboratable` for that platform.
    chip : str
        Whose tools it needs: ``ice40`` or ``gowin``.
    device : tuple of str
        Which one: words for nextpnr-ice40, or the part number of a Gowin.
    family : str
        For the tools: of an iCE40 ``hx`` or ``u``, of a Gowin as its part number has it.
    loader : tuple of str
        Words for openFPGALoader.
    minutes : int
        About how long ``make synth`` takes.
    search_mhz : float
        What the clock of its HCU's search must reach, alone on the device.
    lights : dict of str to str
        What each of the lights that are used means.
    """

    name: str
    title: str
    config: HCUSystemConfig | DRESystemConfig
    platform: Callable
    top: Callable
    chip: str
    device: tuple[str, ...]
    family: str
    loader: tuple[str, ...]
    minutes: int
    search_mhz: float
    lights: dict[str, str]
