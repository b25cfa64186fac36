"""How a driver reaches registers: three methods that every platform can give."""

from typing import Protocol


class AccessRefused(RuntimeError):
    """The device answered an access with an error (spec D126); nothing has changed."""


class Port(Protocol):
    """Access to the registers of one device: a simulation, a serial line, mapped memory."""

    def read(self, address: int) -> int:
        """The word of 32 bits at a byte address from the table's beginning.

        Raises
        ------
        AccessRefused
            If the answer is not OKAY.
        """

    def write(self, address: int, word: int) -> None:
        """Write a word of 32 bits; returns when that is answered.

        Raises
        ------
        AccessRefused
            If the answer is not OKAY.
        """

    def wait(self) -> None:
        """Return after a moment, sooner if the interrupt is there: whoever calls looks again."""
