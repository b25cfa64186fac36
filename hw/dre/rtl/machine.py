"""What stands behind a `dre.rtl.Device`: a compiled DRE, a board, or one of yours."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dre.driver.port import Port


class Bytes(Protocol):
    """Near or far memory of a machine; places count from where the region begins."""

    def read(self, place: int, count: int) -> NDArray[np.uint8]:
        """So many bytes from a place on: uint8 [count]."""

    def gather(self, places: NDArray[np.int64], count: int) -> NDArray[np.uint8]:
        """So many from each of these places on: uint8 [places, count]."""

    def write(self, place: int, content: NDArray[np.uint8]) -> None:
        """Put these bytes there."""


class Machine(Port, Protocol):
    """A DRE that has been reset and that nobody has programmed yet.

    Attributes
    ----------
    streams : dict of str to Layout
        Payloads of all streams, by name.
    interrupts : tuple of str
        Causes that are of use to it, as `dre.driver.Driver.enable` takes them.
    """

    streams: dict
    interrupts: tuple[str, ...]

    @property
    def cycles(self) -> int:
        """Since reset; never falls."""

    def memory(self, name: str, base: int, size: int) -> Bytes:
        """Bytes of ``near`` or ``far`` memory from an address on."""

    def push(self, stream: str, beats: NDArray[np.uint32]) -> None:
        """Beats to be sent in this order, sooner or later: uint32 [beats, words], lowest first."""

    def take(self, stream: str) -> NDArray[np.uint32]:
        """What has come since this was asked last, as for `push`."""

    def moved(self, stream: str) -> NDArray[np.int64]:
        """The cycle of each beat that has moved since this was asked last."""
