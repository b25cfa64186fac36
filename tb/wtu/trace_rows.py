"""The rows that a trace gives to the WTU, and what is wrong with the answers to them."""

from dataclasses import dataclass

import numpy as np

from resv import ReSV, wicsum, wicsum_integer
from resv.numerics import BF16
from wtu.chunks import Job
from wtu.golden import golden_rows, masks


@dataclass(frozen=True)
class Work:
    """One chunk of one layer and KV head.

    Attributes
    ----------
    chunk : int
        Its number in the trace.
    job : Job
        Its rows: tokens times the query heads of the KV head (spec D2).
    selected : ndarray of bool [clusters]
        What the rows select together, by ``resv.replay`` in the integer form.
    """

    chunk: int
    job: Job
    selected: np.ndarray


def every(trace, max_chunk, most_rows):
    """Take every how many'th chunk, so that about ``most_rows`` rows are left; 1: all of them."""
    layers, heads, tokens, _ = trace.q.shape
    return min(-(-layers * heads * tokens // most_rows), len(list(trace.chunks(max_chunk))))


def of_trace(trace, config, nth=1):
    """Yield `Work`: the last of every ``nth`` chunks, layer by layer, KV head by KV head.

    ``config`` must have a scale and the integer form of WiCSum.
    """
    stream = ReSV(config, engine="fast").start()
    TH = config.TH
    K, k = wicsum_integer.kappa(config.scale_for(trace.k.shape[3]))
    for chunk in trace.chunks(config.max_chunk):
        wanted = chunk.index % nth == nth - 1
        scores = list(_scores(stream, chunk)) if wanted else []
        step = stream.step(chunk.q, chunk.k, chunk.v, frame=chunk.frame, kind=chunk.kind)
        for context, rows in enumerate(scores):
            head = step.heads[context]
            selected = np.zeros(head.clusters_before, bool)
            selected[head.selected_clusters] = True
            yield Work(step.chunk, Job(context, rows, head.token_count, TH=TH, K=K, k=k), selected)


def _scores(stream, chunk):
    """Rows of each context against the table as it stands before the chunk: BF16 bits."""
    layers, heads, _, d = chunk.k.shape
    queries = chunk.q.reshape(layers, heads, -1, d)
    for at in np.ndindex(layers, heads):
        means = stream.table(*at).mean_keys() if stream.chunks else np.zeros((0, d), BF16)
        yield wicsum.scores(queries[at], means).view(np.uint16)


def differences(work, answer, judge, build):
    """What is wrong with an answer: nothing, or one text for each row that differs.

    ``judge`` holds a list of answers to the golden model, as `wtu.scene.Scene` does. The rows
    together must also select what ReSV has selected.
    """
    joined = [0] * -(-len(work.selected) // build.lanes)
    for row in answer.rows:
        joined = [beat | mask for beat, mask in zip(joined, row.masks, strict=False)]
    try:
        judge.judge([answer])
        assert joined == masks(work.selected, build.lanes), "ReSV selects other clusters"
    except AssertionError as difference:
        others = _rows_that_differ(answer, build)[1:]
        return [f"trace chunk {work.chunk}: {difference}", *(f"row {n}" for n in others)]
    return []


def _rows_that_differ(answer, build):
    """Numbers of the rows that are not those of the golden model, or are missing."""
    return [
        n
        for n, golden in enumerate(golden_rows(build, answer.job))
        if n >= len(answer.rows)
        or answer.rows[n].trailer != golden.trailer
        or answer.rows[n].masks != masks(golden.selected, build.lanes)
    ]
