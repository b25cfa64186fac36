"""Streams in simulation: send, receive, and police every beat (spec D25).

One coroutine moves all streams of a bench. It drives after the rising edge and looks at the falling
edge, where both simulators agree.
"""

import random
from collections import deque
from dataclasses import dataclass

from cocotb.triggers import FallingEdge, RisingEdge

from pins import Pin


@dataclass(frozen=True)
class Stalls:
    """How often a side of a stream is willing, and how.

    Attributes
    ----------
    valid, ready : float
        Probability in each cycle that a waiting beat is offered, and that a beat is taken.
    lazy : bool
        ``ready`` only rises when ``valid`` is seen: a unit whose valid waits for ready then hangs.
    """

    valid: float = 1.0
    ready: float = 1.0
    lazy: bool = False


class Beat(int):
    """A payload, with what shall be on other ports while it is offered, and when it is there."""

    def __new__(cls, payload, beside=(), not_before=0):
        beat = super().__new__(cls, payload)
        beat.beside, beat.not_before = dict(beside), not_before
        return beat


class Police:
    """Handshake rules of one stream: a beat once offered stays, unchanged, until it is taken."""

    def __init__(self, name):
        self.name = name
        self.reset()

    def reset(self):
        self._offered = None

    def look(self, valid, ready, payload):
        if self._offered is not None:
            assert valid, f"{self.name}: a beat was withdrawn"
            assert payload == self._offered, (
                f"{self.name}: a beat changed from {self._offered:#x} to {payload:#x}"
            )
        self._offered = payload if valid and not ready else None


class Sender:
    """Drives one input stream of the device from a queue of `Beat`."""

    def __init__(self, dut, name, rng, stalls):
        self.name, self._rng, self._stalls, self._dut = name, rng, stalls, dut
        self._valid = Pin(getattr(dut, f"{name}__valid"))
        self._ready = Pin(getattr(dut, f"{name}__ready"))
        self._payload = Pin(getattr(dut, f"{name}__payload"))
        self._police = Police(name)
        self.reset()

    def reset(self):
        self.queue, self.sent = deque(), []
        self._offering = False
        self._rubbish = False  # is on the idle bus
        self._valid.value = 0
        self._police.reset()

    @property
    def offering(self):
        """Whether a beat is being offered in this cycle."""
        return self._offering

    def drive(self, now):
        if not self._offering:
            due = bool(self.queue) and self.queue[0].not_before <= now
            self._offering = due and self._rng.random() < self._stalls.valid
            if self._offering:
                self._payload.value = int(self.queue[0])
                for port, value in self.queue[0].beside.items():
                    getattr(self._dut, port).value = value
            elif not self._rubbish:
                self._payload.value = self._rng.getrandbits(len(self._payload))
            self._rubbish = not self._offering
        self._valid.value = int(self._offering)

    def observe(self, now):
        valid, ready = bool(self._valid.value), bool(self._ready.value)
        self._police.look(valid, ready, int(self._payload.value))
        if valid and ready:
            self.sent.append((now, self.queue.popleft()))
            self._offering = False


class Receiver:
    """Takes one output stream of the device and keeps (cycle, payload) of every beat."""

    def __init__(self, dut, name, rng, stalls):
        self.name, self._rng, self._stalls = name, rng, stalls
        self._valid = Pin(getattr(dut, f"{name}__valid"))
        self._ready = Pin(getattr(dut, f"{name}__ready"))
        self._payload = Pin(getattr(dut, f"{name}__payload"))
        self._police = Police(name)
        self.reset()

    def reset(self):
        self.beats = deque()
        self._seen = False
        self._ready.value = 0
        self._police.reset()

    def drive(self, now):
        willing = self._rng.random() < self._stalls.ready
        self._ready.value = int(willing and (self._seen or not self._stalls.lazy))

    def observe(self, now):
        valid, ready = bool(self._valid.value), bool(self._ready.value)
        payload = int(self._payload.value) if valid else None
        self._police.look(valid, ready, payload)
        self._seen = valid and not ready
        if valid and ready:
            self.beats.append((now, payload))


class Cycles:
    """Moves a bench: every agent's ``drive(now)`` and ``observe(now)``, once a cycle."""

    def __init__(self, dut, agents):
        self._dut, self._agents, self.now = dut, list(agents), 0
        self._rising, self._falling = RisingEdge(dut.clk), FallingEdge(dut.clk)

    async def reset(self, cycles=2):
        """Hold reset; what was under way on any stream is forgotten."""
        self._dut.rst.value = 1
        for agent in self._agents:
            agent.reset()
        for _ in range(cycles):
            await self._rising
        self._dut.rst.value = 0
        await self._falling

    async def step(self, cycles=1):
        """Let clock cycles pass."""
        for _ in range(cycles):
            await self._rising
            self.now += 1
            for agent in self._agents:
                agent.drive(self.now)
            await self._falling
            for agent in self._agents:
                agent.observe(self.now)


def fork(rng):
    """A generator of its own for each agent, so that one's use does not shift another's."""
    return random.Random(rng.getrandbits(64))
