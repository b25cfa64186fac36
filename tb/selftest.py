"""``make selftest BOARD=... PORT=...``: a board against the golden model, bit for bit."""

import os
import sys
import time

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from boards import BOARDS
from dre import rtl
from dre.driver import AnotherDevice, CommandFailed
from dre.host import BadCommand, Client, LineGone, NoAnswer, SerialLine, Silent, hcu
from onboard.part import Differs
from onboard.play import Gone, Player, kind
from settings import Usage, board, fail, quoted

SEED = 1
PATIENCE_SECONDS = 60

STUCK = (hcu.Stuck, rtl.Stuck, CommandFailed)
"""Chunks that do not go on, or that the board refuses."""

console = Console(highlight=False, soft_wrap=True)


def main():
    """Exit status 0 (PASS), 1 (FAIL) or 2 (wrong use, or nothing to test)."""
    try:
        chosen = board(BOARDS)
        port = _port()
        with SerialOpener(port, chosen.config.baud) as opener:
            work = kind(chosen.config).parts(SEED)
            status = test(chosen, port, opener, PATIENCE_SECONDS, work)
    except Usage as error:
        fail(f"make selftest: {error}")
    sys.exit(status)


def test(chosen, port, connect, patience_seconds, work):
    """Play everything; prints how it goes, and PASS or FAIL as the last line.

    Parameters
    ----------
    chosen : boards.board.Board
    port : str
        As the user has named it.
    connect : callable
        Gives a `dre.host.Client`.
    patience_seconds : float
        How long a cable may be pulled.
    work : list of onboard.part.Part
        What is played.

    Returns
    -------
    int
        Exit status.

    Raises
    ------
    Usage
        If there is nothing to test behind the port.
    """
    begun, progress = time.monotonic(), _progress()
    player = _player(kind(chosen.config), work, connect, progress, patience_seconds)
    failure = _failure(player.open, chosen, port)
    if not failure:
        with progress:
            failure = _failure(lambda: player.run(work), chosen, port)
    if failure:
        again = f"make selftest BOARD={chosen.name} PORT={quoted(port)}"
        return _ends("FAIL", f"{failure}; again: {again}")
    cuts = f", {player.cuts} cuts" if player.cuts else ""
    chunks = sum(part.size for part in work)
    what = f"{chunks} chunks, {player.decisions} decisions as the golden model's{cuts}"
    return _ends("PASS", f"{chosen.title}: {what}, {time.monotonic() - begun:.1f} s")


def _player(kind, work, connect, progress, patience_seconds):
    """A player whose progress is shown."""
    tasks = {part.name: progress.add_task(part.name, total=part.size) for part in work}

    def away(why):
        wait = f"waiting {patience_seconds:g} s for it to come back"
        progress.console.print(f"[yellow]{escape(why)}[/yellow]; {wait}")

    return Player(
        connect,
        kind,
        say=lambda part, done: progress.update(tasks[part.name], completed=done),
        away=away,
        patience_seconds=patience_seconds,
    )


def _failure(act, chosen, port):
    """Do something with the board; what is wrong, or None."""
    program = f"make program BOARD={chosen.name}"
    try:
        act()
    except AnotherDevice as error:
        raise Usage(f"on PORT={port} is another bitstream: {error}; {program}") from None
    except NoAnswer as error:
        ports = "most boards have two ports, and ours is the second"
        what = f"is not a board of ours: {error} ({ports}; {program})"
        raise Usage(f"PORT={port} {what}") from None
    except LineGone as error:
        raise Usage(str(error)) from None
    except (Differs, Gone, *STUCK, Silent, BadCommand) as error:
        return str(error)
    return None


def _ends(word, text):
    print(f"{word} {text}", flush=True)
    return 0 if word == "PASS" else 1


def _progress():
    columns = (TextColumn("{task.description:>12}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, TextColumn("chunks"), TimeElapsedColumn(), console=console)


class SerialOpener:
    """Gives clients of a serial port, one after the other."""

    def __init__(self, port, baud):
        self._port, self._baud, self._line = port, baud, None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._close()

    def _close(self):
        if self._line:
            self._line.close()
        self._line = None

    def __call__(self):
        self._close()  # an open port of a board that is away may keep its name from it
        self._line = SerialLine(self._port, self._baud)
        return Client(self._line)


def _port():
    if port := os.environ.get("PORT"):
        return port
    from serial.tools import list_ports

    found = ", ".join(one.device for one in list_ports.comports()) or "none"
    raise Usage(f"PORT must be a serial port; there are: {found}")


if __name__ == "__main__":
    main()
