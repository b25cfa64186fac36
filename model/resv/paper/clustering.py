"""Figure 19: what clustering is for."""

from typing import Any

from resv.paper.at_threshold import TH_R, Chunk, chunks, ratio
from resv.paper.shown import Say, Shown
from resv.traces import Trace

VARIANTS = {
    "without clustering": "resv:Th_hd=0:max_clusters=65535",
    "ReSV": "resv",
    "finer clusters": "resv:Th_hd=3",
    "resv_plus": "resv_plus",
}
PAPER = {"without clustering": 1.6, "ReSV": 9.4}
"""Speed against FlexGen on a GPU at 40,000 tokens."""


def measure(trace: Trace, seed: int, say: Say) -> Shown:
    """Prediction, ratio and error in frames at Th_r = 0.3, with and without clusters.

    Raises
    ------
    ValueError
        If the trace has no frames with far tokens.
    """
    del seed  # nothing is drawn
    rows = []
    for name, policy in VARIANTS.items():
        frames = [chunk for chunk in chunks(trace, policy, say) if chunk.kind == "frames"]
        if not frames:
            raise ValueError("trace must have frames with far tokens")
        rows.append([name, *_numbers(frames)])
    times = rows[0][1] / rows[1][1]

    def draw(axis: Any) -> None:
        for row in rows:
            axis.plot(row[1], row[4], "o", markersize=9)
            axis.annotate(
                f"{row[0]}, {row[3]:.0f} % retrieved", (row[1], row[4]), xytext=(8, 6),
                textcoords="offset points", fontsize=8,
            )  # fmt: skip
        axis.set(xlabel="multiply-adds of prediction, chunk and KV head", ylabel="output error, %")
        axis.set_xscale("log")
        axis.set_xlim(right=5 * max(row[1] for row in rows))
        axis.set_ylim(bottom=0)

    return Shown(
        f"19, with and without clustering at Th_r {TH_R:g}, frames",
        ["variant", "multiply_adds", "table_bytes", "ratio_percent", "error_percent"],
        rows,
        f"ReSV is {PAPER['ReSV']:g} times as fast as FlexGen with clustering, "
        f"{PAPER['without clustering']:g} times without (40,000 tokens)",
        f"prediction takes {times:.1f} times fewer multiply-adds with clustering than without",
        "this counts work, not time: speed needs a model of the machine. Without clusters each "
        "token is one (Th_hd 0). At the same Th_r it retrieves less, a pooled threshold less yet",
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
