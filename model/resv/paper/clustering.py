"""Figure 19: what clustering is for."""

from typing import Any

from resv.paper.at_threshold import TH_R, Chunk, chunks, ratio
from resv.paper.shown import Say, Shown
from resv.traces import Trace

VARIANTS = {
    "without clustering": ("resv:Th_hd=0:max_clusters=65535", TH_R),
    "ReSV": ("resv", TH_R),
    "finer clusters": ("resv:Th_hd=3", TH_R),
    "resv_plus": ("resv_plus", 0.8),  # of pooled weights: another threshold
}
"""Policies, and the Th_r of each."""

PAPER = {"without clustering": 1.6, "ReSV": 9.4}
"""Speed against FlexGen on a GPU at 40,000 tokens."""


def measure(trace: Trace, seed: int, say: Say) -> Shown:
    """Prediction, ratio and error in frames, with and without clusters.

    Raises
    ------
    ValueError
        If the trace has no frames with far tokens.
    """
    del seed  # nothing is drawn
    rows = []
    for name, (policy, Th_r) in VARIANTS.items():
        frames = [one for one in chunks(trace, policy, say, Th_r) if one.kind == "frames"]
        if not frames:
            raise ValueError("trace must have frames with far tokens")
        rows.append([name, Th_r, *_numbers(frames)])
    times = rows[0][2] / rows[1][2]

    def draw(axis: Any) -> None:
        for row in rows:
            axis.plot(row[2], row[5], "o", markersize=9)
            axis.annotate(
                f"{row[0]}, Th_r {row[1]:g}: {row[4]:.0f} % retrieved", row[2:6:3], xytext=(8, 6),
                textcoords="offset points", fontsize=8,
            )  # fmt: skip
        axis.set(xlabel="multiply-adds of prediction, chunk and KV head", ylabel="output error, %")
        axis.set_xscale("log")
        axis.set_xlim(right=5 * max(row[2] for row in rows))
        axis.set_ylim(0, 1.2 * max(row[5] for row in rows))

    return Shown(
        "19, with and without clustering, frames",
        ["variant", "Th_r", "multiply_adds", "table_bytes", "ratio_percent", "error_percent"],
        rows,
        f"ReSV is {PAPER['ReSV']:g} times as fast as FlexGen with clustering, "
        f"{PAPER['without clustering']:g} times without (40,000 tokens)",
        f"prediction takes {times:.1f} times fewer multiply-adds with clustering than without",
        "this counts work, not time: speed needs a model of the machine. Without clusters each "
        "token is one (Th_hd 0). At the same Th_r less is retrieved then",
        draw,
    )


def _numbers(frames: list[Chunk]) -> list[float]:
    rows = sum(chunk.rows for chunk in frames)
    last = {chunk.at: chunk.table_bytes for chunk in frames}
    return [
        sum(chunk.operations for chunk in frames) / len(frames),
        sum(last.values()) / len(last),
        ratio(frames),
        100 * sum(chunk.error for chunk in frames) / rows,
    ]
