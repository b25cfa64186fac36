"""The memories at the ends of AXI ports: they keep to AXI, but nothing more than that.

They look at every rule that the master has to keep (`axi.rules`), answer late, in any order
and interleaved, push back on every channel, and fail as they are told.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from axi.rules import asked_burst

SLVERR, DECERR = 2, 3
OVERTAKING = 6
"""Bursts that may overtake each other; without a limit one could wait for ever."""

RESPONSES = {"slverr": SLVERR, "decerr": DECERR}


@dataclass(frozen=True)
class Habits:
    """How a memory behaves.

    Attributes
    ----------
    latency : tuple of int
        Least and most cycles from a request to its first beat, or from a last word to its answer.
    order : {"in order", "reordered", "interleaved"}
        Of answers: bursts as asked, bursts in any order, or beats of any burst.
    address, data, answer : float
        Probability in each cycle that a request is taken; a word taken; an answer offered.
    fate : callable
        What becomes of a burst: "ok", "slverr", "decerr", "never", "late", "short", "long".
    """

    latency: tuple[int, int] = (0, 3)
    order: str = "in order"
    address: float = 1.0
    data: float = 1.0
    answer: float = 1.0
    fate: Callable = field(default=lambda burst, rng: "ok")


def habits_of(rng: random.Random) -> Habits:
    """A memory of some kind or other."""
    return Habits(
        latency=rng.choice([(0, 0), (0, 5), (20, 60), (0, 120)]),
        order=rng.choice(["in order", "reordered", "interleaved"]),
        address=rng.choice([1.0, 0.5, 0.1]),
        data=rng.choice([1.0, 0.7, 0.3]),
        answer=rng.choice([1.0, 0.7, 0.3]),
    )


class Memory:
    """What both ends have in common: bursts that were asked for, and when they are due.

    Parameters
    ----------
    build : dre.kvmu.MoverConfig
    space : Region or Regions
        The bytes; what else reads or writes them may share it.
    rng : random.Random
    habits : Habits
    late_cycles : int
        How much later than others a late burst is answered.
    one_id : bool
        All bursts have one ID, so answers must be in order.
    """

    one_id = False

    def __init__(self, build, space, rng, habits, late_cycles):
        self._build, self._rng, self.habits = build, rng, habits
        self.space, self._late = space, late_cycles
        self._size = build.beat_bytes

    def _forget(self):
        self.stray = False  # answers that belong to nothing are put on the bus by the bench
        self.bursts, self.waiting = [], []
        self.withheld = []  # never answered
        self._used = set()

    def _admit(self, channel, now):
        """A request that has just been taken."""
        burst = asked_burst(channel, self._build, now)
        assert self.one_id or burst.id not in self._used, f"ID {burst.id} has a burst already"
        self._used.add(burst.id)
        self.space.check(burst.address, burst.beats * self._size)
        burst.fate, burst.length = self.habits.fate(burst, self._rng), burst.beats
        if burst.fate == "short":
            burst.length = self._rng.randint(1, max(1, burst.beats - 1))
        if burst.fate == "long" or (burst.fate == "short" and burst.length == burst.beats):
            burst.fate, burst.length = "long", burst.beats + self._rng.randint(1, 3)
        self.bursts.append(burst)
        return burst

    def _schedule(self, burst, now):
        """From when on it may be answered; what is never answered is kept apart."""
        burst.due = now + self._rng.randint(*self.habits.latency)
        if burst.fate == "late":
            burst.due += self._late
        if burst.fate == "never":
            self.withheld.append(burst)
        else:
            self.waiting.append(burst)

    def _choose(self, now, begun=None):
        """The burst that answers next."""
        if not self.waiting:
            return None
        due = [burst for burst in self.waiting if burst.due <= now]
        if self.one_id or self.habits.order == "in order":  # but nobody waits for a late one
            timely = [burst for burst in self.waiting if burst.fate != "late"]
            due = [burst for burst in due if burst.fate == "late" or burst is timely[0]]
        if not due:
            return None
        if begun in due and self.habits.order != "interleaved":
            return begun
        return self._rng.choice(due[:OVERTAKING])
