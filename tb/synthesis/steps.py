"""What a long build does, and how long each part of it takes."""

import time
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Steps:
    """How long each step takes; tells of each when it begins.

    Attributes
    ----------
    say : callable
    seconds : dict of str to float
    """

    say: object
    seconds: dict = field(default_factory=dict)

    @contextmanager
    def step(self, name):
        """One of them."""
        self.say(name)
        begun = time.monotonic()
        yield
        self.seconds[name] = round(time.monotonic() - begun, 1)
