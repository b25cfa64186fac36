"""Plays chunks on a board and holds every answer to the golden model."""

import time
from dataclasses import dataclass

from dre.host import LineGone, NoAnswer
from dre.host.hcu import HCUDevice
from hcu.expect_hcu import Expectations, difference
from onboard.expected import Totals, answer, filling, of_excerpt

CUT = (LineGone, NoAnswer)
"""What a cable that is pulled looks like."""

POLL_SECONDS = 0.5


class Differs(AssertionError):
    """The board has decided something else than the golden model."""


class Gone(ConnectionError):
    """The board did not come back."""


@dataclass(frozen=True)
class Part:
    """Chunks that are played one after the other from an empty table on."""

    name: str
    chunks: list


def parts(build, seed):
    """What a self-test plays, of an HCU."""
    return [Part("excerpt", of_excerpt(build)), Part("full table", filling(build, seed))]


class Player:
    """Plays parts; begins one anew when its board has been away.

    Parameters
    ----------
    connect : callable
        Gives a `dre.host.Client`; raises what is in `CUT` while there is none.
    config : HCUSystemConfig
        What the board must have.
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

    def __init__(self, connect, config, *, say, away, patience_seconds):
        self._connect, self._config = connect, config
        self._say, self._away, self._patience = say, away, patience_seconds
        self._device, self.decisions, self.cuts = None, 0, 0

    def open(self):
        """Find the board, before anything is played.

        Raises
        ------
        dre.host.hcu.AnotherDevice, and what is in `CUT`
        """
        self._device = HCUDevice(self._connect(), self._config)

    def run(self, parts):
        """Play them all, once the board is `open`.

        Raises
        ------
        Differs, Gone, dre.host.hcu.AnotherDevice, dre.host.hcu.Stuck
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
        """One part; how many tokens were decided."""
        first, build = part.chunks[0], self._config.hcu
        device.start(
            Th_hd=first.Th_hd, max_clusters=first.max_clusters, cluster_cap=first.cluster_cap
        )
        golden, totals, clusters = Expectations(build), Totals(), 0
        for number, chunk in enumerate(part.chunks):
            self._say(part, number)
            words = [int.from_bytes(word.tobytes(), "little") for word in chunk.words]
            said = device.chunk(number, clusters, words)
            expected = golden.expect(chunk)
            seen = answer(number, clusters, said, build.hash_bits)
            if text := difference(chunk, number, expected, seen):
                raise Differs(f"{part.name}, chunk {number}: {text}")
            totals.add(expected.assignments)
            clusters = expected.after
        self._end(device, part, totals)
        return totals.tokens

    def _end(self, device, part, totals):
        """Counters and sticky bits."""
        self._say(part, len(part.chunks))
        if text := totals.difference(device.counts()["hcu"]):
            raise Differs(f"{part.name}: {text}")
        if bits := device.errors().get("hcu"):
            raise Differs(f"{part.name}: sticky bits must be clear, not {', '.join(sorted(bits))}")
