"""The KVMU's lists at their ends: pools used up and given back, many clusters, all frames."""

from itertools import cycle, islice

import cocotb

from axi.memory import Habits
from kvmu.golden_kvmu import BAD_COMMAND, FREE, OK, REFUSED
from kvmu.scene_kvmu import BUILD, begin
from kvmu.script_kvmu import Script
from kvmu.traffic_kvmu import Mix, Traffic

SOME = 8
"""Contexts that are looked at, if there are more."""

WAYS = {"one after the other": 1, "side by side": BUILD.max_clusters}
"""How many clusters a page's tokens are of: pages run out, or extents do."""


@cocotb.test(timeout_time=40, timeout_unit="ms")
@cocotb.parametrize(way=list(WAYS))
async def pools_come_round(dut, way):
    """All pages, extents and frames are used; given back they are used again, to the last one."""
    scene = await begin(dut)
    model = scene.golden.model
    for again in (False, True):
        script = Script(scene)
        await script.init(frames=BUILD.frames)
        clusters = cycle(range(WAYS[way]))
        while model.free_pages and model.free_extents >= BUILD.page_entries:
            count = min(BUILD.max_chunk, BUILD.max_tokens - script.state.tokens)
            assert count, "the context is full before far memory is"
            assert (await script.grant(count)).result["status"] == OK
            await script.end(list(islice(clusters, count)))
        if again and script.state.granted == 0:
            await script.fetch(range(script.state.clusters))  # every page there is
        await script.give(FREE)
        assert len(model.free_pages) == BUILD.far_pages
    await scene.finish()


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def clusters_that_fill_pages_together(dut):
    """Several have a page's entries before one is written: they leave in the order of that."""
    scene = await begin(dut)
    script, entries = Script(scene), BUILD.page_entries
    count = min(3, BUILD.max_clusters)
    await script.init(held_back=count * (entries - 1))
    for cluster in range(count):
        await script.append(cluster, entries - 1)
    for clusters in ([*range(count)], [*reversed(range(count))]):
        for first in range(0, len(clusters), BUILD.max_chunk):
            some = clusters[first : first + BUILD.max_chunk]
            assert (await script.grant(len(some))).result["status"] == OK
            await script.end(some)
    assert script.state.pages, "no page has left"
    await script.see(range(count), 0)
    await scene.finish()


@cocotb.test(timeout_time=40, timeout_unit="ms", skip=BUILD.max_chunk < BUILD.page_entries)
async def the_last_cluster_leaves(dut):
    """It has grown last, and fills a page: what comes next is behind those that were before it."""
    scene = await begin(dut)
    script, half = Script(scene), BUILD.page_entries // 2
    await script.init(held_back=BUILD.page_entries)
    for cluster in (0, 1):
        await script.append(cluster, half)
    await script.page(2)
    await script.append(2, 1)
    assert [len(script.state.extents[cluster]) for cluster in range(3)] == [1, 1, 1]
    await script.see(range(3), 0)
    await scene.finish()


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def clusters_that_share_a_page(dut):
    """It is one page, whoever wants it: read once, hit once, and in one frame."""
    scene = await begin(dut)
    script = Script(scene)
    await script.init(frames=min(2, BUILD.frames))
    clusters = [0, 1] * (BUILD.page_entries // 2)
    for first in range(0, len(clusters), BUILD.max_chunk):
        some = clusters[first : first + BUILD.max_chunk]
        assert (await script.grant(len(some))).result["status"] == OK
        await script.end(some)
    assert len(script.state.pages) == 1, "the clusters do not share a page"
    await script.see([0, 1], 2)
    await script.page(2)
    made = await script.fetch([0, 1, 2])
    assert (made.counts["pages_hit"], made.counts["pages_read"]) == (1, int(BUILD.frames > 1))
    await script.close(2)
    await scene.finish()


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def as_many_pages_as_can_be_under_way(dut):
    """From a memory that is far away; then every other page fails."""
    scene = await begin(dut)
    # A job has to be read and written before it is given up.
    longest = min(300, BUILD.timeout // 2 - 60)
    scene.habits(lambda rng: Habits(latency=(100, longest)))
    script = Script(scene)
    count = min(BUILD.max_clusters, BUILD.far_pages, BUILD.frames, 2 * BUILD.jobs + 1)
    await script.init(frames=count)
    for cluster in range(count):
        await script.page(cluster)
    made = await script.fetch(range(count))
    assert made.counts["pages_read"] + made.counts["pages_hit"] >= min(count, BUILD.frames)
    await script.close(0)
    for first in (0, 1):
        await script.init(frames=count)
        for cluster in range(count):
            await script.page(cluster)
        await script.fetch(range(count), _every_other(first))
        await script.close(0)
    await scene.finish()


def _every_other(first):
    """Pages that fail for good, in the order in which they are asked for; the others do once."""
    times, once = {}, min(1, BUILD.retries)

    def fails(page):
        return times.setdefault(page, once if len(times) % 2 == first else BUILD.retries + 1)

    return fails


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def all_contexts(dut):
    """Each has lists of its own, and all take from the same pools."""
    scene = await begin(dut)
    contexts = scene.rng.sample(range(BUILD.contexts), min(SOME, BUILD.contexts))
    traffic = Traffic(scene, Mix(tuple(contexts), fetch=0.7, free=0.02))
    for context in contexts:
        await traffic.next(context)
    await traffic.run(20 * len(contexts))
    for context in contexts:
        if scene.golden.state(context) is not None:
            await scene.give({"op": FREE, "context": context})
    await scene.finish()


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def numbers_to_their_ends(dut):
    """The first and the last chunk number, position and cluster."""
    scene = await begin(dut)
    script = Script(scene)
    await script.init(recent_tokens=min(2, BUILD.near_slots // 8), sink_tokens=1)
    for chunk in (0, 2**16 - 1, 2**15, 0x5555, 0xAAAA):
        scene.chunk = chunk - 1
        await script.see([], 0)
    clusters, status = cycle(range(BUILD.max_clusters)), OK
    while status == OK and script.state.tokens < BUILD.max_tokens:
        count = min(BUILD.max_chunk, BUILD.max_tokens - script.state.tokens)
        status = (await script.grant(count)).result["status"]
        if status == OK:
            await script.end(list(islice(clusters, count)))
    if status == OK:
        assert (await script.grant(1)).result["status"] == BAD_COMMAND
    else:
        assert status == REFUSED, "neither far memory is full nor the context"
    await script.give(FREE)
    await scene.finish()


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def settings_of_any_size(dut):
    """Every bit of them: what is too much is refused, whichever it is."""
    scene = await begin(dut)
    script, layout = Script(scene), BUILD.command
    for name in ("sink_tokens", "recent_tokens", "max_chunk", "held_back", "frames"):
        bits = layout[name].width
        for value in (2**bits - 1, *(1 << bit for bit in range(bits))):
            made = await script.init(**{name: value})
            assert made.result["status"] in (OK, REFUSED, BAD_COMMAND)
    if script.state is None:
        await script.init()
    bits = layout["tokens"].width
    for value in (2**bits - 1, *(1 << bit for bit in range(BUILD.max_chunk.bit_length(), bits))):
        made = await scene.give({**script.grant_command(0), "tokens": value})
        assert made.result["status"] == BAD_COMMAND
    await scene.finish()
