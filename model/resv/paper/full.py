"""Not a figure of the paper: what a table that is full does to a stream (D14)."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from resv.algorithm import ReSV
from resv.config import Config
from resv.paper.shown import Say, Shown, Value
from resv.replay import for_trace
from resv.step import Step
from resv.stream import Stream
from resv.tokens import Kind
from resv.traces import Chunk, Trace

LIMITS = (32, 256, 1_024, 4_096)
"""Clusters that a table may hold: so few that short streams fill it, less than the paper's, the
paper's, and the default here."""

WINDOWS = 24

DRAWN = (
    (2, "clusters"),
    (3, "tokens forced to join, %"),
    (5, "far tokens retrieved in frames, %"),
    (6, "output error of a frame, %"),
)
"""Columns, and what they are called."""


@dataclass
class _Window:
    """Chunks that follow each other, all layers and KV heads."""

    tokens: int = 0
    clusters: list[int] = field(default_factory=list)
    forced: list[bool] = field(default_factory=list)
    distances: list[int] = field(default_factory=list)
    far: int = 0
    selected: int = 0
    error: float = float("nan")

    def add(self, step: Step) -> None:
        self.tokens = step.first + step.tokens
        self.clusters = [head.clusters_before + int(head.founded.sum()) for head in step.heads]
        for head in step.heads:
            self.forced += head.assignments.full.tolist()
            self.distances += head.assignments.distances.tolist()
            if step.kind == Kind.FRAME:
                self.far += head.far_tokens
                self.selected += head.selected_count

    def row(self, limit: int) -> list[Value]:
        """NaN for what the window has nothing of."""
        means = [np.mean(x) if x else np.nan for x in (self.forced, self.distances)]
        ratio = self.selected / self.far if self.far else np.nan
        shares = (100 * means[0], means[1], 100 * ratio, 100 * self.error)
        return [limit, self.tokens, float(np.mean(self.clusters)), *map(float, shares)]


def measure(trace: Trace, seed: int, say: Say) -> Shown:
    """Clusters, forced joins, distances, ratio and error over a stream, by the size of the table.

    The error is that of the last chunk of a frame in each window.

    Raises
    ------
    ValueError
        If the trace has no frames with far tokens.
    """
    del seed  # nothing is drawn
    rows: list[list[Value]] = []
    for limit in LIMITS:
        found = _windows(trace, limit, say)
        if not any(window.far for window in found):
            raise ValueError("trace must have frames with far tokens")
        rows += [window.row(limit) for window in found if window.clusters]
    return Shown(
        "full, tables that run out of clusters",
        [
            *("max_clusters", "tokens", "clusters", "forced_percent", "distance_bits"),
            *("ratio_percent", "error_percent"),
        ],
        rows,
        "1,024 clusters on the chip; nothing on what follows when they are used up",
        ". ".join(_told(rows, limit) for limit in LIMITS),
        "the paper leaves this open; here a token joins the nearest cluster, however far it is "
        "(D14), so clusters grow, more comes with each, and the error alone says little. "
        "How soon a table is full comes from what keys have in common, so from the regime. "
        "Means of all layers and KV heads",
        lambda axes: _draw(axes, rows),
        panels=len(DRAWN),
    )


def _windows(trace: Trace, limit: int, say: Say) -> list[_Window]:
    config = for_trace(Config(max_clusters=limit), trace)
    chunks = list(trace.chunks(config.max_chunk))
    window_of = [chunk.start * WINDOWS // chunks[-1].stop for chunk in chunks]
    frames = [(n, w) for n, w in enumerate(window_of) if chunks[n].kind == Kind.FRAME]
    sampled = {window: number for number, window in frames}  # the last one of each
    windows = [_Window() for _ in range(WINDOWS)]
    state = ReSV(config, engine="fast").start()
    for number, chunk in enumerate(chunks):
        step = state.step(chunk.q, chunk.k, chunk.v, frame=chunk.frame, kind=chunk.kind)
        window = windows[window_of[number]]
        window.add(step)
        if sampled.get(window_of[number]) == number:
            say(f"at most {limit:,} clusters, chunk {number} of {len(chunks)}")
            if step.far_tokens:
                window.error = _error(state, step, chunk)
    return windows


def _error(state: Stream, step: Step, chunk: Chunk) -> float:
    """Mean over query rows of |o' − o| / |o| (D135)."""
    light, full = state.light_attention(step, chunk.q), state.full_attention(step, chunk.q)
    distance, length = (np.linalg.norm(one, axis=-1) for one in (light - full, full))
    return float(np.mean(distance / length))


def _told(rows: list[list[Value]], limit: int) -> str:
    own = [row for row in rows if row[0] == limit]
    frames = [row for row in own if not np.isnan(row[6])]
    last = f"{frames[-1][5]:.0f} % retrieved in the last frames, error {frames[-1][6]:.1f} %"
    if not any(row[3] > 0 for row in own):
        return f"{limit:,}: never full, {own[-1][2]:.0f} clusters at the end; {last}"
    full = next(row[1] for row in own if row[3] > 0)
    most = np.nanmax([row[3] for row in own])
    return (
        f"{limit:,}: full within {full:,} tokens, then up to {most:.0f} % of a window's tokens "
        f"join by force; {last}"
    )


def _draw(axes: Any, rows: list[list[Value]]) -> None:
    for axis, (column, name) in zip(axes, DRAWN, strict=True):
        for number, limit in enumerate(LIMITS):  # tables that are never full lie on each other
            own = [row for row in rows if row[0] == limit]
            tokens, values = ([row[n] for row in own] for n in (1, column))
            axis.plot(tokens, values, linewidth=3.0 - 0.6 * number, label=f"at most {limit:,}")
        axis.set(xlabel="tokens", ylabel=name)
        axis.set_xlim(left=0)
        axis.set_ylim(bottom=0)
