"""What carries frames: a serial port, or whatever stands in its place."""

import contextlib
from typing import Protocol

END = b"\0"
ANSWER_SECONDS = 1.0


class LineGone(ConnectionError):
    """The port cannot be used any more: a cable was pulled, or there never was a port."""


class Line(Protocol):
    """Bytes to the device and back, as a `dre.host.client.Client` needs it."""

    def send(self, data: bytes) -> None:
        """Send bytes.

        Raises
        ------
        LineGone
        """

    def receive(self) -> bytes | None:
        """The next bytes up to a zero, without it; None if it does not come in time.

        Raises
        ------
        LineGone
        """

    def drain(self) -> None:
        """Forget what has come; returns when nothing more comes.

        Raises
        ------
        LineGone
        """


class SerialLine:
    """A serial port, by pyserial.

    Parameters
    ----------
    port : str
        Name or URL, as pyserial takes it.
    baud : int
    seconds : float
        How long an answer may take.

    Raises
    ------
    LineGone
        If it cannot be opened.
    """

    def __init__(self, port, baud, seconds=ANSWER_SECONDS):
        import serial  # of the extra `boards`: codec and client work without it

        self._failures = (serial.SerialException, OSError)
        self.name, self._seconds = port, seconds
        try:
            self._serial = serial.serial_for_url(port, baud, timeout=seconds)
        except (*self._failures, ValueError) as error:
            raise LineGone(f"{port} cannot be opened: {error}") from error

    def send(self, data):
        """As `Line` says."""
        self._guarded(self._serial.write, data)

    def receive(self):
        """As `Line` says."""
        found = self._guarded(self._serial.read_until, END)
        return found.removesuffix(END) if found.endswith(END) else None

    def drain(self):
        """As `Line` says."""
        self._wait_for(self._seconds / 10)
        while self._guarded(self._serial.read, 4_096):
            pass
        self._wait_for(self._seconds)

    def close(self):
        """Let the port go, if it has not gone by itself."""
        with contextlib.suppress(*self._failures):
            self._serial.close()

    def _wait_for(self, seconds):
        self._guarded(setattr, self._serial, "timeout", seconds)

    def _guarded(self, act, *words):
        try:
            return act(*words)
        except self._failures as error:
            raise LineGone(f"{self.name} is gone: {error}") from error
