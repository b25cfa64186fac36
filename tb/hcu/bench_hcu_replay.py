"""A trace through the HCU: every chunk of every layer and KV head, against the golden model.

BENCH settings: ``trace``, the file; ``config``, of ReSV; ``output``, where the measurements go.
"""

import json
from pathlib import Path

import cocotb

import resv
from engine import Job
from hcu.bench_hcu_cycles import bound
from hcu.scene import BUILD, SETTINGS, begin
from streams import Stalls

MIXES = {
    "ready": {},
    "stalls": {
        name: Stalls(valid=0.7, ready=0.6)
        for name in ("hash_bits", "passes", "table", "assignments")
    },
}


def chunks(trace, config):
    """The hash words of each chunk and head, with all that the golden model says of it."""
    for step in resv.replay(trace, config):
        for context, head in enumerate(step.heads):
            yield step, context, head


@cocotb.test(timeout_time=10, timeout_unit="sec")
@cocotb.parametrize(mix=list(MIXES))
async def trace_is_clustered_as_in_the_golden_model(dut, mix):
    """Every decision of the hardware is the one that ``resv select`` makes."""
    trace = resv.load_trace(SETTINGS["trace"])
    config = resv.Config.from_dict(SETTINGS["config"])
    scene = await begin(dut, MIXES[mix])
    work = list(chunks(trace, config))
    limits = (config.Th_hd, config.max_clusters, config.cluster_cap)
    scene.engine.offer(*(Job(context, head.words, *limits) for _, context, head in work))
    answers = await scene.engine.finish(limit=10**9)
    rows, mismatches = [], 0
    for (step, context, head), answer in zip(work, answers, strict=True):
        mismatches += count_mismatches(head, answer)
        rows.append(row(step, context, head, answer, rows[-1]["ended"] if rows else 0))
    if mix == "ready":
        Path(SETTINGS["output"]).write_text(json.dumps({"rows": rows, "mismatches": mismatches}))
    assert mismatches == 0, f"{mismatches} decisions differ from the golden model"
    scene.judge(answers)  # once more, from the words alone, with the trailers
    await scene.end()


def count_mismatches(head, answer):
    """Decisions of the step's golden model that the hardware has made otherwise, or not at all."""
    golden = head.assignments
    fields = {"cluster": "clusters", "founded": "founded", "full": "full", "distance": "distances"}
    missing = abs(len(golden) - len(answer.tokens))
    return missing + sum(
        any(token[field] != int(getattr(golden, name)[n]) for field, name in fields.items())
        for n, token in enumerate(answer.tokens[: len(golden)])
    )


def row(step, context, head, answer, before):
    """One chunk's measurements; ``before`` is the cycle of the trailer before its own.

    Its cycles count from the last word of its first group, when the search can begin, or from the
    trailer before, if words were loaded while the unit was still busy.
    """
    tokens = len(answer.tokens)
    return {
        "chunk": step.chunk,
        "kind": int(step.kind),
        "context": context,
        "tokens": tokens,
        "clusters": answer.clusters,
        "founded": int(head.founded.sum()),
        "full": int(head.full.sum()),
        "cycles": min(answer.cycles(BUILD.lanes), answer.ended - before) if tokens else 0,
        "bound": bound(tokens, answer.clusters) if tokens else 0,
        "ended": answer.ended,
    }
