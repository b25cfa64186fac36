"""Saved chunks, once more under a waveform: where a fast replay first went wrong.

BENCH settings: ``chunk``, the file; ``output``, a file for cycles and seconds, if given.
"""

import json
from pathlib import Path
from time import perf_counter

import cocotb

from engine import Job
from hcu import saved
from hcu.golden import preload
from hcu.scene import SETTINGS, begin
from streams import Stalls


@cocotb.test(timeout_time=10, timeout_unit="sec")
async def saved_chunk_is_clustered_as_in_the_golden_model(dut):
    """The chunks of the file on its tables; the last one is the one it is about."""
    what = saved.load(SETTINGS["chunk"])
    willing = {name: Stalls(valid=p, ready=p) for name, p in what.run.stalls.items()}
    scene = await begin(dut, willing, what.run.table_latency)
    for context, (words, members) in what.tables.items():
        preload(scene.engine, scene.golden, context, words, members)
    scene.engine.number = (what.run.first_number + what.index - len(what.chunks) + 1) % 2**16
    for chunk in what.chunks:
        limits = (chunk.Th_hd, chunk.max_clusters, chunk.cluster_cap)
        scene.engine.offer(Job(chunk.context, chunk.words, *limits))
    begun, start = scene.engine.now, perf_counter()
    answers = await scene.engine.finish(limit=10**9)
    seconds, cycles = perf_counter() - start, scene.engine.now - begun
    if "output" in SETTINGS:
        Path(SETTINGS["output"]).write_text(json.dumps({"cycles": cycles, "seconds": seconds}))
    scene.judge(answers)
    await scene.end()
