"""Given rows through the WTU, each alone, then all back to back: cycles, and if they are right.

BENCH settings: ``rows``, a file of `wtu.row_files`; ``output``, a file for a list of objects, one a
group of rows.
"""

import json
from itertools import pairwise
from pathlib import Path

import cocotb

from wtu.row_files import load
from wtu.scene import SETTINGS, begin


@cocotb.test(timeout_time=5, timeout_unit="sec", skip="rows" not in SETTINGS)
async def given_rows(dut):
    """Every group of the file."""
    scene, found = await begin(dut), []
    for name, job in load(SETTINGS["rows"]):
        found.append({"name": name, "rows": len(job.rows), "clusters": job.rows.shape[1]})
        found[-1] |= await _play(scene, job)
    Path(SETTINGS["output"]).write_text(json.dumps(found, indent=1))


async def _play(scene, job):
    """Cycles from a row's last scores taken to its first mask, and between rows."""
    decided, wrong = [], 0
    for n in range(len(job.rows)):
        (answer,) = await _answers(scene, job.with_rows(job.rows[n : n + 1]))
        decided.append(answer.rows[0].first_mask - answer.scores_sent[0])
        wrong += _is_wrong(scene, answer)
    (answer,) = await _answers(scene, job)
    wrong += _is_wrong(scene, answer)
    ends = [row.ended for row in answer.rows]
    return {
        "decided": decided,
        "interval": [later - earlier for earlier, later in pairwise(ends)],
        "entries": [row.trailer["entries"] for row in answer.rows],
        "wrong": wrong,
    }


async def _answers(scene, job):
    scene.engine.offer(job)
    return await scene.engine.finish()


def _is_wrong(scene, answer):
    try:
        scene.judge([answer])
    except AssertionError as difference:
        cocotb.log.error(difference)
        return 1
    return 0
