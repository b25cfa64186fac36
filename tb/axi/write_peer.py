"""A memory that is written."""

from collections import deque

from axi.memory import RESPONSES, Memory
from axi.rules import ADDRESS, Channel


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
