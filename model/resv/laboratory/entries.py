"""First pass of a comparison: what a policy wants of every chunk, before any budget."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from resv import checks
from resv.laboratory.settings import Settings
from resv.policies import EverythingHead, Head, Policy, Seen, walk
from resv.tokens import Kind
from resv.traces import Trace

At = tuple[int, int, int]
"""Layer, KV head and chunk."""


@dataclass(frozen=True)
class Nothing(Policy):
    """No far token: what sinks, recent window and chunk give alone. The lower reference."""

    name = "nothing"
    knob = "none"

    def start(self) -> Head:
        """As `Policy.start`."""
        return _NothingHead(self)

    def fixed(self, kind: Kind) -> bool:
        """As `Policy.fixed`."""
        del kind
        return True


class _NothingHead(EverythingHead):
    def entries(self, past, rows) -> NDArray[np.float64]:
        return np.full(past.far_tokens, 2.0)  # beyond any knob


@dataclass(eq=False)
class Wanted:
    """What a policy wants of a trace.

    Attributes
    ----------
    policy : Policy
    entries : dict of (layer, KV head, chunk) to ndarray of float64 [F]
        For chunks with far tokens.
    operations : dict of the same to float
        Multiply-adds of prediction.
    table_bytes : dict of the same to float
    labels : dict of (layer, KV head) to ndarray of int64 [tokens before the last chunk]
        Groups that far memory is laid out by.
    by_kind : dict of str to ndarray of float64, ascending
        All entries of a kind of chunks.
    """

    policy: Policy
    entries: dict[At, NDArray[np.float64]] = field(default_factory=dict)
    operations: dict[At, float] = field(default_factory=dict)
    table_bytes: dict[At, float] = field(default_factory=dict)
    labels: dict[tuple[int, int], NDArray[np.int64]] = field(default_factory=dict)
    by_kind: dict[str, NDArray[np.float64]] = field(default_factory=dict)

    def add(self, at: At, seen: Seen, head: Head) -> None:
        """Take in one chunk of one head."""
        found = head.entries(seen.past, seen.rows)
        checks.array("entries", found, np.float64, (seen.past.far_tokens,))
        if not (found >= 0).all():
            raise ValueError(
                f"entries of {self.policy.label} must be at least 0, not {found.min()}"
            )
        self.entries[at] = found
        self.operations[at], self.table_bytes[at] = costs(self.policy, seen, head)


def costs(policy: Policy, seen: Seen, head: Head) -> tuple[float, float]:
    """Multiply-adds of the prediction of one chunk, and bytes of the policy's table."""
    sizes = {
        "rows": len(seen.rows),
        "tokens": seen.past.tokens,
        "far": seen.past.far_tokens,
        "groups": head.groups(seen.past),
        "d": seen.past.d,
    } | head.sizes()
    return policy.cost(policy.operations, **sizes), policy.cost(policy.table_bytes, **sizes)


def kind_of(kind: Kind) -> str | None:
    """Which of `KINDS` a chunk counts for, or none."""
    if kind == Kind.FRAME:
        return "frames"
    return None if kind == Kind.SYSTEM else "text"


def collect(
    trace: Trace, policy: Policy, settings: Settings, say: Callable[[], None] = lambda: None
) -> Wanted:
    """Send a trace through a policy; ``say`` is called after each layer and KV head.

    The trace has chunks with far tokens.

    Raises
    ------
    TypeError, ValueError
        If the policy does, or its entries are none.
    """
    wanted = Wanted(policy)
    parts: dict[str, list[NDArray[np.float64]]] = {}
    for layer, kv_head in settings.heads(trace):
        head, seen = policy.start(), None
        for seen in walk(trace, layer, kv_head, settings.config, settings.seed):
            at = (layer, kv_head, seen.chunk)
            wanted.add(at, seen, head)
            kind = kind_of(seen.kind)
            if kind is not None:
                parts.setdefault(kind, []).append(wanted.entries[at])
        head.check_finished()
        wanted.labels[layer, kv_head] = head.labels(seen.past)
        say()
    wanted.by_kind = {kind: np.sort(np.concatenate(found)) for kind, found in parts.items()}
    return wanted
