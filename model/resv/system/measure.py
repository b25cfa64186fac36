"""What ``ours`` rests on: selections of our ReSV, and what our KVMU reads for them (D154).

The result is a small file in this package; ``resv system measure`` makes it again.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from resv import named_traces
from resv.config import Config
from resv.files import atomic_writer
from resv.kvmu import KVMU, ContextConfig, Counters, KVConfig
from resv.kvmu.experiment import RecordedChunk, record
from resv.replay import for_trace, replay
from resv.step import Step
from resv.tokens import Kind
from resv.traces import Trace, load_trace

FORMAT = "resv-system-measured/1"
EDGES = (0, 1_000, 2_000, 3_000, 5_000, 7_500, 10_000, 15_000, 20_000, 30_000, 50_000)
"""Figures are kept by how many tokens there were: from one of these to the next."""

AREAS = (0.0, 0.0625, 0.125, 0.25, 0.5, 1.0)
"""Sizes of the retrieved area, in all pages of the trace; 0: nothing stays."""

HELD_BACK = 1_024
CASES = (("T2", 0.3), ("T2", 0.2), ("T3", 0.3), ("T3", 0.08))
"""Traces and Th_r: the paper's, and one that retrieves nearly the paper's 32.7 % on that trace."""


@dataclass(frozen=True)
class Row:
    """Sums over chunks of one kind, all layers and KV heads, while the cache had so many tokens.

    Attributes
    ----------
    trace : str
    th_r : float
    kind : str
        ``frames`` or ``text``.
    low, high : int
        Tokens before the chunk: low ≤ tokens < high.
    area_pages : int
        Pages of the retrieved area of a KV head; 0: nothing stays from chunk to chunk.
    chunks : int
        Chunks, each counted for each layer and KV head.
    tokens, far, selected, ring : int
        Before each chunk; of these far tokens; of these selected; of these still in the ring.
    clusters : int
        Before each chunk.
    pages_used, pages_read : int
        Pages of 4,096 bytes with a selected token; of these read over the link.
    reads : int
        Reads of one or more pages that follow each other (D67).
    """

    trace: str
    th_r: float
    kind: str
    low: int
    high: int
    area_pages: int
    chunks: int = 0
    tokens: int = 0
    far: int = 0
    selected: int = 0
    ring: int = 0
    clusters: int = 0
    pages_used: int = 0
    pages_read: int = 0
    reads: int = 0


def measure(
    cases: Iterable[tuple[str, float]],
    traces: dict[str, Trace],
    areas: Sequence[float] = AREAS,
    say: Callable[[str], None] = lambda text: None,
) -> list[Row]:
    """Play traces through ReSV (integers, as in hardware) and the KVMU.

    Parameters
    ----------
    cases : iterable of (str, float)
        Names of traces, and thresholds Th_r.
    traces : dict of str to Trace
    areas : sequence of float
        Sizes of the retrieved area, in pages that a KV head of the whole trace has.
    say : callable
        Is told what happens.

    Returns
    -------
    list of Row
        Without rows of no chunks.
    """
    return [row for name, th_r in cases for row in _of_trace(name, traces[name], th_r, areas, say)]


def write(path: Path, rows: Iterable[Row], traces: dict[str, Trace]) -> None:
    """Keep them, and what they were measured on, as JSON."""
    about = {
        "format": FORMAT,
        "command": "resv system measure",
        "held_back": HELD_BACK,
        "traces": {
            name: {"sha256": trace.sha256, "weights": trace.metadata.get("weights", "unknown")}
            for name, trace in traces.items()
        },
    }
    head = json.dumps(about, indent=1).removesuffix("\n}")
    lines = ",\n".join("  " + json.dumps(list(asdict(row).values())) for row in rows)
    fields = json.dumps(list(Row.__dataclass_fields__))
    with atomic_writer(path) as file:
        file.write(f'{head},\n "fields": {fields},\n "rows": [\n{lines}\n ]\n}}\n'.encode())


def _of_trace(
    name: str, trace: Trace, th_r: float, areas: Sequence[float], say: Callable[[str], None]
) -> Iterator[Row]:
    config = for_trace(Config(wicsum="integer", Th_r=th_r), trace)
    say(f"{name}, Th_r {th_r:g}: ReSV")
    steps = list(replay(trace, config, engine="fast"))
    contexts = record(steps)
    memory = KVConfig()
    tokens = sum(step.tokens for step in steps)
    pages = -(-tokens // memory.page_entries)
    for number, area in enumerate(areas):
        frames = round(area * pages)
        sums: dict[tuple, Counters] = {}
        for context, chunks in enumerate(contexts):
            say(f"{name}, Th_r {th_r:g}: area {number + 1} of {len(areas)}, head {context + 1}")
            _play(chunks, steps, frames, config, sums)
        facts = _facts(steps)
        for (kind, low, high), moved in sorted(sums.items()):
            yield Row(
                name, th_r, kind, low, high, frames,
                **facts[kind, low, high],
                ring=moved.from_ring,
                pages_used=moved.pages_hit + moved.pages_read,
                pages_read=moved.pages_read,
                reads=moved.reads,
            )  # fmt: skip


def _bin(step: Step, before: int) -> tuple[str, int, int] | None:
    """Where a chunk counts; None for one that has no far tokens, and for the system's."""
    if step.kind == Kind.SYSTEM or not step.far_tokens:
        return None
    high = next(edge for edge in EDGES if edge > before)
    low = max(edge for edge in EDGES if edge <= before)
    return ("frames" if step.kind == Kind.FRAME else "text"), low, high


def _facts(steps: Sequence[Step]) -> dict[tuple, dict[str, int]]:
    """What is known without the KVMU."""
    found: dict[tuple, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    before = 0
    for step in steps:
        place = _bin(step, before)
        if place is not None:
            heads = step.layers * step.kv_heads
            found[place]["chunks"] += heads
            found[place]["tokens"] += before * heads
            found[place]["far"] += step.far_tokens
            found[place]["selected"] += step.selected_tokens
            found[place]["clusters"] += sum(head.clusters_before for head in step.heads)
        before += step.tokens
    return found


def _play(
    chunks: Sequence[RecordedChunk],
    steps: Sequence[Step],
    frames: int,
    config: Config,
    sums: dict[tuple, Counters],
) -> None:
    """One layer and KV head from empty, chunk by chunk; what it moves is added to ``sums``."""
    tokens = sum(len(chunk.cluster_of) for chunk in chunks)
    context = ContextConfig(
        sink_tokens=config.sink_tokens,
        recent_tokens=config.recent_tokens,
        held_back=HELD_BACK,
        frames=frames or tokens,
    )
    memory = KVMU(
        KVConfig(
            frames=frames or tokens,
            far_pages=tokens,
            extents=tokens,
            eviction="lru" if frames else "none",
        )
    )
    memory.context_init(0, context)
    before, last = 0, Counters()
    for chunk, step in zip(chunks, steps, strict=True):
        memory.grant(0, len(chunk.cluster_of))
        part = memory.fetch(0, chunk.selected.tolist())
        while part is not None:
            part = memory.release(0)
        memory.end(0, chunk.cluster_of.tolist())
        now = Counters(**vars(memory.counters(0)))
        place = _bin(step, before)
        if place is not None:
            total = sums.setdefault(place, Counters())
            for name in ("from_ring", "pages_hit", "pages_read", "reads"):
                more = getattr(now, name) - getattr(last, name)
                setattr(total, name, getattr(total, name) + more)
        before, last = before + step.tokens, now


def named(names: Sequence[str]) -> dict[str, Trace]:
    """Traces by name, made before with ``make traces``."""
    return {name: load_trace(named_traces.find(name)) for name in names}
