"""A trace through the WTU: the rows of its chunks, layers and KV heads, against the golden model.

BENCH settings: ``trace``, the file; ``config``, of ReSV; ``output``, where the measurements go;
``most_rows``, about how many rows: of a longer trace only every so many'th chunk is taken.
"""

import json
from dataclasses import replace
from pathlib import Path

import cocotb
import numpy as np

import resv
from resv.replay import for_trace
from streams import Stalls
from wtu import trace_rows
from wtu.golden import golden_rows, masks
from wtu.scene import BUILD, SETTINGS, begin

MOST_ROWS = 4_000
MIXES = {
    "ready": {},
    "stalls": {
        name: Stalls(valid=0.7, ready=0.6)
        for name in ("chunks", "counts", "scores", "reads", "rows", "selected")
    },
}


@cocotb.test(timeout_time=10, timeout_unit="sec", skip="trace" not in SETTINGS)
@cocotb.parametrize(mix=list(MIXES))
async def trace_is_thresholded_as_in_the_golden_model(dut, mix):
    """Every row's selection and sums are the golden model's, every chunk's what ReSV selects.

    With all streams ready a chunk finds the unit idle, as between two layers; with stalls the
    chunks follow each other at once.
    """
    trace = resv.load_trace(SETTINGS["trace"])
    config = for_trace(resv.Config.from_dict(SETTINGS["config"]), trace)
    config = replace(config, wicsum="integer")
    every = trace_rows.every(trace, config.max_chunk, SETTINGS.get("most_rows", MOST_ROWS))
    work = list(trace_rows.of_trace(trace, config, every))
    scene = await begin(dut, MIXES[mix])
    jobs = [one.job for one in work]
    if mix == "stalls":
        scene.engine.offer(*jobs)
        answers = await scene.engine.finish()
    else:
        answers = [await alone(scene, job) for job in jobs]
    differences = [
        text
        for one, answer in zip(work, answers, strict=True)
        for text in judge(scene, one, answer)
    ]
    if mix == "ready":
        rows = [
            row for one, answer in zip(work, answers, strict=True) for row in measured(one, answer)
        ]
        found = {"rows": rows, "mismatches": len(differences), "every": every}
        Path(SETTINGS["output"]).write_text(json.dumps(found))
    assert not differences, f"{len(differences)} differences; the first: {differences[0]}"
    await scene.end()


async def alone(scene, job):
    """The answer to a chunk that finds the unit idle."""
    scene.engine.offer(job)
    (answer,) = await scene.engine.finish()
    return answer


def judge(scene, work, answer):
    """What is wrong with an answer: nothing, or a text for each row that differs."""
    joined = np.zeros(len(work.selected), bool)
    for beat, mask in answer.parts:
        for lane in range(BUILD.lanes):
            joined[beat * BUILD.lanes + lane :][:1] |= mask >> lane & 1 == 1
    try:
        scene.judge([answer])
        assert (joined == work.selected).all(), "the selection is not the one of `resv select`"
    except AssertionError as difference:
        wrong = rows_that_differ(answer)
        return [f"trace chunk {work.chunk}: {difference}"] + [f"row {n}" for n in wrong[1:]]
    return []


def rows_that_differ(answer):
    """Numbers of the rows that are not those of the golden model, or are missing."""
    return [
        n
        for n, golden in enumerate(golden_rows(answer.job))
        if n >= len(answer.rows)
        or answer.rows[n].trailer != golden.trailer
        or answer.rows[n].masks != masks(golden.selected, BUILD.lanes)
    ]


def measured(work, answer):
    """One chunk's rows as measurements.

    The first row of a chunk finds the unit idle: its cycles count from its last scores to its first
    mask. The others follow it: theirs count from trailer to trailer.
    """
    before = None
    for n, row in enumerate(answer.rows):
        yield {
            "chunk": work.chunk,
            "context": answer.job.context,
            "row": n,
            "clusters": len(work.selected),
            **{name: row.trailer[name] for name in ("entries", "mass", "total", "passes")},
            "decided": row.first_mask - answer.scores_sent[n] if not n and row.masks else None,
            "cycles": row.ended - before if n else None,
        }
        before = row.ended
