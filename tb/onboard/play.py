"""Plays chunks on a board and holds every answer to the golden model."""

import time
from functools import partial

from dre.bringup import DRESystemConfig, HCUSystemConfig
from dre.host import LineGone, NoAnswer
from onboard.play_dre import DREPlay
from onboard.play_hcu import HCUPlay

CUT = (LineGone, NoAnswer)
"""What a cable that is pulled looks like."""

POLL_SECONDS = 0.5


class Gone(ConnectionError):
    """The board did not come back."""


def kind(config):
    """Who plays on a board with a system of this configuration."""
    return {HCUSystemConfig: HCUPlay, DRESystemConfig: DREPlay}[type(config)](config)


class Player:
    """Plays parts; begins one anew when its board has been away.

    Parameters
    ----------
    connect : callable
        Gives a `dre.host.Client`; raises what is in `CUT` while there is none.
    kind : HCUPlay or DREPlay
        Knows the board, and what is played there.
    say : callable
        Is told the part and how many of its chunks are done.
    away : callable
        Is told why a board is not there, each time that is so.
    patience_seconds : float
        How long it may be away.

    Attributes
    ----------
    decisions : int
        Tokens whose decision was right.
    cuts : int
        How often the board was away.
    """

    def __init__(self, connect, kind, *, say, away, patience_seconds):
        self._connect, self._kind = connect, kind
        self._say, self._away, self._patience = say, away, patience_seconds
        self._device, self.decisions, self.cuts = None, 0, 0

    def open(self):
        """Find the board, before anything is played.

        Raises
        ------
        dre.driver.AnotherDevice, and what is in `CUT`
        """
        self._device = self._kind.open(self._connect())

    def run(self, parts):
        """Play them all, once the board is `open`.

        Raises
        ------
        Differs, Gone, dre.driver.AnotherDevice, dre.host.hcu.Stuck
        """
        for part in parts:
            while True:
                try:
                    self.decisions += self._play(self._device, part)
                    break
                except CUT as error:
                    self.cuts += 1
                    self._wait(part, error)

    def _wait(self, part, error):
        """A board that was away, when it is there again."""
        self._away(f"{part.name}: {error}")
        end = time.monotonic() + self._patience
        while True:
            try:
                self.open()
                return
            except CUT as again:
                if time.monotonic() >= end:
                    raise Gone(f"{again}; it was gone in the middle of the {part.name}") from None
                time.sleep(min(POLL_SECONDS, self._patience))

    def _play(self, device, part):
        """One part; how much was decided."""
        return self._kind.play(device, part, partial(self._say, part))
