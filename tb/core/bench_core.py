"""Whole chunks through the DRE: hash bits and scores in, keys and values out.

BENCH settings: ``trace``, the file; ``most_chunks``, how many of it, by mix;
``recent_tokens``, ``held_back``: few, so that tokens leave for far memory soon; ``output``,
where the measurements go.
"""

import json
from dataclasses import replace
from pathlib import Path

import cocotb

import resv
from core.scene_core import BUILD, SETTINGS, STREAMS, begin
from core.trace_core import of_trace
from dre.layouts import NO_CAP
from kvmu.peers import Habits
from resv.replay import for_trace
from streams import Stalls

MOST_CHUNKS = {"ready": 24, "stalls": 10}
CONTEXTS = {"ready": 1, "stalls": 2}
"""Whose chunks go side by side."""

RECENT_TOKENS, HELD_BACK = 40, 16
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
    config = replace(
        for_trace(resv.Config.paper(), trace),
        wicsum="integer",
        max_chunk=BUILD.max_chunk,
        recent_tokens=SETTINGS.get("recent_tokens", RECENT_TOKENS),
    )
    contexts = min(CONTEXTS[mix], BUILD.contexts)
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
    most = SETTINGS.get("most_chunks", MOST_CHUNKS)[mix]
    rows = []
    for works in of_trace(trace, config, BUILD, contexts, most):
        rows += await scene.play(works, settings, scale)
    await scene.end()
    dut._log.info(f"compared: {dict(scene.seen)}, cycles {scene.cycles.now}")
    for name in ("delivered", "pages written", "pages read", "pages hit", "assigned", "rows"):
        assert scene.seen[name], f"no {name}"
    if mix == "ready" and "output" in SETTINGS:
        Path(SETTINGS["output"]).write_text(json.dumps({"rows": rows}))
