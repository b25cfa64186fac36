"""Not a figure of the paper: bytes over the link, and how many of them pages that stay save."""

from dataclasses import replace
from typing import Any

import numpy as np

from resv.config import Config
from resv.kvmu import Counters, belady
from resv.kvmu.config import PAGE_BYTES, ContextConfig, KVConfig
from resv.kvmu.experiment import RecordedChunk, pages_used, play, record
from resv.paper.shown import Say, Shown, Value
from resv.replay import for_trace, replay
from resv.step import Step
from resv.tokens import Kind
from resv.traces import Trace

AREAS = (0.5, 1.0, 1.5, 2.0, 4.0)
"""Sizes of the retrieved area, in mean selections."""

MOST_HELD_BACK = 1_024
FIT = (50, 71)
"""Share of the selection that must be near for the paper's 254 ms, %, with fetching hidden and not;
derived from its numbers (docs/system.md)."""


def measure(trace: Trace, seed: int, say: Say) -> Shown:
    """Link bytes of frames, by how many pages stay in near memory; ReSV at Th_r = 0.3.

    Each layer and KV head by itself, from an empty stream; text selects nothing meanwhile (D136).

    Raises
    ------
    ValueError
        If the trace has no frames with far tokens, or its head size does not fill pages.
    """
    del seed  # nothing is drawn
    config = for_trace(Config(), trace)
    say("selections")
    steps = list(replay(trace, config, "fast"))
    frames = [step for step in steps if step.kind == Kind.FRAME and step.far_tokens]
    if not frames:
        raise ValueError("trace must have frames with far tokens")
    contexts = [_frames_only(chunks, steps) for chunks in record(steps)]
    memory = KVConfig(d=trace.k.shape[3])
    context = ContextConfig(
        sink_tokens=config.sink_tokens,
        recent_tokens=config.recent_tokens,
        max_chunk=config.max_chunk,
        held_back=max(min(MOST_HELD_BACK, trace.k.shape[2] // 8), memory.page_entries - 1),
    )
    tokens = [sum(step.far_tokens for step in frames), sum(step.selected_tokens for step in frames)]
    rows = _rows(contexts, memory, context, tokens, len(frames), say)
    return Shown(
        f"residency, link bytes of frames, ReSV at Th_r {config.Th_r:g}",
        [
            *("what", "area_selections", "area_pages", "bytes_a_frame"),
            *("percent_of_everything", "percent_near", "percent_useful"),
        ],
        rows,
        f"no bytes; its 254 ms a frame at 40,000 tokens need {FIT[0]} to {FIT[1]} % of the "
        "selection in near memory already (derived, `resv system figure local-share`)",
        _told(rows),
        "frames of a film select much the same, so most pages are there already; the one not used "
        f"for the longest time leaves (D68). {context.held_back} tokens are held back and cross no "
        f"link. After {trace.k.shape[2]:,} tokens there are {_all_pages(trace, context, memory):,} "
        "pages a head: on short traces two selections are nearly all of them",
        lambda axis: _draw(axis, rows),
    )


def _frames_only(chunks: list[RecordedChunk], steps: list[Step]) -> list[RecordedChunk]:
    nothing = np.empty(0, np.int64)
    return [
        chunk if step.kind == Kind.FRAME else replace(chunk, selected=nothing)
        for chunk, step in zip(chunks, steps, strict=True)
    ]


def _rows(
    contexts: list[list[RecordedChunk]],
    memory: KVConfig,
    context: ContextConfig,
    tokens: list[int],
    frames: int,
    say: Say,
) -> list[list[Value]]:
    """Everything, the selection, its pages, and its pages with an area of some size."""
    everything = tokens[0] * memory.entry_bytes
    nan = float("nan")

    def row(what: str, size: float, pages: float, moved: int, near: float, useful: float) -> list:
        return [what, size, pages, moved / frames, 100 * moved / everything, near, useful]

    say("pages, if none stays")
    memory = replace(memory, near_slots=context.capacity + context.sink_tokens)
    requests = [pages_used(chunks, memory, context) for chunks in contexts]
    asked = PAGE_BYTES * sum(len(pages) for one in requests for pages in one)
    without = _played(contexts, replace(memory, eviction="none"), context, [1] * len(contexts))
    rows = [
        row("all far tokens", nan, nan, everything, nan, nan),
        row("what is selected", nan, nan, tokens[1] * memory.entry_bytes, nan, nan),
        row("its pages: none stays", 0.0, 0.0, asked, *_shares(without, memory)),
    ]
    for area in AREAS:
        say(f"an area of {area:g} selections")
        sizes = [_pages(one, area) for one in requests]
        found = _played(contexts, memory, context, sizes)
        mean = float(np.mean(sizes))
        moved = PAGE_BYTES * found.pages_read
        rows.append(row("pages that stay", area, mean, moved, *_shares(found, memory)))
        least = sum(belady(pages, size) for pages, size in zip(requests, sizes, strict=True))
        rows.append(row("Belady's bound", area, mean, PAGE_BYTES * least, nan, nan))
    return rows


def _all_pages(trace: Trace, context: ContextConfig, memory: KVConfig) -> int:
    """Far pages of a layer and KV head at the end."""
    stays = context.sink_tokens + context.recent_tokens + context.held_back
    return max(0, trace.k.shape[2] - stays) // memory.page_entries


def _pages(requests: list[list[int]], area: float) -> int:
    """Pages of an area, by the mean of the selections that need any."""
    used = [len(pages) for pages in requests if pages]
    return max(1, round(area * sum(used) / len(used))) if used else 1


def _played(
    contexts: list[list[RecordedChunk]], memory: KVConfig, context: ContextConfig, sizes: list[int]
) -> Counters:
    """Counters of all contexts together."""
    total = Counters()
    for chunks, size in zip(contexts, sizes, strict=True):
        own = play(chunks, replace(memory, frames=size), replace(context, frames=size)).counters(0)
        for name, value in vars(own).items():
            setattr(total, name, getattr(total, name) + value)
    return total


def _shares(found: Counters, memory: KVConfig) -> tuple[float, float]:
    """Of what was selected, near already; of what was read, selected; in %."""
    near = 1 - found.from_far / found.selected if found.selected else float("nan")
    return 100 * near, 100 * found.useful(memory.page_entries)


def _told(rows: list[list[Value]]) -> str:
    without = rows[2]
    twice = next(row for row in rows if row[:2] == ["pages that stay", 2.0])
    return (
        f"{without[4]:.1f} % of fetching all far tokens if no page stays, {twice[4]:.1f} % with an "
        f"area of two selections: {twice[5]:.0f} % of the selection is near then"
    )


def _draw(axis: Any, rows: list[list[Value]]) -> None:
    for what, style in (("pages that stay", "o-"), ("Belady's bound", "s--")):
        own = [row for row in rows if row[0] == what]
        start = rows[2]
        x, y = ([start[n], *(row[n] for row in own)] for n in (1, 4))
        axis.plot(x, y, style, linewidth=1.2, label=what)
    for row, color in zip(rows[:2], ("#8a8a8a", "#b5422c"), strict=True):
        axis.axhline(row[4], color=color, linestyle=":", linewidth=1, label=row[0])
    axis.set(
        xlabel="near memory for pages, in mean selections (0: none stays)",
        ylabel="link bytes, % of all far tokens",
    )
    axis.set_ylim(bottom=0)
