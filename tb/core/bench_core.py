"""Whole chunks through the DRE: hash bits and scores in, keys and values out.

BENCH settings: ``trace``, the file; ``most_chunks``, how many of it; ``contexts``, how many;
``resv``, what is set otherwise than in the paper's configuration; ``held_back``.
"""

from dataclasses import replace

import cocotb

import resv
from core.scene_core import BUILD, SETTINGS, STREAMS, begin
from core.trace_core import of_trace
from dre.layouts import NO_CAP
from kvmu.peers import Habits
from resv.replay import for_trace
from streams import Stalls

HELD_BACK = 64
MIXES = {
    "ready": ({}, Habits(latency=(0, 4))),
    "stalls": (
        {name: Stalls(valid=0.6, ready=0.6) for name in STREAMS},
        Habits(latency=(0, 40), order="reordered", address=0.6, data=0.6, answer=0.7),
    ),
}


@cocotb.test(timeout_time=20, timeout_unit="ms", skip="trace" not in SETTINGS)
@cocotb.parametrize(mix=list(MIXES))
async def a_trace_from_hash_bits_to_attention(dut, mix):
    """Every intermediate is the golden model's, and so is the attention over what is delivered."""
    trace = resv.load_trace(SETTINGS["trace"])
    own = {"wicsum": "integer", "max_chunk": BUILD.max_chunk, **SETTINGS.get("resv", {})}
    config = replace(for_trace(resv.Config.paper(), trace), **own)
    contexts = min(SETTINGS.get("contexts", 1), BUILD.contexts)
    scene = await begin(dut, *MIXES[mix])
    await scene.begin(
        contexts, config, SETTINGS.get("held_back", HELD_BACK), BUILD.frames // contexts
    )
    settings = {
        "Th_hd": config.Th_hd,
        "max_clusters": min(config.max_clusters, BUILD.max_clusters),
        "cluster_cap": config.cluster_cap or NO_CAP,
    }
    scale = config.scale_for(trace.k.shape[3])
    for work in of_trace(trace, config, BUILD, contexts, SETTINGS.get("most_chunks")):
        await scene.chunk(work, settings, scale)
    await scene.end()
    dut._log.info(f"compared: {dict(scene.seen)}, cycles {scene.cycles.now}")
    for name in ("delivered", "pages written", "pages read", "pages hit", "assigned", "rows"):
        assert scene.seen[name], f"no {name}"
