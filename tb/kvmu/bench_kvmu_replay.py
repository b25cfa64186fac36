"""A trace through the KVMU: what ReSV selects of each chunk, with its keys and values as they are.

BENCH settings: ``trace``, the file; ``config``, of ReSV; ``output``, where the measurements go;
``most_chunks``, how many: of a longer trace the first ones are taken. What is granted, delivered
and written is held to the golden model and to all keys and values appended, by the scene.
"""

import json
from functools import partial
from itertools import islice
from pathlib import Path

import cocotb
import numpy as np

import resv
from kvmu.scene_kvmu import BUILD, SETTINGS, begin
from kvmu.traced_kvmu import Traced, summed
from resv.replay import for_trace
from streams import Stalls

MOST_CHUNKS = 80
MIXES = {
    "ready": {},
    "stalls": {
        **{name: Stalls(valid=0.7) for name in ("commands", "selected", "assignments")},
        **{name: Stalls(ready=0.6) for name in ("results", "grants", "deliveries")},
    },
}


@cocotb.test(timeout_time=10, timeout_unit="sec", skip="trace" not in SETTINGS)
@cocotb.parametrize(mix=list(MIXES))
async def trace_is_moved_as_in_the_golden_model(dut, mix):
    """From empty to the last chunk, all layers and KV heads side by side, one context each."""
    trace = resv.load_trace(SETTINGS["trace"])
    config = for_trace(resv.Config.from_dict(SETTINGS["config"]), trace)
    layers, heads, *_ = trace.k.shape
    contexts = min(layers * heads, BUILD.contexts)
    scene = await begin(dut, MIXES[mix])
    scene.content = Content(trace)
    traced = Traced(scene, partial(timed, scene), config)
    await traced.begin(contexts)
    stream = resv.ReSV(config, engine="fast").start()
    chunks = trace.chunks(config.max_chunk)
    rows = []
    for chunk in islice(chunks, SETTINGS.get("most_chunks", MOST_CHUNKS)):
        step = stream.step(chunk.q, chunk.k, chunk.v, frame=chunk.frame, kind=chunk.kind)
        for context in range(contexts):
            head = step.heads[context]
            rows.append(summed(await traced.play(context, step.chunk, head), int))
    await scene.finish()
    if mix == "ready":
        Path(SETTINGS["output"]).write_text(json.dumps({"rows": rows}))


class Content:
    """Keys and values of a trace, as bytes of entries."""

    def __init__(self, trace):
        self._heads = trace.k.shape[1]
        self._k, self._v = (np.asarray(part).view(np.uint16) for part in (trace.k, trace.v))

    def __call__(self, life, token):
        layer, head = divmod(life[0], self._heads)
        return b"".join(part[layer, head, token].tobytes() for part in (self._k, self._v))


async def timed(scene, command, packet):
    """Give a command and let it end; returns what it brought about, and its cycles."""
    start = scene.cycles.now
    made = await scene.give(command, packet)
    while made in scene.pending:
        await scene.step()
    return made, scene.cycles.now - start
