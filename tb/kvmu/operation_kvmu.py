"""The KVMU at work, for upsets: commands under way, judged; then reset, and commands again."""

from cocotb.triggers import RisingEdge

from kvmu.scene_broken import BrokenScene
from kvmu.scene_kvmu import BUILD, begin
from kvmu.script_kvmu import Script
from kvmu.traffic_kvmu import Mix, Traffic
from kvmu.watched import Watched
from streams import Stalls

STALLS = {
    **{name: Stalls(valid=0.8) for name in ("commands", "selected", "assignments")},
    **{name: Stalls(ready=0.8) for name in ("results", "grants", "deliveries")},
}
CONTEXTS = tuple(sorted({0, BUILD.contexts - 1}))
LIMIT = 30_000
"""Cycles; the longest command of a small build ends in a tenth of that, timeouts included."""


class Operation:
    """What `verification.bench_upsets` does to the unit, beside upsetting it."""

    def __init__(self, dut, scene):
        self._dut, self._scene, self.rng = dut, scene, scene.rng
        self._work = None

    async def some_cycles(self):
        """Contexts with pages in far memory; then more commands, and a stop in their midst."""
        scene = self._scene
        script = Script(scene)
        await script.init(frames=min(2, BUILD.frames), sink_tokens=1)
        await script.append(0, 2 * BUILD.page_entries + 1)
        await scene.finish()
        scene.flips += 1  # one word may be corrected now
        traffic = Traffic(scene, Mix(CONTEXTS, fetch=1.0, selections=("all", "some")))
        self._work = Watched(self._dut, traffic.run(6))
        for _ in range(self.rng.randint(1, 500)):
            await RisingEdge(self._dut.clk)

    async def rest(self):
        """Let the commands end, and judge everything; an AssertionError says what is off."""
        await self._work.ends(LIMIT)
        self._work = Watched(self._dut, self._again())
        await self._work.ends(LIMIT)

    async def _again(self):
        """What the upset has left behind may show now."""
        script = Script(self._scene)
        if script.state is not None:
            while script.state.fetch is not None:
                await script.release()
            if script.state.granted:
                await script.end(
                    [0] * (script.state.granted - script.state.sinks_among(script.state.granted))
                )
            await script.see(range(script.state.clusters), 0)
        await self._scene.finish()

    def reported(self):
        """Whether the unit itself says that something went wrong, beyond what did by itself."""
        status = self._scene.read("status")
        return any(bit and not self._scene.counts[name] for name, bit in status.items())

    async def recover(self):
        """Reset; then nothing may come out of itself, and all must be right again."""
        if self._work is not None:
            self._work.stop()
        scene = self._scene
        await scene.restart()
        for _ in range(5):
            await scene.step()
            for name in ("results", "grants", "deliveries"):
                assert not bool(getattr(self._dut, f"{name}__valid").value), f"{name}: of the past"
        self._work = Watched(self._dut, self._small_work())
        await self._work.ends(LIMIT)
        await scene.restart()

    async def _small_work(self):
        script = Script(self._scene)
        await script.init()
        await script.append(0, BUILD.page_entries)
        await script.see([0], 0)
        await self._scene.finish()


async def start(dut):
    """A unit after reset."""
    return Operation(dut, await begin(dut, STALLS, kind=BrokenScene))
