"""``make sim`` of the KVMU: what it runs, its table and its picture."""

import numpy as np

import report
from drawings.style import BLUE, GREY, RED
from kvmu.benches_kvmu import BENCHES
from replayed import Unit

PAGE_BEATS = 512
"""Of 64 bits: what the link takes for a page at best."""

PAGE_ENTRIES = 8
FRAMES = 32
PARAMETERS = {
    **{"contexts": 8, "near_slots": 8_192, "frames": 8 * FRAMES, "far_pages": 8_192},
    **{"max_clusters": 1_024, "max_tokens": 65_536},
}
FAST_PARAMETERS = {
    **{"contexts": 16, "near_slots": 16_384, "frames": 16 * FRAMES, "far_pages": 16_384},
    **{"extents": 32_768, "max_clusters": 1_024, "max_tokens": 65_536},
}
"""With room for all of T2, or T3."""


def table(trace, replays):
    """One column a preset."""
    lines = {
        "chunks × contexts": lambda r: len(r.rows),
        "tokens, sinks among them": lambda r: _sum(r, "tokens"),
        "pages written to far memory": lambda r: _sum(r, "written"),
        "tokens delivered, bytes compared": lambda r: sum(map(delivered, r.rows)),
        "from the ring": lambda r: _sum(r, "from_ring"),
        "from pages that were here": lambda r: _sum(r, "from_area"),
        "from pages that were read": lambda r: _sum(r, "from_far"),
        "pages read": lambda r: _sum(r, "pages_read"),
        "useful of what was read, %": _useful,
        "parts": lambda r: _sum(r, "parts"),
        "cycles of fetching, all chunks": lambda r: _sum(r, "fetching"),
        "bytes of pages alone, at 8 a cycle": lambda r: PAGE_BEATS * _sum(r, "pages_read"),
        "cycles of a chunk's end, mean": lambda r: report.mean(row["ending"] for row in r.rows),
    }
    last = max(row["chunk"] for row in replays[0].rows)
    more = f"; chunks 0 to {last}, 64 tokens held back, {FRAMES} frames a context"
    return report.table("KVMU against the golden model", trace, replays, lines, more)


def delivered(row):
    """Tokens that a chunk's selection brought."""
    return row["from_ring"] + row["from_area"] + row["from_far"]


def draw(trace, replays, path):
    """Both memories over time, whence the deliveries come, and what they take."""
    figure, (left, middle, right) = report.panels()
    rows = [row for row in replays[0].rows if row["context"] == 0]
    chunks = [row["chunk"] for row in rows]

    def series(name, times=1):
        return np.array([times * row[name] for row in rows])

    near = ("sinks", "recent", "held")
    far = series("far", PAGE_ENTRIES)
    layers = [*(series(name) for name in near), far]
    labels = ("near: sinks", "near: recent", "near: held back", "far")
    left.stackplot(chunks, layers, labels=labels, colors=("#222222", "#666666", GREY, BLUE))
    resident = series("resident", PAGE_ENTRIES)
    left.plot(chunks, resident, color=RED, label="of far: also in the retrieved area")
    left.set(title="Where the KV cache is", xlabel="chunk", ylabel="entries")
    sources = {"from_ring": (GREY, "ring"), "from_area": (RED, "here"), "from_far": (BLUE, "read")}
    middle.stackplot(
        chunks,
        [series(name) for name in sources],
        labels=[label for _, label in sources.values()],
        colors=[colour for colour, _ in sources.values()],
    )
    middle.set(title="What a selection brings", xlabel="chunk", ylabel="tokens delivered")
    for replay, style in zip(replays, ("-", "--"), strict=False):
        own = [row for row in replay.rows if row["context"] == 0]
        cycles = [row["fetching"] for row in own]
        label = f"measured, {replay.preset}"
        right.plot(chunks, cycles, color=BLUE, linestyle=style, label=label)
    pages = series("pages_read", PAGE_BEATS)
    right.plot(chunks, pages, color=GREY, label="bytes of pages alone")
    right.set(title="Cycles of fetching", xlabel="chunk", ylabel="cycles")
    for axes in (left, middle, right):
        axes.set_ylim(0, 1.35 * axes.get_ylim()[1])  # room for the legend
        axes.legend(frameon=False, fontsize=8, loc="upper left", ncols=2)
    return report.save(figure, path)


def _sum(replay, name):
    return sum(row[name] for row in replay.rows)


def _useful(replay):
    pages = _sum(replay, "pages_read")
    return 100 * _sum(replay, "from_far") / (PAGE_ENTRIES * pages) if pages else 0.0


UNIT = Unit(
    replay="kvmu.bench_kvmu_replay",
    benches=BENCHES,
    parameters=PARAMETERS,
    building="about a minute",
    table=table,
    draw=draw,
    fast=True,
    fast_parameters=FAST_PARAMETERS,
)
