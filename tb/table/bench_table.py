"""The table unit against plain lists: entries, counts, order, and every byte of memory."""

import random
from itertools import pairwise

import cocotb

from axi.memory import Habits
from dre.layouts import ChunkStatus
from streams import Stalls
from table.memory_table import some_habits
from table.scene_table import BUILD, LAYOUT, begin
from table.workload_table import Workload, some_stalls

TURNS = 40

WANTED = (
    *("a chunk without tokens", "the largest chunk", "founded", "a chunk that does not count"),
    *("nothing to be read", "a request behind another"),
)
LARGE_WANTED = ("joined twice", "founded and joined", "all in one")


@cocotb.test()
@cocotb.parametrize(kind=["quick", "slow", "any"])
async def everything(dut, kind):
    """Random work under random stalls; memory is compared at the end."""
    rng = random.Random(cocotb.RANDOM_SEED)
    choices = {
        "quick": (None, None),
        "slow": (some_stalls(rng), Habits(latency=(20, 60), data=0.5, answer=0.5)),
        "any": (some_stalls(rng), some_habits(rng)),
    }
    scene = await begin(dut, *choices[kind])
    work = Workload(scene)
    await work.open()
    await work.play(TURNS)
    await scene.end()
    wanted = WANTED + (LARGE_WANTED if BUILD.max_chunk > 1 else ())
    missing = [name for name in wanted if not work.seen[name]]
    assert not missing, f"never seen: {missing}"


@cocotb.test()
async def as_many_as_there_may_be(dut):
    """A context with all clusters, in the last place of the table; others are as they were."""
    scene = await begin(dut)
    work, last = Workload(scene), BUILD.contexts - 1
    while len(scene.plain.entries[last]) < BUILD.max_clusters:
        scene.decide(last, work.tokens(last, BUILD.max_chunk, "found"))
        await work.shown()
    scene.age(last, BUILD.max_clusters - 1)
    scene.age(last, 0)
    await work.shown()
    for clusters in {BUILD.max_clusters, 1, min(BUILD.lanes, BUILD.max_clusters), 0}:
        scene.ask_pass(last, clusters)
        scene.ask_counts(last, clusters)
    await scene.end()


@cocotb.test()
async def what_has_just_been_written(dut):
    """A request right behind a change waits for it; one of another context does not."""
    scene = await begin(dut, habits=Habits(latency=(20, 20)))
    work, other = Workload(scene), BUILD.contexts - 1
    scene.decide(0, work.tokens(0, 1))
    await scene.finish()
    if other:
        scene.decide(other, work.tokens(other, 1))
        await scene.finish()
    for _ in range(4):
        scene.decide(0, work.tokens(0, 1, "one"))
        scene.age(0, 0)
        await work.shown()
        scene.ask_counts(0)
        scene.ask_pass(0)
        await scene.finish()
        if other:
            await while_another_is_changed(scene, work, other)
    await scene.end()


async def while_another_is_changed(scene, work, other):
    """A context whose numbers are all in memory is answered while those of context 0 are not."""
    scene.writes_port.silent = True
    scene.decide(0, work.tokens(0, 1, "one"))
    await work.shown()
    for context in (other, 0):
        scene.ask_pass(context)
        scene.ask_counts(context)
    start = scene.cycles.now
    while len(scene.passes.open) > 1 or len(scene.tallies.open) > 1:
        await scene.cycles.step()
        assert scene.cycles.now - start < BUILD.timeout // 2 + 60, "it waits for another context"
    await scene.cycles.step(20)
    assert len(scene.passes.open) == len(scene.tallies.open) == 1, "context 0 does not wait"
    scene.writes_port.silent = False
    await scene.finish()


@cocotb.test()
async def entries_as_quick_as_memory(dut):
    """D102: passes over a full context follow each other without a gap, latency included."""
    latency = min(100, BUILD.fetch_bytes // BUILD.beat_bytes // 2)
    scene = await begin(dut, habits=Habits(latency=(latency, latency)))
    work = Workload(scene)
    clusters = BUILD.max_clusters
    scene.plain.entries[0] = [[scene.rng.getrandbits(BUILD.hash_bits), 1] for _ in range(clusters)]
    scene.plain.counts[0] = [0] * clusters
    LAYOUT.write(scene.space.content, scene.plain, 0)
    scene.image[:] = scene.space.content
    for _ in range(6):
        scene.ask_pass(0)
    ends = []
    while scene.passes.open:
        before = len(scene.passes.open)
        await scene.cycles.step()
        if len(scene.passes.open) < before:
            ends.append(scene.cycles.now)
    items = BUILD.burst_bytes // LAYOUT.entry_bytes
    beats = -(-clusters // items) * items * max(1, LAYOUT.entry_bytes * 8 // BUILD.data_bits)
    distance = max(later - sooner for sooner, later in pairwise(ends[2:]))
    assert distance <= beats + 4, f"{distance} cycles a pass of {beats}"
    await work.answered()
    await scene.end()


@cocotb.test()
@cocotb.parametrize(after=[3, 17, 60, 200])
async def reset_in_the_middle(dut, after):
    """Reset at any moment, of the memory's ports too: the unit begins anew, contexts too."""
    rng = random.Random(cocotb.RANDOM_SEED)
    scene = await begin(dut, some_stalls(rng), some_habits(rng))
    work = Workload(scene)
    for _ in range(3):
        for context in range(min(BUILD.contexts, 3)):
            scene.begin_anew(context)
            work.chunk(context)
        await work.shown()
        for context in range(min(BUILD.contexts, 3)):
            work.ask(context)
        await scene.cycles.step(after + rng.randint(0, 5))
        await scene.restart()
        for context in range(BUILD.contexts):
            scene.plain.begin(context)
        await work.play(3)
        await scene.end()


@cocotb.test()
async def nothing_at_all(dut):
    """Chunks of no tokens, requests of no clusters: headers, and no beat of memory."""
    scene = await begin(dut, {"table": Stalls(ready=0.5)})
    for context in range(min(BUILD.contexts, 3)):
        scene.decide(context, [])
        scene.decide(context, [], ChunkStatus.REFUSED)
        scene.ask_pass(context)
        scene.ask_counts(context)
        scene.ask_nothing(context)
    await scene.end()
    assert not scene.words_port.bursts
    assert not scene.tallies_port.bursts
    assert not scene.reads_port.bursts
