"""The KVMU between memories that are well: every grant, delivery and page, whatever the stalls."""

import cocotb

from kvmu import coverage
from kvmu.golden_kvmu import FREE, OK, REFUSED
from kvmu.scene_kvmu import BUILD, begin
from kvmu.script_kvmu import Script
from kvmu.traffic_kvmu import SELECTIONS, Mix, Traffic
from streams import Stalls

CONTEXTS = tuple(sorted({0, BUILD.contexts // 2, BUILD.contexts - 1}))

MIXES = {
    "ready": {},
    "slow": {
        **{name: Stalls(valid=0.2) for name in ("commands", "selected", "assignments")},
        **{name: Stalls(ready=0.2) for name in ("results", "grants", "deliveries")},
    },
    "lazy": {
        **{name: Stalls(valid=0.7) for name in ("commands", "selected", "assignments")},
        **{name: Stalls(ready=0.7, lazy=True) for name in ("results", "grants", "deliveries")},
    },
}


@cocotb.test(timeout_time=40, timeout_unit="ms")
@cocotb.parametrize(mix=list(MIXES))
async def random_commands(dut, mix):
    """Several contexts, memories of any habit."""
    scene = await begin(dut, MIXES[mix])
    for _ in range(2):
        scene.habits()
        await Traffic(scene, Mix(CONTEXTS)).run(30)


@cocotb.test(timeout_time=40, timeout_unit="ms")
@cocotb.parametrize(how=list(SELECTIONS))
async def one_context(dut, how):
    """Selections of one kind: until far memory is full, or the context is."""
    scene = await begin(dut)
    await Traffic(scene, Mix(fetch=1.0, free=0.0, selections=(how,))).run(25)


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def a_frame(dut):
    """As little as may be: every page is a part of its own."""
    scene = await begin(dut)
    settings = {"frames": 1, "sink_tokens": 0, "held_back": BUILD.page_entries - 1}
    settings |= {"recent_tokens": 0}
    mix = Mix(fetch=1.0, free=0.0, selections=("all", "alternating"), settings=settings)
    await Traffic(scene, mix).run(35)


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def everything(dut):
    """One context with all frames, and as many slots as it can use."""
    scene = await begin(dut)
    settings = {"frames": BUILD.frames, "max_chunk": BUILD.max_chunk}
    mix = Mix(fetch=0.5, free=0.0, selections=("all", "some"), settings=settings)
    await Traffic(scene, mix).run(35)


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def far_memory_that_is_full(dut):
    """The ring fills, and a chunk is refused; what has been given back is used again."""
    scene = await begin(dut)
    settings = {"frames": 1, "sink_tokens": 0, "held_back": BUILD.page_entries - 1}
    settings |= {"recent_tokens": 0, "max_chunk": BUILD.max_chunk}
    mix = Mix(fetch=0.0, free=0.0, selections=("all", "one"), settings=settings, long=True)
    traffic = Traffic(scene, mix)
    while not scene.counts["refused"]:
        await traffic.next(0)
        await scene.finish()
        assert not scene.counts["bad_command"], "the context is full before far memory is"
    model = scene.golden.model
    assert not model.free_pages or model.free_extents < BUILD.page_entries
    mix.long, mix.fetch = False, 0.3
    await traffic.run(15)


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def every_part(dut):
    """Of nothing; of what is here; of pages that make room for each other, or stay."""
    scene = await begin(dut)
    script = Script(scene)
    await script.init(frames=min(2, BUILD.frames), sink_tokens=1)
    await script.append(0, 2)
    await script.see([], 0)
    await script.see([0], 0)
    await script.page(0)
    while len(script.state.pages) < 3:
        await script.append(0, 1)
    await script.see([0], 0)
    await scene.finish()
    if BUILD.frames > 1:
        await script.init(frames=2)
        for cluster in (0, 1):
            await script.page(cluster)
        await script.see([0], 1)
        await script.see([0, 1], 1)
        await script.see([0], 1)  # its frame is the first now, and becomes the last
    await scene.finish()


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def a_window(dut):
    """Of clusters whose pages are in the other order, and one cluster more."""
    scene = await begin(dut)
    script, count = Script(scene), BUILD.window + 1
    assert count <= min(BUILD.max_clusters, BUILD.far_pages), "the build has too few"
    held_back = count + BUILD.page_entries - 2
    await script.init(frames=min(2, BUILD.frames), held_back=held_back)
    for cluster in range(count):
        await script.append(cluster, 1)
    for cluster in reversed(range(count)):
        await script.page(cluster)
    await script.see(range(count), 0)
    await scene.finish()


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def all_slots(dut):
    """One more than there are is refused; exactly as many are all granted."""
    scene = await begin(dut)
    script, least = Script(scene), BUILD.page_entries - 1
    room = BUILD.near_slots - least - 2 * BUILD.max_chunk
    sinks = min(scene.rng.randint(0, room), 255)
    for more, status in ((1, REFUSED), (0, OK)):
        made = await script.init(sink_tokens=sinks, recent_tokens=room - sinks + more)
        assert made.result["status"] == status
    for one in range(1, BUILD.contexts):
        assert (await Script(scene, one).init()).result["status"] == REFUSED
    for _ in range(-(-BUILD.near_slots // BUILD.max_chunk)):
        await script.append(0, min(BUILD.max_chunk, BUILD.max_tokens - script.state.tokens))
    await scene.finish()


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def contexts_that_end(dut):
    """Early, in every state: what they had is given back and used again."""
    scene = await begin(dut)
    await Traffic(scene, Mix(CONTEXTS, free=0.2)).run(50)


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def quiesce_drains(dut):
    """What has begun ends; nothing more is begun until it is released."""
    scene = await begin(dut)
    traffic = Traffic(scene, Mix(CONTEXTS, fetch=1.0))
    for _ in range(6):
        await traffic.run(4)
        await traffic.next(CONTEXTS[0])
        await scene.step(scene.rng.randint(0, 100))
        scene.quiet = True
        await scene.drained()
        ended = sum(scene.over.values())
        await scene.give({"op": FREE, "context": 4095})  # which does not exist: soon answered
        await scene.step(100)
        assert sum(scene.over.values()) == ended, "a command was begun while quiet"
        scene.quiet = False
        await scene.finish()


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def reset_in_mid_operation(dut):
    """From any moment on: VALIDs are 0 at once, nothing is left over, and all goes on."""
    scene = await begin(dut)
    for _ in range(4):
        scene.habits()
        traffic = Traffic(scene, Mix(CONTEXTS, fetch=1.0))
        await traffic.run(scene.rng.randint(5, 20))
        task = cocotb.start_soon(traffic.run(20))
        for _ in range(scene.rng.randint(1, 600)):
            await cocotb.triggers.RisingEdge(dut.clk)
        task.cancel()
        await scene.restart()
        await scene.step()
        for port in ("far", "near"):
            for name in ("arvalid", "awvalid", "wvalid"):
                assert not bool(getattr(dut, f"{port}__{name}").value), f"{port} {name}"
        for name in ("results", "grants", "deliveries"):
            assert not bool(getattr(dut, f"{name}__valid").value), f"{name} after reset"


@cocotb.test()
async def every_situation_has_been_seen(dut):
    """Functional coverage of the cases above; only meaningful when all of them have run."""
    missing = coverage.missing(BUILD, "plain")
    assert not missing, f"never seen: {', '.join(missing)}"
