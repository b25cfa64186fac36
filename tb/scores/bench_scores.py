"""The row reader against plain lists: every row of every chunk, once or twice, as the WTU asks."""

import random
from collections import Counter
from dataclasses import replace

import cocotb

from axi.memory import Habits
from scores.scene_scores import BUILD, MOST_ROWS, PAGE_BYTES, PAGES, begin
from streams import Stalls
from table.memory_table import some_habits

CHUNKS = 40
FATES = ("slverr", "decerr", "short", "long")
STREAMS = ("placed", "chunks", "reads", "scores")


def some_stalls(rng):
    """Every stream waits in its own way."""
    ways = [Stalls(), Stalls(0.5, 0.5), Stalls(0.9, 0.2), Stalls(1.0, 0.7, lazy=True)]
    return {name: rng.choice(ways) for name in STREAMS}


def sizes(rng, number):
    """Clusters and rows of a chunk; of the first ones, what must be seen."""
    most, most_rows = BUILD.max_clusters, min(MOST_ROWS, BUILD.max_rows)
    if number < 3:
        return (most, most, 0)[number], most_rows
    clusters = rng.choice([0, 1, most, rng.randint(1, most)])
    return clusters, rng.choice([0, 1, most_rows])


async def play(scene, chunks, seen):
    """So many chunks; the next ones are offered while the one at hand is read."""
    rng, offered = scene.rng, 0
    for number in range(chunks):
        while offered < min(number + 2, chunks):
            scene.offer(*sizes(rng, offered), gap=rng.randrange(3))
            offered += 1
        chunk = await scene.take()
        clusters, rows = chunk.header["clusters"], len(chunk.rows)
        times = 1 + number % 2
        if clusters:
            for row in range(rows):
                for _ in range(times):
                    scene.ask(chunk, row)
        seen["nothing to be read"] += not (clusters and rows)
        seen["rows read twice"] += bool(clusters) and rows > 1 and times == 2
        seen["rows read once"] += bool(clusters) and rows > 1 and times == 1
        seen["the longest row"] += clusters == BUILD.max_clusters and rows > 0


@cocotb.test()
@cocotb.parametrize(kind=["quick", "slow", "any"])
async def everything(dut, kind):
    """Random chunks under random stalls."""
    rng = random.Random(cocotb.RANDOM_SEED)
    choices = {
        "quick": (None, None),
        "slow": (some_stalls(rng), Habits(latency=(20, 60), answer=0.5)),
        "any": (some_stalls(rng), some_habits(rng)),
    }
    scene, seen = await begin(dut, *choices[kind]), Counter()
    await play(scene, CHUNKS, seen)
    await scene.end()
    wanted = ["nothing to be read", "the longest row"]
    wanted += ["rows read twice", "rows read once"] if BUILD.max_rows > 1 else []
    assert not [name for name in wanted if not seen[name]], seen


@cocotb.test()
async def the_most_rows(dut):
    """As many as there may be, or fill the memory, of one cluster each; the last one is right."""
    scene = await begin(dut)
    rows = min(BUILD.max_rows, PAGES * PAGE_BYTES // BUILD.burst_bytes)
    scene.offer(1, rows)
    chunk = await scene.take()
    for row in range(rows):
        scene.ask(chunk, row)
    await scene.end()
    assert len(scene.port.bursts) == rows


@cocotb.test()
@cocotb.parametrize(fate=[*FATES, "any"])
async def what_cannot_be_read(dut, fate):
    """A packet ends where its first beat is missing, and the next row is right."""
    scene = await begin(dut)
    fates = FATES if fate == "any" else [fate]

    def sometimes(burst, rng):
        return rng.choice(fates) if rng.random() < 0.3 else "ok"

    scene.port.habits = replace(some_habits(scene.rng), fate=sometimes)
    await play(scene, CHUNKS, Counter())
    await scene.until(lambda: not scene.answers.open)
    bursts = scene.port.bursts
    scene.counts["read_failed"] = sum(burst.fate != "ok" for burst in bursts)
    scene.counts["stray"] = sum(max(0, burst.length - burst.beats) for burst in bursts)
    assert scene.counts["read_failed"]
    await scene.end()


@cocotb.test()
async def silence(dut):
    """Rows end although nothing is answered; when the answers have come all is well again."""
    scene = await begin(dut)
    scene.offer(BUILD.max_clusters, 1)
    chunk = await scene.take()
    scene.answers.unsure, scene.port.silent = True, True
    scene.ask(chunk, 0)
    await scene.until(lambda: not scene.answers.open)
    assert scene.answers.cut == 1
    scene.port.silent = scene.answers.unsure = False
    await scene.settle()
    scene.answers.skip_to_now()
    counts = scene.read("counters")
    assert counts["read_failed"] == 1
    scene.counts.update(counts)
    await play(scene, 5, Counter())
    await scene.end()


@cocotb.test()
async def a_context_that_is_not_there(dut):
    """A packet without payload, an event, and no address."""
    scene = await begin(dut)
    scene.offer(1, 1, context=BUILD.contexts)
    scene.ask(await scene.take(), 0, empty=True)
    scene.counts["bad_request"] = 1
    await scene.until(lambda: not scene.answers.open)
    assert not scene.port.bursts
    await play(scene, 5, Counter())
    await scene.end()


@cocotb.test()
async def reset_at_any_moment(dut):
    """What was under way is forgotten, here and in memory; what comes then is right."""
    scene = await begin(dut, some_stalls(random.Random(cocotb.RANDOM_SEED)))
    for _ in range(8):
        scene.offer(BUILD.max_clusters, min(MOST_ROWS, BUILD.max_rows))
        chunk = await scene.take()
        for row in range(len(chunk.rows)):
            scene.ask(chunk, row)
        await scene.cycles.step(scene.rng.randrange(60))
        await scene.cycles.reset()
        scene.answers.skip_to_now()
        await play(scene, 2, Counter())
        await scene.end()
