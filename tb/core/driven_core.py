"""A DRE programmed by its driver, in a thread of its own, instead of by the bench."""

from cocotb.task import bridge, resume

from core.build_core import BUILD
from core.registers_core import Registers
from dre.driver import AccessRefused, Driver
from dre.kvmu.layouts import KVOp
from dre.layouts import ScoreMode

WAIT_CYCLES = 20


class SimulatedPort:
    """A `dre.driver.Port` to a simulation."""

    def __init__(self, master, clock):
        self._master, self._clock = master, clock

    def read(self, address):
        answer = resume(self._master.read)(address, 4)
        self._check(answer, address)
        return int.from_bytes(answer.data, "little")

    def write(self, address, word):
        self._check(resume(self._master.write)(address, word.to_bytes(4, "little")), address)

    def _check(self, answer, address):
        if answer.resp:
            raise AccessRefused(f"{address:#05x}: {answer.resp.name}")

    @resume
    async def wait(self):
        for _ in range(WAIT_CYCLES):
            await self._clock


class Driven(Registers):
    """As `Registers`; all that is written goes through a `dre.driver.Driver`."""

    def reset(self):
        super().reset()
        self._driver = None

    async def start(self, bases):
        self._driver = await bridge(Driver)(SimulatedPort(self.master, self._clock))
        assert self._driver.config == BUILD
        await bridge(self._driver.start)(**bases)

    async def set(self, hash_settings, score_settings):
        score = {name: int(value) for name, value in score_settings.items()}
        score["mode"] = ScoreMode(score["mode"])
        hashing = {name: int(value) for name, value in hash_settings.items()}
        await bridge(self._driver.configure)(**hashing, **score)

    async def give(self, command):
        more = {name: value for name, value in command.items() if value}
        op = KVOp(more.pop("op", 0))
        context, chunk = more.pop("context", 0), more.pop("chunk", 0)
        try:
            await bridge(self._driver.give)(op, context, chunk, **more)
        except AccessRefused:
            return False
        return True

    async def result(self):
        found = await bridge(self._driver.result)()
        return {
            **{"op": found.op.value, "context": found.context, "chunk": found.chunk},
            **{"status": found.status.value, "more": int(found.more), "count": found.count},
        }

    async def counts(self):
        return await bridge(self._driver.counts)()
