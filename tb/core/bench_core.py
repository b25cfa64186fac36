"""Whole chunks through the DRE: hash bits and scores in, keys and values out.

BENCH settings: ``trace``, the file; ``most_chunks``, how many of it, by mix;
``recent_tokens``, ``held_back``: few, so that tokens leave for far memory soon; ``output``,
where the measurements go.
"""

import json
from pathlib import Path

import cocotb

from axi.memory import Habits
from core.build_core import BUILD, SETTINGS, STREAMS
from core.player_core import Player
from core.scene_core import begin
from streams import Stalls

MOST_CHUNKS = {"ready": 24, "stalls": 10}
CONTEXTS = {"ready": 1, "stalls": 2}
"""Whose chunks go side by side."""

FAULTY_CHUNKS, FAILING = 6, (4, 8)
"""Chunks of a run with faults; numbers of those (of two contexts) that fail at first."""

UNREAD = (3, 4)
"""Numbers of those (of one context) whose scores cannot be read."""

MIXES = {
    "ready": ({}, Habits(latency=(0, 4)), 0.0),
    "stalls": (
        {name: Stalls(valid=0.6, ready=0.6) for name in STREAMS},
        Habits(latency=(0, 40), order="reordered", address=0.6, data=0.6, answer=0.7),
        0.4,
    ),
}


@cocotb.test(timeout_time=20, timeout_unit="ms", skip="trace" not in SETTINGS)
@cocotb.parametrize(mix=list(MIXES))
async def a_trace_from_hash_bits_to_attention(dut, mix):
    """Every intermediate is the golden model's, and so is the attention over what is delivered."""
    stalls, habits, pauses = MIXES[mix]
    scene = await begin(dut, stalls, habits, pauses=pauses)
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


@cocotb.test(
    timeout_time=20, timeout_unit="ms", skip="trace" not in SETTINGS or not BUILD.reads_scores
)
async def scores_that_cannot_be_read(dut):
    """Everything is selected, so nothing that was wanted is missing; then all is as before."""
    scene = await begin(dut)

    def before(number):
        scene.unread = number in UNREAD
        scene.spoil("scores" if scene.unread else None)
        return False

    await Player(1).play(scene, FAULTY_CHUNKS, before)
    await scene.end(wtu={"scores_out_of_step"}, scores={"read_failed"})


@cocotb.test(timeout_time=20, timeout_unit="ms", skip="trace" not in SETTINGS)
async def a_table_that_is_lost(dut):
    """What cannot be written down breaks the table unit: it says so, nothing hangs, reset helps."""
    scene = await begin(dut)

    def before(number):
        if number == FAULTY_CHUNKS - 1:
            scene.spoil("changes")
        return False

    await Player(1).play(scene, FAULTY_CHUNKS, before)
    while not (await scene.state())["broken"]:
        pass
    assert await scene.status("table") == {"broken"}
    scene.spoil(None)
    await scene.start()
    await Player(1).play(scene, FAULTY_CHUNKS)
    await scene.end()
