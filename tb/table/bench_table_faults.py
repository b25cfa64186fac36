"""What memory does to the table unit: errors, odd bursts, silence (spec D98, D100)."""

import random
from dataclasses import replace

import cocotb

from axi.memory import Habits
from dre.layouts import ChunkStatus
from table.memory_table import some_habits
from table.scene_table import BUILD, LAYOUT, begin
from table.workload_table import Workload, some_stalls

FATES = ("slverr", "decerr", "short", "long")
ROUNDS, MOST_ROUNDS = 30, 300
"""Of requests while bursts fail; and of those in which a packet must have ended too early."""


def sometimes(fates):
    """A third of the bursts has something."""
    return lambda burst, rng: rng.choice(fates) if rng.random() < 0.3 else "ok"


async def filled(scene, work):
    """Contexts with something in them, in memory; the first one is full."""
    for context in range(min(BUILD.contexts, 3)):
        for _ in range(4):
            scene.decide(context, work.tokens(context, BUILD.max_chunk, "mixed"))
            await work.shown()
        scene.age(context, 0)
    while len(scene.plain.entries[0]) < BUILD.max_clusters:
        scene.decide(0, work.tokens(0, BUILD.max_chunk, "found"))
        await work.shown()
    await scene.finish()


def count_faults(scene):
    """What the unit must have counted of what was read."""
    bursts = [burst for port in (scene.words_port, scene.tallies_port) for burst in port.bursts]
    scene.counts["read_failed"] = sum(burst.fate != "ok" for burst in bursts)
    scene.counts["stray"] = sum(max(0, burst.length - burst.beats) for burst in bursts)


@cocotb.test()
@cocotb.parametrize(fate=[*FATES, "any"])
async def what_cannot_be_read(dut, fate):
    """A packet ends where its first beat is missing, and not where it would look right."""
    scene = await begin(dut)
    rng, work = scene.rng, Workload(scene)
    await filled(scene, work)
    port_habits = some_habits(rng)
    for port in (scene.words_port, scene.tallies_port):
        port.habits = replace(port_habits, fate=sometimes(FATES if fate == "any" else [fate]))
    # Any beat of a burst that is all payload can be the first that is missing.
    sizes = ((scene.passes, LAYOUT.entry_bytes), (scene.tallies, 2))
    cut = [one for one, size in sizes if BUILD.max_clusters * size >= BUILD.burst_bytes]
    for rounds in range(MOST_ROUNDS):  # of many bursts only the last beat can be missing: by chance
        if rounds >= ROUNDS and all(requests.cut for requests in cut):
            break
        work.ask(rng.choice([0, rng.randrange(min(BUILD.contexts, 3))]))
        if rng.random() < 0.5:
            await work.answered()
    await scene.finish()
    assert all(requests.cut for requests in cut)
    count_faults(scene)
    await scene.end()


@cocotb.test()
@cocotb.parametrize(name=["words", "tallies"])
async def silence(dut, name):
    """Who asks gets an end, whatever memory does; when the answers have come all is well again."""
    scene = await begin(dut, some_stalls(random.Random(cocotb.RANDOM_SEED)))
    work, port = Workload(scene), getattr(scene, f"{name}_port")
    requests = scene.passes if name == "words" else scene.tallies
    ask = scene.ask_pass if name == "words" else scene.ask_counts
    await filled(scene, work)
    for silent_from in (0, 3, 20):
        port.habits = Habits(latency=(0, scene.rng.choice([0, 10])))
        requests.unsure, cut = True, requests.cut
        for _ in range(3):
            ask(0)
        await scene.cycles.step(silent_from)
        port.silent = True
        ask(0)
        await work.answered()
        assert requests.cut > cut, "the last one cannot have been read"
        before = sum(burst.moved for burst in port.bursts)
        asked = len(port.bursts)
        for _ in range(4):
            ask(0)
        await work.answered()
        assert len(port.bursts) == asked, "memory is asked although it does not answer"
        port.silent = False
        await scene.settle()
        scene.counts["read_failed"] += 1
        scene.counts["stray"] += sum(b.moved for b in port.bursts[:asked]) - before
        requests.unsure = False
        requests.skip_to_now()
        for _ in range(3):
            ask(0)
        await scene.finish()
    await scene.end()


async def break_it(scene, work, how):
    """Something that has to be changed cannot be."""
    if how.endswith("silence"):
        scene.writes_port.silent = True
        scene.reads_port.silent = how.startswith("read")
    elif how.startswith("read"):
        fate = how.split()[1]
        scene.reads_port.habits = Habits(fate=lambda burst, rng: fate)
    else:
        fate = how.split()[1]
        scene.writes_port.habits = Habits(fate=lambda burst, rng: fate)
    scene.decide(0, work.tokens(0, 1, "one"))
    await work.shown()
    await scene.until(lambda: scene.read("state")["broken"])


@cocotb.test()
@cocotb.parametrize(
    how=[
        *("read slverr", "read decerr", "read long", "read silence"),
        *("write slverr", "write decerr", "write silence"),
    ]
)
async def broken(dut, how):
    """Nothing is changed any more, nobody waits, and reset ends it."""
    scene = await begin(dut)
    work = Workload(scene)
    scene.decide(0, work.tokens(0, 1))
    await scene.finish()
    untouched = bytes(scene.space.content)
    await break_it(scene, work, how)
    if how.endswith("silence"):
        await scene.cycles.step(50)
        assert not scene.read("state")["idle"], "an answer is still to come"
    quiet = Habits()
    scene.reads_port.habits = scene.writes_port.habits = quiet
    scene.reads_port.silent = scene.writes_port.silent = False
    await scene.settle()
    before = bytes(scene.space.content)
    assert before == untouched or how.startswith("write"), "what was not read has been written"
    strays = scene.read("counters")["stray"]  # depends on what was under way
    changed = len(scene.writes_port.bursts), len(scene.reads_port.bursts)
    for requests in (scene.passes, scene.tallies):
        requests.skip_to_now()
    for _ in range(3):
        scene.ask_empty(0)
        scene.decide(0, work.tokens(0, 1, "one"), counts=False)
        scene.age(0, 0, counts=False)
        await scene.finish()
    assert scene.space.content == before
    assert (len(scene.writes_port.bursts), len(scene.reads_port.bursts)) == changed
    scene.counts["broken"], scene.counts["stray"] = 1, strays
    scene.check_monitor()
    await scene.restart()
    for context in range(BUILD.contexts):
        scene.plain.begin(context)
    await work.play(3)
    await scene.end()


@cocotb.test()
async def beats_for_nobody(dut):
    """What comes without having been asked for is taken, counted, and changes nothing."""
    scene = await begin(dut)
    work = Workload(scene)
    await filled(scene, work)
    for port in (scene.words_port, scene.tallies_port, scene.reads_port, scene.writes_port):
        port.answer_nobody(0)
        await scene.cycles.step(3)
        port.stray = False
        scene.counts["stray"] += 3
        await scene.cycles.step(3)
    await work.play(4)
    await scene.end()


@cocotb.test()
async def more_than_is_added_at_once(dut):
    """One cluster ages for as long as memory lets it wait; nothing of it gets lost."""
    scene = await begin(dut, habits=Habits(latency=(BUILD.timeout - 30, BUILD.timeout - 30)))
    work = Workload(scene)
    scene.decide(0, work.tokens(0, 1))
    await scene.finish()
    for _ in range(700):
        scene.age(0, 0)
    scene.decide(0, [], ChunkStatus.OK)
    await scene.end()
