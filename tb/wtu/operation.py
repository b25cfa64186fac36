"""The WTU at work, for upsets: chunks under way, judged; then reset, and chunks again."""

from streams import Stalls
from wtu.scene import BUILD, begin
from wtu.workload import random_job

STALLS = {
    name: Stalls(valid=0.8, ready=0.8)
    for name in ("chunks", "counts", "scores", "reads", "rows", "selected")
}
CHUNKS = 3
LIMIT = 8_000
"""Cycles; chunks of a small build end in a tenth of that."""


class Operation:
    """What `verification.bench_upsets` does to the unit, beside upsetting it."""

    def __init__(self, dut, scene):
        self._dut, self._scene, self.rng = dut, scene, scene.rng

    async def some_cycles(self):
        """Offer chunks and stop somewhere in the middle of them."""
        self._scene.engine.offer(*self._jobs(CHUNKS))
        await self._scene.engine.idle(self.rng.randint(1, 400))

    async def rest(self):
        """Let the chunks end, and judge everything; an AssertionError says what is off."""
        await self._finish()
        self._scene.engine.offer(*self._jobs(1))  # what the upset has left behind may show now
        await self._finish()
        await self._scene.end()

    def reported(self):
        """Whether the unit itself says that something went wrong, beyond what did by itself."""
        status = self._scene.read("status")
        return any(bit and not self._scene.counts[name] for name, bit in status.items())

    async def recover(self):
        """Reset; then nothing may come out of itself, and all must be right again."""
        self._scene.engine.answers.clear()
        await self._scene.restart()
        for _ in range(5):
            await self._scene.engine.idle(1)
            for name in ("reads", "rows", "selected"):
                assert not getattr(self._dut, f"{name}__valid").value, f"{name}: of the past"
        await self._scene.play(*self._jobs(2))
        await self._scene.end()
        await self._scene.restart()

    async def _finish(self):
        """Judge what is under way when it has ended; a unit that never ends may still move."""
        engine = self._scene.engine
        for _ in range(LIMIT):
            if not engine.busy:
                break
            await engine.idle(1)
        assert not engine.busy, f"no end after {LIMIT} cycles"
        self._scene.judge(await engine.finish())

    def _jobs(self, count):
        return [random_job(self.rng, BUILD) for _ in range(count)]


async def start(dut):
    """A unit after reset."""
    return Operation(dut, await begin(dut, STALLS))
