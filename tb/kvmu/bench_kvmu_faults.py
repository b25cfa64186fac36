"""The KVMU between memories that fail: what is not moved is said, and nothing else is lost."""

import cocotb

from axi.memory import Habits
from kvmu import coverage
from kvmu.cases_kvmu import FAILING, always
from kvmu.golden_kvmu import READ_FAILED, WRITE_FAILED
from kvmu.scene_kvmu import BUILD, begin
from kvmu.script_kvmu import Script
from kvmu.traffic_kvmu import Mix, Traffic, leaving_soon

CONTEXTS = tuple(sorted({0, BUILD.contexts - 1}))
ALWAYS = always(BUILD)


@cocotb.test(timeout_time=40, timeout_unit="ms")
@cocotb.parametrize(case=FAILING)
async def a_case(dut, case):
    """One of those that come with every seed."""
    await case(await begin(dut))


@cocotb.test(timeout_time=40, timeout_unit="ms")
@cocotb.parametrize(fail=[0.1, 0.6])
async def pages_fail(dut, fail):
    """Some recover when they are ordered again, some do not."""
    scene = await begin(dut)
    for _ in range(2):
        scene.habits()
        await Traffic(scene, Mix(CONTEXTS, fetch=1.0, fail=fail)).run(30)


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def pages_fail_in_parts(dut):
    """Frames are few, so failed pages, resident ones and parts that follow meet."""
    scene = await begin(dut)
    settings = {**leaving_soon(BUILD), "frames": min(2, BUILD.frames)}
    mix = Mix(fetch=1.0, free=0.0, fail=0.4, selections=("all", "some"), settings=settings)
    await Traffic(scene, mix).run(45)


MUTE = {
    "far reads": ("fetching", "read", READ_FAILED),
    "near writes": ("fetching", "write", READ_FAILED),
    "near reads": ("offloading", "read", WRITE_FAILED),
    "far writes": ("offloading", "write", WRITE_FAILED),
}
"""What does not answer, or late: whose moves, their side, and what results say then."""


async def _with_pages(scene, pages):
    """Traffic of one context that has so many pages; everything leaves as soon as it can."""
    traffic = Traffic(scene, Mix(fetch=0.0, free=0.0, settings=leaving_soon(BUILD)))
    while len(scene.golden.state(0).pages if scene.golden.state(0) else ()) < pages:
        await traffic.next(0)
    traffic.mix.fetch, traffic.mix.selections = 1.0, ("all",)
    await scene.finish()
    return traffic


async def _until(scene, traffic, reached):
    """Commands until something has been reached."""
    while not reached():
        await traffic.next(0)
        await scene.finish()


async def _mute(scene, traffic, what):
    """Nothing that is asked for comes, until a result says so; then all is well again."""
    name, side, status = MUTE[what]
    moves, before = getattr(scene, name), scene.over[status]
    moves.dead = {side: "late"}
    traffic.failures = ALWAYS
    await _until(scene, traffic, lambda: scene.over[status] > before)
    assert scene.read("state")["idle"]
    moves.dead = {}
    del traffic.failures
    await scene.drained()


@cocotb.test(timeout_time=80, timeout_unit="ms")
@cocotb.parametrize(what=list(MUTE))
async def a_memory_that_does_not_answer(dut, what):
    """Everything that was to be moved is not, in time; when it answers again, all is there."""
    scene = await begin(dut)
    traffic = await _with_pages(scene, 1)
    await _mute(scene, traffic, what)
    moved = "from_far" if MUTE[what][0] == "fetching" else "pages_written"
    before = scene.counts[moved]
    await _until(scene, traffic, lambda: scene.counts[moved] > before)


@cocotb.test(timeout_time=80, timeout_unit="ms")
async def writes_that_are_acknowledged_late(dut):
    """Where a page may still land nothing else is put before it is known (D86)."""
    scene = await begin(dut)
    scene.habits(lambda rng: Habits(latency=(0, 30)))
    traffic = await _with_pages(scene, min(2, BUILD.far_pages - 1))
    for what in ("near writes", "far writes"):
        await _mute(scene, traffic, what)
        await traffic.run(5)


@cocotb.test(timeout_time=80, timeout_unit="ms", skip=not BUILD.retries)
@cocotb.parametrize(moves=["fetching", "offloading"])
async def a_write_that_is_acknowledged_late(dut, moves):
    """When it has been, the page is ordered again, and nothing is missing (D86)."""
    scene = await begin(dut)
    scene.habits(lambda rng: Habits(latency=(0, 30)))
    script = Script(scene)
    await script.init(frames=min(2, BUILD.frames))
    for _ in range(2):
        getattr(scene, moves).only = ("write", "late")
        await script.page(0, lambda page: int(moves == "offloading"))
        await script.fetch([0], lambda page: int(moves == "fetching"))
        await script.close(0)
    assert scene.seen[f"{getattr(scene, moves).name} recovers from a late answer"] > 0
    await scene.finish()
    await scene.drained()


@cocotb.test()
async def every_situation_has_been_seen(dut):
    """Functional coverage of the cases above; only meaningful when all of them have run."""
    missing = coverage.missing(BUILD, "faults")
    assert not missing, f"never seen: {', '.join(missing)}"
