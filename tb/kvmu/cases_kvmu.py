"""Situations that must come with every seed, whoever gives the commands: a bench or a plan.

Each takes a `kvmu.scene_kvmu.Scene` or a `kvmu.planned_kvmu.Plan` in which no context exists.
"""

from kvmu.bad_kvmu import BAD
from kvmu.golden_kvmu import BAD_COMMAND, FREE, WRITE_FAILED
from kvmu.limits_kvmu import (
    a_cluster_too_many,
    all_slots,
    around_the_sinks,
    numbers_beyond_limits,
    numbers_that_come_back,
    slots_that_come_back,
)
from kvmu.packets_kvmu import assigned_faults, selected_faults
from kvmu.script_kvmu import Script, always, well
from kvmu.traffic_kvmu import Mix, Traffic, leaving_soon


async def a_frame(scene):
    """As little as may be: every page is a part of its own."""
    settings = {**leaving_soon(scene.build), "frames": 1}
    mix = Mix(fetch=1.0, free=0.0, selections=("all", "alternating"), settings=settings)
    await Traffic(scene, mix).run(35)


async def everything(scene):
    """One context with all frames, and as many slots as it can use."""
    settings = {"frames": scene.build.frames, "max_chunk": scene.build.max_chunk}
    mix = Mix(fetch=0.5, free=0.0, selections=("all", "some"), settings=settings)
    await Traffic(scene, mix).run(35)


async def far_memory_that_is_full(scene):
    """The ring fills, and a chunk is refused; what has been given back is used again."""
    settings = {**leaving_soon(scene.build), "frames": 1, "max_chunk": scene.build.max_chunk}
    mix = Mix(fetch=0.0, free=0.0, selections=("all", "one"), settings=settings, long=True)
    traffic = Traffic(scene, mix)
    while not scene.counts["refused"]:
        await traffic.next(0)
        await scene.finish()
        assert not scene.counts["bad_command"], "the context is full before far memory is"
    model = scene.golden.model
    assert not model.free_pages or model.free_extents < scene.build.page_entries
    mix.long, mix.fetch = False, 0.3
    await traffic.run(15)


async def every_part(scene):
    """Of nothing; of what is here; of pages that make room for each other, or stay."""
    script = Script(scene)
    await script.init(frames=min(2, scene.build.frames), sink_tokens=1)
    await script.append(0, 2)
    await script.see([], 0)
    await script.see([0], 0)
    await script.page(0)
    while len(script.state.pages) < 3:
        await script.append(0, 1)
    await script.see([0], 0)
    await scene.finish()
    if scene.build.frames > 1:
        await script.init(frames=2)
        for cluster in (0, 1):
            await script.page(cluster)
        await script.see([0], 1)
        await script.see([0, 1], 1)
        await script.see([0], 1)  # its frame is the first now, and becomes the last
    await scene.finish()


async def a_window(scene):
    """Of clusters whose pages are in the other order, and one cluster more."""
    script, count = Script(scene), scene.build.window + 1
    assert count <= min(scene.build.max_clusters, scene.build.far_pages), "the build has too few"
    held_back = count + scene.build.page_entries - 2
    await script.init(frames=min(2, scene.build.frames), held_back=held_back)
    for cluster in range(count):
        await script.append(cluster, 1)
    for cluster in reversed(range(count)):
        await script.page(cluster)
    await script.see(range(count), 0)
    await scene.finish()


async def every_failure(scene):
    """Of a write; of the first part's read, and of a later one's; for good, or not."""
    script, last = Script(scene), scene.build.retries
    await script.init()
    await script.page(0, always(scene.build))
    while len(script.state.pages) < 3:
        await script.append(0, 1, lambda page: last)
    await script.fetch([0], always(scene.build))
    await script.release(always(scene.build))
    await script.release(lambda page: last)
    await script.close(0)
    await script.see([0], 0)
    await scene.finish()


async def all_is_lost(scene):
    """A part of as many pages as there are frames; none of them can be read."""
    script, build = Script(scene), scene.build
    await script.init(frames=build.frames)
    while len(script.state.pages) < min(build.frames, build.far_pages):
        await script.append(0, build.max_chunk)
    await script.fetch([0], always(build))
    await script.close(0)
    await script.see([0], 0)
    await scene.finish()


async def far_memory_that_takes_nothing(scene):
    """No page can be written: the ring fills, chunks are refused, and then all goes on."""
    mix = Mix(free=0.0, fetch=0.5, settings=leaving_soon(scene.build))
    traffic = Traffic(scene, mix)
    traffic.failures = always(scene.build)
    while not scene.counts["refused"]:
        await traffic.next(0)
        await scene.finish()
    assert scene.over[WRITE_FAILED] > 0
    assert scene.counts["refused"] == 1
    assert scene.golden.model.counters(0).pages_written == 0
    del traffic.failures
    await traffic.run(10)


async def a_ring_that_is_full(scene):
    """Slots that came back are all used; then one cluster fills page after page."""
    script, most = Script(scene), scene.build.max_chunk
    await script.init(recent_tokens=1)
    for cluster in (0, 1):
        await script.append(cluster, 2)
    least = scene.build.page_entries - 1
    await script.init(recent_tokens=scene.build.near_slots - least - 2 * most)
    await script.append(0, 1, always(scene.build))
    while left := scene.build.near_slots - script.state.tokens:
        tokens = min(most, left)
        await script.append(1, tokens, always(scene.build) if tokens < left else well)
    await scene.finish()


async def every_bad_command(scene):
    """All that are possible, in every state of a context."""
    script = Script(scene)

    async def all_bad():
        for name, bad in BAD.items():
            command = bad(script)
            if command is not None:
                scene.seen[f"bad {name}"] += 1
                made = await scene.give(command)
                assert made.result["status"] == BAD_COMMAND, name

    await all_bad()
    await script.init()
    await all_bad()
    await script.grant(1)
    await all_bad()
    await script.fetch([])
    await all_bad()
    await script.close(0)
    await all_bad()
    await scene.finish()


async def every_wrong_packet(scene, stream):
    """Every fault of a packet, and packets that are well before and behind it."""
    build, how = scene.build, ("all", "some")
    contexts = tuple(sorted({0, build.contexts // 2}))
    for name, fault in faults_of(stream, build).items():
        for context in contexts:
            if scene.golden.state(context) is not None:
                await scene.give({"op": FREE, "context": context})
        own = (stream, {name: fault})
        traffic = Traffic(scene, Mix(contexts, 1.0, fault=0.7, selections=how, faults=own))
        before = scene.seen[f"{stream} {name}"]
        while scene.seen[f"{stream} {name}"] == before:
            await traffic.next(scene.rng.choice(contexts))
        await Traffic(scene, Mix(contexts, fetch=1.0)).run(3)
    await scene.finish()


def faults_of(stream, build):
    """What may be wrong with a packet of "selected" or "assigned", by name."""
    if stream == "selected":
        return selected_faults(build.lanes)
    return assigned_faults(build.max_clusters)


FULL = (everything, far_memory_that_is_full, all_slots, a_cluster_too_many)
WELL = (a_frame, around_the_sinks, every_part, a_window, *FULL, numbers_that_come_back)
OTHERS = (all_is_lost, slots_that_come_back)
FAILING = (every_failure, far_memory_that_takes_nothing, a_ring_that_is_full, *OTHERS)
CASES = (*WELL, *FAILING, every_bad_command, numbers_beyond_limits)
"""All that need nothing but a scene: memories that are well, that fail, commands that are wrong."""
