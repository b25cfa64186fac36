"""The HCU at work, for upsets: chunks under way, judged; then reset, and chunks again."""

from hcu.scene import BUILD, ON_CHIP, begin
from hcu.workload import random_job
from streams import Stalls

STALLS = {
    name: Stalls(valid=0.8, ready=0.8) for name in ("hash_bits", "passes", "table", "assignments")
}
CONTEXTS = [1] if ON_CHIP else [1, 2]
CHUNKS = 3
LIMIT = 4_000
"""Cycles; chunks of a small build end in a tenth of that."""


class Operation:
    """What `verification.bench_upsets` does to the unit, beside upsetting it."""

    def __init__(self, dut, scene):
        self._dut, self._scene, self.rng = dut, scene, scene.rng

    async def some_cycles(self):
        """Offer chunks and stop somewhere in the middle of them."""
        self._offer(CHUNKS)
        await self._scene.engine.idle(self.rng.randint(1, 150))

    async def rest(self):
        """Let the chunks end, and judge everything; an AssertionError says what is off."""
        answers = await self._scene.engine.finish(LIMIT)
        self._scene.judge(answers)
        await self._scene.play(*self._jobs(1))  # what the upset has left behind may show now
        await self._scene.end()

    def reported(self):
        """Whether the unit itself says that something went wrong, beyond what did by itself."""
        status = self._scene.read("status")
        return any(bit and not self._scene.counts[name] for name, bit in status.items())

    async def recover(self):
        """Reset; then nothing may come out of itself, and all must be right again."""
        self._scene.engine.answers.clear()
        await self._scene.restart(forget=True)
        for _ in range(5):
            await self._scene.engine.idle(1)
            assert not self._dut.assignments__valid.value, "a beat of a forgotten chunk"
            if not ON_CHIP:
                assert not self._dut.passes__valid.value, "a pass for a forgotten chunk"
        await self._scene.play(*self._jobs(2))
        await self._scene.end()
        await self._scene.restart(forget=True)

    def _jobs(self, count):
        return [random_job(self.rng, BUILD, self._scene.golden, CONTEXTS) for _ in range(count)]

    def _offer(self, count):
        self._scene.engine.offer(*self._jobs(count))


async def start(dut):
    """A unit after reset."""
    return Operation(dut, await begin(dut, STALLS))
