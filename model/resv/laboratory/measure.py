"""Second pass of a comparison: budgets, and what attention is worth within them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resv.laboratory import knobs, link
from resv.laboratory.attending import Attending, Quality
from resv.laboratory.entries import Nothing, Wanted, collect, kind_of
from resv.laboratory.rows import Row
from resv.laboratory.settings import KINDS, Settings
from resv.policies import Policy, Seen, walk
from resv.tokens import Kind
from resv.traces import Trace

NAN = float("nan")


@dataclass(frozen=True)
class Budget:
    """How much a policy may select in chunks of one kind.

    Attributes
    ----------
    table : {"ratio", "equal_k", "knob"}
    kind : {"frames", "text"}
    target, knob : float
    reached : bool
    """

    table: str
    kind: str
    target: float
    knob: float
    reached: bool

    def count(self, ordered: NDArray[np.float64]) -> int:
        """Far tokens selected of a chunk whose entries, ascending, are these."""
        if self.table == "equal_k":
            return round(self.target * len(ordered))
        return int(np.searchsorted(ordered, self.knob, side="right"))


@dataclass
class _Sums:
    """Over the chunks of a block."""

    chunks: int = 0
    query_rows: int = 0
    far_tokens: int = 0
    selected_tokens: int = 0
    mass_recalled: float = 0.0
    output_error: float = 0.0
    output_error_centred: float = 0.0
    operations: float = 0.0
    full_operations: float = 0.0
    table_bytes: float = 0.0
    kv_bytes: float = 0.0
    far_bytes: float = 0.0
    link_bytes: float = 0.0

    def add(self, seen: Seen, selected: int, quality: Quality) -> None:
        past = seen.past
        self.chunks += 1
        self.query_rows += len(seen.rows)
        self.far_tokens += past.far_tokens
        self.selected_tokens += selected
        self.mass_recalled += quality.mass
        self.output_error += quality.error
        self.output_error_centred += quality.error_centred
        self.full_operations += 2.0 * len(seen.rows) * len(seen.keys) * past.d
        self.kv_bytes = 4.0 * past.d * past.first
        self.far_bytes += 4.0 * past.d * past.far_tokens


@dataclass
class _Head:
    """One layer and KV head while it is measured."""

    blocks: dict[tuple[Budget, int], _Sums] = field(default_factory=dict)
    selected: dict[Budget, dict[int, NDArray[np.int64]]] = field(default_factory=dict)
    block_of: dict[int, int] = field(default_factory=dict)


def measure(
    trace: Trace,
    policy: Policy,
    settings: Settings,
    about: dict[str, Any],
    say: Callable[[], None] = lambda: None,
) -> list[Row]:
    """All rows of one policy on one trace.

    Parameters
    ----------
    trace : Trace
    policy : Policy
    settings : Settings
    about : dict
        What is the same in all rows: trace, version and so on.
    say : callable
        Called twice for each layer and KV head.

    Raises
    ------
    ValueError
        If the trace is too short, or the policy cannot work on it.
    """
    wanted = collect(trace, policy, settings, say)
    budgets = list(budgets_of(wanted, settings))
    about = about | {"policy": policy.label, "seed": settings.seed}
    rows: list[Row] = []
    for at in settings.heads(trace):
        head = _measured(trace, at, wanted, budgets, settings)
        _add_link(trace, at, wanted, head, settings)
        for (budget, block), sums in head.blocks.items():
            values = about | vars(budget) | vars(sums)
            if np.isnan(budget.target):
                values["knob"] = NAN  # it has none
            rows.append(Row(**values, layer=at[0], kv_head=at[1], block=block))
        say()
    return rows


def budgets_of(wanted: Wanted, settings: Settings) -> Iterator[Budget]:
    """The budgets of a policy, for the kinds of chunks that the trace has."""
    for kind in KINDS:
        if kind not in wanted.by_kind:
            continue
        if wanted.policy.fixed(Kind.FRAME if kind == "frames" else Kind.QUESTION):
            yield Budget("ratio", kind, NAN, 1.0, True)
            continue
        for target in settings.ratios:
            knob = knobs.find(wanted.by_kind[kind], target)
            yield Budget("ratio", kind, target, knob.value, knob.reached)
        for target in settings.ratios:
            yield Budget("equal_k", kind, target, NAN, True)
        for knob in settings.knobs:
            yield Budget("knob", kind, knob, knob, True)


def _measured(
    trace: Trace,
    at: tuple[int, int],
    wanted: Wanted,
    budgets: Iterable[Budget],
    settings: Settings,
) -> _Head:
    """One layer and KV head, chunk after chunk."""
    head, chunks = _Head(), dict.fromkeys(KINDS, 0)
    for seen in walk(trace, *at, settings.config, settings.seed):
        kind = kind_of(seen.kind)
        if kind is None:
            continue
        here = (*at, seen.chunk)
        entries = wanted.entries[here]
        order = in_order(entries, seen)
        own = [budget for budget in budgets if budget.kind == kind]
        counts = [budget.count(entries[order]) for budget in own]
        block = head.block_of[seen.chunk] = chunks[kind] // settings.block_chunks
        chunks[kind] += 1
        for budget, count, quality in zip(
            own, counts, Attending(seen).first(order, counts), strict=True
        ):
            sums = head.blocks.setdefault((budget, block), _Sums())
            sums.add(seen, count, quality)
            sums.operations += wanted.operations[here]
            sums.table_bytes = wanted.table_bytes[here]
            if budget.table != "equal_k":
                chosen = order[:count] + seen.past.far.start
                head.selected.setdefault(budget, {})[seen.chunk] = chosen
    return head


def in_order(entries: NDArray[np.float64], seen: Seen) -> NDArray[np.int64]:
    """Far tokens by their entries; those of equal entry, a group, in random order.

    A policy that chooses groups says nothing about the tokens in one; so neither does a k that
    ends inside a group.
    """
    rng = np.random.default_rng((*seen.past.seed, 1))
    return np.lexsort((rng.random(len(entries)), entries))


def _add_link(
    trace: Trace, at: tuple[int, int], wanted: Wanted, head: _Head, settings: Settings
) -> None:
    """Link bytes of frames, where they are measured; chunks of text select nothing meanwhile."""
    for (budget, _), sums in head.blocks.items():
        measured = settings.link and budget.table != "equal_k" and budget.kind == "frames"
        sums.link_bytes = 0.0 if measured else NAN
    if not settings.link:
        return
    chunks = [(c.index, c.start, c.stop - c.start) for c in trace.chunks(settings.config.max_chunk)]
    tokens, d = trace.k.shape[2:]
    clusters = link.layout(
        wanted.policy, wanted.labels[at], tokens, settings.config.sink_tokens, 1_024 // d
    )
    for budget, selected in head.selected.items():
        if budget.kind != "frames":
            continue
        asked = [(start, size, selected.get(index)) for index, start, size in chunks]
        read = link.bytes_read(asked, clusters, d, settings)
        for (index, _, _), found in zip(chunks, read, strict=True):
            if index in selected:
                head.blocks[budget, head.block_of[index]].link_bytes += found


REFERENCE = Nothing()
"""Measured beside the policies, so that every figure has its lower end."""
