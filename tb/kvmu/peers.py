"""The memories at the ends of the movers: they keep to AXI, but nothing more than that.

They look at every rule that the master has to keep (`kvmu.axi_rules`), answer late, in any order
and interleaved, push back on every channel, and fail as they are told.
"""

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from kvmu.axi_rules import ADDRESS, Channel, asked_burst

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


class ReadPeer(Memory):
    """What is read: channels AR and R of a port."""

    def __init__(self, dut, port, build, space, rng, habits, late_cycles=0):
        super().__init__(build, space, rng, habits, late_cycles)
        self._ar = Channel(dut, port, "ar", ADDRESS)
        self._r = Channel(dut, port, "r", ("id", "data", "resp", "last"))
        self.reset()

    def reset(self):
        self._forget()
        self._offered = self._begun = None
        self._rubbish = False  # is on the idle bus
        self.refused_beats = 0
        self._ar.police.reset()
        self._r.police.reset()
        self._ar.ready.value = self._r.valid.value = 0

    def answer_nobody(self, identity):
        """From the next cycle on, until ``stray`` is 0: a beat that nobody asked for."""
        self.stray = True
        self._r.id.value, self._r.last.value = identity, identity % 2

    def drive(self, now):
        if self.stray:
            self._r.valid.value = 1
            return
        self._ar.ready.value = int(self._rng.random() < self.habits.address)
        if self._offered is None and self._rng.random() < self.habits.answer:
            self._offered = self._choose(now, self._begun)
            if self._offered:
                self._put(self._offered)
        self._r.valid.value = int(self._offered is not None)
        if self._offered is None and not self._rubbish:
            self._r.id.value = self._rng.getrandbits(len(self._r.id))
            self._r.last.value = self._rng.getrandbits(1)
            self._r.resp.value = self._rng.getrandbits(2)
        self._rubbish = self._offered is None

    def observe(self, now):
        _, taken = self._ar.look()
        if taken:
            burst = self._admit(self._ar, now)
            self._schedule(burst, now)
        _, moved = self._r.look()
        if self.stray:
            return
        self.refused_beats += self._offered is not None and not moved
        if moved:
            burst = self._begun = self._offered
            burst.moved += 1
            self._offered = None
            if burst.moved == burst.length:
                self.waiting.remove(burst)
                self._used.discard(burst.id)
                self._begun = None

    def _put(self, burst):
        at = burst.moved
        failing = at == burst.due % burst.length  # some beat of it
        response = RESPONSES.get(burst.fate, 0) if failing else 0
        if burst.fate == "late" and self._rng.random() < 0.1:
            response = SLVERR
        address = burst.address + min(at, burst.beats - 1) * self._size
        self._r.id.value = burst.id
        self._r.data.value = int.from_bytes(self.space.load(address, self._size), "little")
        self._r.resp.value = response
        self._r.last.value = int(at == burst.length - 1)


class WritePeer(Memory):
    """What is written: channels AW, W and B of a port. What has failed may be written or not.

    With one ID words land when they are acknowledged, no sooner: a read before sees what was.

    Attributes
    ----------
    apart : bool
        Nothing may be written where a write has not been answered: it could land behind it (D86).
    whole : bool
        All bytes of a word are written.
    """

    apart = False
    whole = True

    def __init__(self, dut, port, build, space, rng, habits, late_cycles=0):
        super().__init__(build, space, rng, habits, late_cycles)
        self._aw = Channel(dut, port, "aw", ADDRESS)
        self._w = Channel(dut, port, "w", ("data", "strb", "last"))
        self._b = Channel(dut, port, "b", ("id", "resp"))
        self._all = (1 << self._size) - 1
        self.reset()

    def reset(self):
        self._forget()
        self._addressed, self._words, self._inside = deque(), deque(), False
        self.words, self.first_word, self.last_word = 0, None, None
        self._offered = None
        self._rubbish = False  # is on the idle bus
        for channel in (self._aw, self._w, self._b):
            channel.police.reset()
        self._aw.ready.value = self._w.ready.value = self._b.valid.value = 0

    def answer_nobody(self, identity):
        """From the next cycle on, until ``stray`` is 0: an answer to no write."""
        self.stray = True
        self._b.id.value = identity

    def drive(self, now):
        if self.stray:
            self._b.valid.value = 1
            return
        self._aw.ready.value = int(self._rng.random() < self.habits.address)
        self._w.ready.value = int(self._rng.random() < self.habits.data)
        if self._offered is None and self._rng.random() < self.habits.answer:
            self._offered = self._choose(now)
            if self._offered:
                self._b.id.value = self._offered.id
                self._b.resp.value = RESPONSES.get(self._offered.fate, 0)
        self._b.valid.value = int(self._offered is not None)
        if self._offered is None:
            self._b.id.value = self._rng.getrandbits(len(self._b.id))

    def observe(self, now):
        offered, taken = self._aw.look()
        if taken:
            burst = self._admit(self._aw, now)
            if self.apart:
                self._keep_apart(burst)
            self._addressed.append(burst)
        there, moved = self._w.look()
        assert there or not self._inside, "a pause within a burst"
        if there:
            assert self._addressed or offered, "a word before its address"
        if moved:
            lanes, last = int(self._w.strb.value), bool(self._w.last.value)
            assert lanes == self._all or not self.whole, "a part of a beat"
            self._words.append((int(self._w.data.value), lanes, last))
            self.words, self.last_word = self.words + 1, now
            self.first_word = self.first_word or now
        self._inside = (self._inside or moved) and not (moved and last)
        while self._addressed and self._words:
            self._write(now, *self._words.popleft())
        if self._b.look()[1] and not self.stray:
            self._land(self._offered)
            self.waiting.remove(self._offered)
            self._used.discard(self._offered.id)
            self._offered = None

    def _land(self, burst):
        """What of a burst has come is in memory now."""
        for address, lanes, data in burst.words if burst.applied else ():
            if lanes != self._all:
                old = self.space.load(address, self._size)
                data = bytes(new if lanes >> n & 1 else old[n] for n, new in enumerate(data))
            self.space.store(address, data)
        burst.words.clear()

    def _keep_apart(self, burst):
        begin, end = burst.address, burst.address + burst.beats * self._size
        for other in (*self._addressed, *self.waiting, *self.withheld):
            clear = end <= other.address or other.address + other.beats * self._size <= begin
            assert clear, f"{begin:#x} is written, but {other.address:#x} may still land"

    def _write(self, now, word, lanes, last):
        burst = self._addressed[0]
        if burst.moved == 0:
            burst.applied = burst.fate not in RESPONSES or self._rng.random() < 0.5
        burst.moved += 1
        assert last == (burst.moved == burst.beats), "WLAST at the wrong word"
        address = burst.address + (burst.moved - 1) * self._size
        burst.words.append((address, lanes, word.to_bytes(self._size, "little")))
        if not self.one_id:
            self._land(burst)
        if last:
            self._addressed.popleft()
            self._schedule(burst, now)


def habits_of(rng: random.Random) -> Habits:
    """A memory of some kind or other."""
    return Habits(
        latency=rng.choice([(0, 0), (0, 5), (20, 60), (0, 120)]),
        order=rng.choice(["in order", "reordered", "interleaved"]),
        address=rng.choice([1.0, 0.5, 0.1]),
        data=rng.choice([1.0, 0.7, 0.3]),
        answer=rng.choice([1.0, 0.7, 0.3]),
    )
