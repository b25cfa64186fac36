"""Progress of what takes long, on a terminal and in a log."""

import sys
import time
from contextlib import contextmanager

EVERY = 60
"""Seconds between the lines of a log, at least."""


@contextmanager
def watching(console, what, clock=time.monotonic):
    """Show what is being done: as a status on a terminal, elsewhere as a line now and then.

    Parameters
    ----------
    console : rich.console.Console
    what : str
        What is said before anything else is.
    clock : callable
        Seconds.

    Yields
    ------
    callable
        Is told, as often as may be, what is being done.
    """
    with console.status(what) as status:
        if console.is_terminal:
            yield status.update
            return
        last = clock()

        def say(text):
            nonlocal last
            if clock() - last >= EVERY:
                last = clock()
                print(text, file=sys.stderr, flush=True)

        yield say
