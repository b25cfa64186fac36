"""One chunk or many on one machine, event by event (D151).

Five resources are used by one at a time: engine, near memory (dram), the link's two directions
(link to near memory, out), DRE. Whoever waits is served by rank, then in the order of coming.
What uses two at once (an operation of the engine and its bytes) is done when both are.
"""

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import simpy

from resv.system.work import Layer, Operation, Work

RESOURCES = ("engine", "dram", "link", "out", "dre")


@dataclass(frozen=True)
class Interval:
    """A resource was used: from, to (seconds), by what, bytes moved, operations done."""

    resource: str
    begin: float
    end: float
    what: str
    bytes: float = 0.0
    flops: float = 0.0


@dataclass
class Machine:
    """The resources, and a log of who used them.

    Attributes
    ----------
    dram_rate, link_rate : float
        Bytes a second: of near memory for what comes and goes over the link, of the link outwards.
    keep : bool
        Keep the log; without it only what each resource did in all.
    ranked : frozenset of str
        Resources whose queues go by rank; the others by who came first.
    """

    dram_rate: float
    link_rate: float
    keep: bool = True
    ranked: frozenset[str] = frozenset(RESOURCES)
    env: simpy.Environment = field(default_factory=simpy.Environment)
    log: list[Interval] = field(default_factory=list)
    busy: dict[str, float] = field(default_factory=lambda: dict.fromkeys(RESOURCES, 0.0))

    def __post_init__(self) -> None:
        self._of = {name: simpy.PriorityResource(self.env) for name in RESOURCES}

    def _turn(self, name: str, rank: float) -> simpy.resources.resource.PriorityRequest:
        return self._of[name].request(priority=rank if name in self.ranked else 0.0)

    def use(
        self, name: str, seconds: float, what: str, *, size: float = 0.0, flops: float = 0.0,
        rank: float = 0.0,
    ) -> Generator[Any, Any, None]:  # fmt: skip
        """Wait for a resource, then use it."""
        with self._turn(name, rank) as turn:
            yield turn
            begin = self.env.now
            yield self.env.timeout(seconds)
            self.busy[name] += seconds
            if self.keep:
                self.log.append(Interval(name, begin, self.env.now, what, size, flops))

    def operate(self, one: Operation, rank: float) -> Generator[Any, Any, None]:
        """The engine computes while near memory is read; both must be done."""
        with self._turn("engine", rank) as turn:
            yield turn
            begin = self.env.now
            memory = self.env.process(
                self.use("dram", one.memory_seconds, one.name, size=one.bytes, rank=rank)
            )
            yield self.env.timeout(one.seconds) & memory
            self.busy["engine"] += self.env.now - begin
            if self.keep:
                self.log.append(
                    Interval("engine", begin, self.env.now, one.name, one.bytes, one.flops)
                )

    def chunk(self, work: Work, ahead: int, rank: float = 0.0) -> Generator[Any, Any, None]:
        """A chunk from its first operation to its last."""
        for one in work.first:
            yield from self.operate(one, rank)
        arrived = [self.env.event() for _ in work.layers]
        chosen = None
        for number, layer in enumerate(work.layers):
            if not work.hidden and layer.fetch:
                if chosen is not None:
                    yield chosen
                yield from self._fetch(layer, rank)
            for one in layer.before:
                yield from self.operate(one, rank)
            chosen = self.env.process(self._choose(layer, rank))
            if work.hidden:
                due = number + ahead
                now = range(number, due + 1) if number == 0 else range(due, due + 1)
                for wanted in now:
                    if wanted < len(work.layers):
                        asked = self._bring(chosen, work.layers[wanted], arrived[wanted], rank)
                        self.env.process(asked)
                yield arrived[number]
            if layer.written_bytes:
                self.env.process(self._leave(layer, rank))  # nobody waits for it
            for one in layer.after:
                yield from self.operate(one, rank)
        for one in work.last:
            yield from self.operate(one, rank)

    def _choose(self, layer: Layer, rank: float) -> Generator[Any, Any, None]:
        """The DRE; it reads again what does not fit in it."""
        one = layer.choice
        if one is None:
            return
        again = self.env.process(
            self.use("dram", one.memory_seconds, "spilled", size=one.bytes, rank=rank)
        )
        yield self.env.process(self.use("dre", one.seconds, "choice", rank=rank)) & again

    def _bring(
        self, chosen: Any, layer: Layer, arrived: Any, rank: float
    ) -> Generator[Any, Any, None]:
        yield chosen
        if layer.fetch:
            yield from self._fetch(layer, rank)
        arrived.succeed()

    def _fetch(self, layer: Layer, rank: float) -> Generator[Any, Any, None]:
        """Over the link, and into near memory at the same time."""
        one = layer.fetch
        into = self.use(
            "dram", one.read_bytes / self.dram_rate, "fetched", size=one.read_bytes, rank=rank
        )
        over = self.use("link", one.seconds, "fetch", size=one.read_bytes, rank=rank)
        yield self.env.process(over) & self.env.process(into)

    def _leave(self, layer: Layer, rank: float) -> Generator[Any, Any, None]:
        """New keys and values go to far memory, beside what comes."""
        size = layer.written_bytes
        over = self.use("out", size / self.link_rate, "written", size=size, rank=rank)
        read = self.use("dram", size / self.dram_rate, "leaves", size=size, rank=rank)
        yield self.env.process(over) & self.env.process(read)


def run_one(work: Work, dram_rate: float, link_rate: float, ahead: int) -> tuple[float, Machine]:
    """A chunk alone on a machine: seconds until it is done; the machine when all has left."""
    machine = Machine(dram_rate, link_rate)
    done = machine.env.process(machine.chunk(work, ahead))
    machine.env.run(done)
    seconds = machine.env.now
    machine.env.run()
    return seconds, machine
