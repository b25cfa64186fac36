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
from axi.memory import Habits
from core.build_core import BUILD, SETTINGS, STREAMS
from core.scene_core import begin
from core.trace_core import of_trace
from dre.layouts import NO_CAP
from resv.replay import for_trace
from streams import Stalls

MOST_CHUNKS = {"ready": 24, "stalls": 10}
CONTEXTS = {"ready": 1, "stalls": 2}
"""Whose chunks go side by side."""

FAULTY_CHUNKS, FAILING = 6, (4, 8)
"""Chunks of a run with faults; numbers of those (of two contexts) that fail at first."""

RECENT_TOKENS, HELD_BACK = 40, 16
MIXES = {
    "ready": ({}, Habits(latency=(0, 4))),
    "stalls": (
        {name: Stalls(valid=0.6, ready=0.6) for name in STREAMS},
        Habits(latency=(0, 40), order="reordered", address=0.6, data=0.6, answer=0.7),
    ),
}


class Player:
    """A trace for a scene, chunk by chunk."""

    def __init__(self, contexts):
        self.trace = resv.load_trace(SETTINGS["trace"])
        self.config = replace(
            for_trace(resv.Config.paper(), self.trace),
            wicsum="integer",
            max_chunk=BUILD.max_chunk,
            recent_tokens=SETTINGS.get("recent_tokens", RECENT_TOKENS),
        )
        self.contexts = min(contexts, BUILD.contexts)

    async def play(self, scene, chunks, before=lambda number: False):
        """All of it from the beginning; ``before`` each chunk: whether the HCU fails at first.

        Returns
        -------
        list of dict
            As `core.scene_core.Scene.play`.
        """
        config, frames = self.config, BUILD.frames // self.contexts
        held_back = SETTINGS.get("held_back", HELD_BACK)
        await scene.begin(self.contexts, config, held_back, frames)
        settings = {
            "Th_hd": config.Th_hd,
            "max_clusters": min(config.max_clusters, BUILD.max_clusters),
            "cluster_cap": config.cluster_cap or NO_CAP,
        }
        scale, rows = config.scale_for(self.trace.k.shape[3]), []
        for works in of_trace(self.trace, config, BUILD, self.contexts, chunks):
            rows += await scene.play(works, settings, scale, before(works[0].number))
        return rows


@cocotb.test(timeout_time=20, timeout_unit="ms", skip="trace" not in SETTINGS)
@cocotb.parametrize(mix=list(MIXES))
async def a_trace_from_hash_bits_to_attention(dut, mix):
    """Every intermediate is the golden model's, and so is the attention over what is delivered."""
    scene = await begin(dut, *MIXES[mix])
    rows = await Player(CONTEXTS[mix]).play(scene, SETTINGS.get("most_chunks", MOST_CHUNKS)[mix])
    await scene.end()
    dut._log.info(f"compared: {dict(scene.seen)}, cycles {scene.cycles.now}")
    for name in ("delivered", "pages written", "pages read", "pages hit", "assigned", "rows"):
        assert scene.seen[name], f"no {name}"
    if mix == "ready" and "output" in SETTINGS:
        Path(SETTINGS["output"]).write_text(json.dumps({"rows": rows}))


@cocotb.test(timeout_time=20, timeout_unit="ms", skip="trace" not in SETTINGS)
async def a_table_that_cannot_be_read(dut):
    """Chunks that the HCU cannot decide are void, are given again, and nothing is different."""
    scene = await begin(dut)

    def before(number):
        fails = number in FAILING
        if fails:
            scene.spoil("words")
        return fails

    await Player(2).play(scene, FAULTY_CHUNKS, before)
    await scene.end(hcu={"table_out_of_step"}, table={"read_failed"}, kvmu={"void"})


@cocotb.test(timeout_time=20, timeout_unit="ms", skip="trace" not in SETTINGS)
async def a_table_that_is_lost(dut):
    """What cannot be written down breaks the table unit: it says so, nothing hangs, reset helps."""
    scene = await begin(dut)

    def before(number):
        if number == FAULTY_CHUNKS - 1:
            scene.spoil("changes")
        return False

    await Player(1).play(scene, FAULTY_CHUNKS, before)
    await scene.until(lambda: scene.state["broken"])
    assert scene.status("table") == {"broken"}
    scene.spoil(None)
    await scene.cycles.reset()
    await Player(1).play(scene, FAULTY_CHUNKS)
    await scene.end()
