"""A trace through the WTU: the rows of its chunks, layers and KV heads, against the golden model.

BENCH settings: ``trace``, the file; ``config``, of ReSV; ``output``, where the measurements go;
``most_rows``, about how many rows: of a longer trace only every so many'th chunk is taken.
"""

import json
from dataclasses import replace
from pathlib import Path

import cocotb

import resv
from dre.layouts import ScoreMode
from resv.replay import for_trace
from streams import Stalls
from wtu import limits, trace_rows
from wtu.golden import golden_rows
from wtu.scene import BUILD, SETTINGS, begin

MOST_ROWS = 4_000
PAPER = replace(  # which keeps all of a row
    BUILD, on_chip_clusters=BUILD.max_clusters, variant="bucket", buckets=20, axis="linear"
)
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
    pairs = list(zip(work, answers, strict=True))
    differences = [text for pair in pairs for text in trace_rows.differences(*pair, scene, BUILD)]
    if mix == "ready":
        rows = [row for pair in pairs for row in measured(*pair)]
        found = {"rows": rows, "mismatches": len(differences), "every": every}
        Path(SETTINGS["output"]).write_text(json.dumps(found))
    assert not differences, f"{len(differences)} differences; the first: {differences[0]}"
    await scene.end()


async def alone(scene, job):
    """The answer to a chunk that finds the unit idle."""
    scene.engine.offer(job)
    (answer,) = await scene.engine.finish()
    return answer


def measured(work, answer):
    """One chunk's rows as measurements.

    The first row of a chunk finds the unit idle: its cycles count from its last scores to its first
    mask. The others follow it: theirs count from trailer to trailer. Beside each stands what the
    paper's buckets would have made of it, by their golden model and spec D54, which
    `wtu.bench_wtu` and `wtu.bench_wtu_cycles` hold the control to.
    """
    before, counts = None, answer.job.token_count
    exact, buckets = (golden_rows(build, answer.job) for build in (BUILD, PAPER))
    for n, row in enumerate(answer.rows):
        yield {
            "chunk": work.chunk,
            "context": answer.job.context,
            "row": n,
            "clusters": len(work.selected),
            **{name: row.trailer[name] for name in ("entries", "mass", "total", "passes")},
            "decided": row.first_mask - answer.scores_sent[n] if not n and row.masks else None,
            "cycles": row.ended - before if n else None,
            "tokens": int(counts[exact[n].selected].sum()),
            "bucket_tokens": int(counts[buckets[n].selected].sum()),
            **_by_buckets(len(work.selected), buckets[n].trailer),
        }
        before = row.ended


def _by_buckets(clusters, trailer):
    """The same of the control, if it found a row idle."""
    passes = trailer["passes"]
    return {
        "bucket_entries": trailer["entries"],
        "bucket_decided": limits.first_mask_by_buckets(PAPER, clusters, ScoreMode.EXP, passes),
    }
