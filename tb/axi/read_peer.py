"""A memory that is read."""

from axi.memory import RESPONSES, SLVERR, Memory
from axi.rules import ADDRESS, Channel


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
