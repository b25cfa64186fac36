"""Figure 20: how much is retrieved, by layer and head."""

from typing import Any

import numpy as np

from resv.paper.at_threshold import TH_R, chunks, ratio
from resv.paper.shown import Say, Shown, Value
from resv.traces import Trace

PAPER = {"frames": 32.7, "text": 2.5}


def measure(trace: Trace, seed: int, say: Say) -> Shown:
    """Retrieval ratio of ReSV at Th_r = 0.3 in each layer and KV head.

    Raises
    ------
    ValueError
        If the trace has no chunks with far tokens.
    """
    del seed  # nothing is drawn
    found = list(chunks(trace, "resv", say, with_error=False))
    if not found:
        raise ValueError("trace must have chunks with far tokens")
    rows, kinds = [], list(dict.fromkeys(chunk.kind for chunk in found))
    heads = list(dict.fromkeys(chunk.at for chunk in found))
    for kind in kinds:
        for at in heads:
            own = [chunk for chunk in found if (chunk.kind, chunk.at) == (kind, at)]
            low, high = np.percentile([ratio([chunk]) for chunk in own], [10, 90])
            rows.append([kind, *at, ratio(own), float(low), float(high)])
    total = {kind: ratio([chunk for chunk in found if chunk.kind == kind]) for kind in kinds}

    return Shown(
        f"20, retrieval ratio of ReSV at Th_r {TH_R:g}",
        ["kind", "layer", "kv_head", "ratio_percent", "low_10_of_chunks", "high_90_of_chunks"],
        rows,
        "mean 32.7 % in frames, 2.5 % in text (ReKV 58.4 and 31.2, InfiniGenP 50.8 and 6.8)",
        "mean " + ", ".join(f"{value:.1f} % in {kind}" for kind, value in total.items()),
        "random weights: how sharp attention is comes from the regime. And far tokens are few: the "
        "clusters that the rows of a frame take first are a large part of them",
        lambda axis: _draw(axis, rows),
    )


def _draw(axis: Any, rows: list[list[Value]]) -> None:
    for kind in dict.fromkeys(row[0] for row in rows):
        own = [row for row in rows if row[0] == kind]
        heads = [f"{layer}.{kv_head}" for _, layer, kv_head, *_ in own]
        middle, low, high = (np.array([row[n] for row in own]) for n in (3, 4, 5))
        reach = np.maximum([middle - low, high - middle], 0)
        (line,) = axis.plot(heads, middle, "o", label=kind)
        axis.errorbar(heads, middle, reach, fmt="none", color=line.get_color(), alpha=0.5)
        axis.axhline(PAPER[kind], color=line.get_color(), linestyle=":", linewidth=1)
    axis.set(xlabel="layer.KV head (dotted: the paper's mean)", ylabel="retrieved, %")
    axis.set_ylim(bottom=0)
