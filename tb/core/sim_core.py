"""``make sim`` of the DRE: what it runs, its table and its picture."""

import numpy as np

import report
from drawings.style import BLUE, GREY, RED
from replayed import Unit

PARAMETERS = {
    **{"contexts": 2, "max_clusters": 256, "on_chip_clusters": 256, "max_chunk": 64},
    **{"near_slots": 1_024, "frames": 32, "far_pages": 256, "extents": 512},
    **{"max_tokens": 4_096, "cache_words": 64},
}
"""The paper's lanes; otherwise room for the excerpt and little more."""

FAST_PARAMETERS = {
    **{"contexts": 8, "max_clusters": 4_096, "on_chip_clusters": 4_096, "max_chunk": 64},
    **{"near_slots": 8_192, "frames": 1_024, "far_pages": 8_192, "extents": 65_536},
    **{"max_tokens": 65_536, "kept_words": 9_344, "cache_words": 1_024},
}
"""With room for all of T1, or T3; words of slots are on the chip, a quarter of them hold back."""

PAGE_BYTES = 4_096

LEAST_ENTRY_BYTES, MOST_ENTRY_BYTES = 512, 2_048
"""Pages of 8 tokens, as the paper's heads of 128 have them, suit what the benches hold back."""

STEPS = {
    "clustered": "assignments, which END takes",
    "thresholded": "rows",
    "fetched": "deliveries",
}


def suited(trace, fast):
    """Room for an entry of the trace's head size; in a fast replay also for all of its contexts.

    Raises
    ------
    ValueError
        If entries are larger than those of any build.
    """
    layers, heads, tokens, d = trace.k.shape
    entry_bytes = max(LEAST_ENTRY_BYTES, _power_of_two(4 * d))
    if entry_bytes > MOST_ENTRY_BYTES:
        most = MOST_ENTRY_BYTES // 4
        raise ValueError(f"TRACE must have a head size of at most {most} for the DRE, not {d}")
    if not fast:
        as_many = entry_bytes // LEAST_ENTRY_BYTES
        return {"entry_bytes": entry_bytes, "far_pages": as_many * PARAMETERS["far_pages"]}
    contexts, page = layers * heads, PAGE_BYTES // entry_bytes
    frames = max(_power_of_two(tokens) // page // 2, FAST_PARAMETERS["frames"])
    return {
        "frames": frames,
        "kept_words": FAST_PARAMETERS["kept_words"] + frames - FAST_PARAMETERS["frames"],
        "entry_bytes": entry_bytes,
        "contexts": max(contexts, FAST_PARAMETERS["contexts"]),
        "max_tokens": max(_power_of_two(tokens), FAST_PARAMETERS["max_tokens"]),
        "far_pages": max(
            _power_of_two(contexts * tokens * 3 // 2 // page), FAST_PARAMETERS["far_pages"]
        ),
    }


def _power_of_two(least):
    return 1 << max(0, least - 1).bit_length()


def table(trace, replays):
    """One column a preset."""
    lines = {
        "chunks × contexts": lambda r: len(r.rows),
        "tokens": lambda r: _sum(r, "tokens"),
        "tokens delivered, bytes compared": lambda r: _sum(r, "delivered"),
        "pages of far memory read": lambda r: _sum(r, "pages_read"),
        "pages that were here": lambda r: _sum(r, "pages_hit"),
        "rows of attention, from near memory, compared": lambda r: _sum(r, "attention_rows"),
        "cycles from the grant to the last assignment, mean": lambda r: _mean(r, "clustered"),
        "to the last row's sums": lambda r: _mean(r, "thresholded"),
        "to the last delivery": lambda r: _mean(r, "fetched"),
        "to the end of the chunk": lambda r: _mean(r, "all"),
    }
    last = max(row["chunk"] for row in replays[0].rows)
    more = f"; chunks 0 to {last}, 40 recent tokens, 16 held back, one chunk at a time"
    if replays[0].cycles_per_second:  # by fast replay
        del lines["rows of attention, from near memory, compared"]
        lines |= {
            "cycles of all chunks": lambda r: f"{sum(_ends(r)):,}",
            "bytes of far memory read": lambda r: f"{PAGE_BYTES * _sum(r, 'pages_read'):,}",
            "million cycles a second of processor time": lambda r: (
                f"{r.cycles_per_second / 1e6:.2f}"
            ),
        }
        more = (
            f"; chunks 0 to {last}, all contexts of a chunk side by side; near memory answers "
            "after 40 cycles, far memory after 250"
        )
    return report.table("DRE against the golden models, end to end", trace, replays, lines, more)


def draw(trace, replays, path):
    """When each unit is done with a chunk, what is selected, and what that takes of far memory."""
    figure, (left, middle, right) = report.panels()
    rows = replays[0].rows
    chunks = [row["chunk"] for row in rows]
    for (name, label), colour in zip(STEPS.items(), (GREY, BLUE, RED), strict=True):
        left.plot(chunks, [row[name] for row in rows], color=colour, label=label)
    left.set(title=f"Done, cycles after the grant ({replays[0].preset})", xlabel="chunk")
    left.set_ylabel("cycles")
    middle.plot(chunks, [row["far"] for row in rows], color=GREY, label="far tokens")
    middle.plot(chunks, [row["delivered"] for row in rows], color=BLUE, label="delivered")
    middle.set(title="What the rows select", xlabel="chunk", ylabel="tokens")
    hit, read = (np.array([row[name] for row in rows]) for name in ("pages_hit", "pages_read"))
    right.bar(chunks, hit, color=GREY, label="here already")
    right.bar(chunks, read, bottom=hit, color=BLUE, label="read")
    right.set(title="Pages of far memory", xlabel="chunk", ylabel="pages")
    for axes in (left, middle, right):
        axes.set_ylim(0, 1.3 * axes.get_ylim()[1])  # room for the legend
        axes.legend(frameon=False, fontsize=8, loc="upper left")
    return report.save(figure, path)


def _sum(replay, name):
    return sum(row[name] for row in replay.rows)


def _speed(replay):
    return round(replay.cycles_per_second / 1e3)


def _ends(replay):
    """Cycles of each chunk, all its contexts side by side: till the last one's end."""
    last = {}
    for row in replay.rows:
        last[row["chunk"]] = max(row["all"], last.get(row["chunk"], 0))
    return last.values()


def _mean(replay, name):
    return report.mean(row[name] for row in replay.rows)


UNIT = Unit(
    replay="core.bench_core",
    benches=(),
    parameters=PARAMETERS,
    building="about two minutes",
    table=table,
    draw=draw,
    optimise="some",
    fast=True,
    fast_parameters=FAST_PARAMETERS,
    suited=suited,
)
