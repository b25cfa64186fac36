"""Thresholds that set themselves: per layer and KV head, from a short prefix (D178)."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resv import checks
from resv.policies.base import Head, Policy, pooled_weight
from resv.policies.past import Past
from resv.policies.registry import make
from resv.policies.walk import Seen, walk
from resv.tokens import Kind
from resv.traces import Trace

TARGETS = ("ratio", "mass", "follow")
"""``follow`` is ``ratio`` of the last so many chunks, found anew for each chunk."""

THRESHOLD = "Th_r"
"""What the knob of ReSV is, if it has no target."""


@dataclass(frozen=True)
class Thresholds:
    """What one layer and KV head was given.

    Attributes
    ----------
    Th_hd : int
    Th_r : float
    reached : float
        What they give on the prefix: retrieval ratio, or mass recalled.
    """

    Th_hd: int
    Th_r: float
    reached: float


class AutomaticHead(Head):
    """A head with the knob Th_r whose knob becomes a target, once a prefix has been seen.

    Up to then it selects with Th_r, as it would without. The prefix is ``prefix`` chunks of frames
    with far tokens; their keys must be at hand when it ends, since they are clustered again. With
    ``follow`` it is the last so many chunks from then on.

    Parameters
    ----------
    policy : Policy
        With the parameters ``auto``, ``prefix``, ``tokens_per_cluster``, ``Th_hd``, ``hash_bits``.
    """

    def __init__(self, policy: Policy) -> None:
        super().__init__(policy)
        self.inner = _plain(policy)
        self._prefix: list[tuple[Past, NDArray[np.float64]]] = []
        self._Th_r: NDArray[np.float64] | None = None  # ascending, where something comes in
        self._reached = np.zeros(0)  # of the target, from each of these on
        self._last: deque[NDArray[np.float64]] = deque(maxlen=policy.prefix)  # entries

    def entries(self, past: Past, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """As `Head.entries`: Th_r within the prefix, then the target."""
        if self._Th_r is None and past.far_tokens and past.kind == Kind.FRAME:
            if len(self._prefix) == self.policy.prefix:
                self._decide(past)
            else:
                self._prefix.append((past, rows))
        found = self.inner.entries(past, rows)
        if self._Th_r is None:
            return found
        at = np.searchsorted(self._Th_r, found)  # the next Th_r of the prefix
        needed = np.append(self._reached, 1.0)[at]
        if self.policy.auto == "follow" and past.kind == Kind.FRAME:
            self._last.append(found)
            self._follow()
        return np.where(at == 0, 0.0, needed)  # there is no less

    def thresholds(self, target: float) -> Thresholds | None:
        """The largest Th_r that stays within the target on the prefix; None before it has ended.

        If none does it is the smallest at which something is selected.
        """
        if self._Th_r is None:
            return None
        at = max(np.searchsorted(self._reached, target, side="right") - 1, 0)
        Th_r, reached = float(self._Th_r[at]), float(self._reached[at])
        return Thresholds(self.inner.policy.Th_hd, Th_r, reached)

    def check_finished(self) -> None:
        """As `Head.check_finished`: the prefix must have ended."""
        if self._Th_r is None:
            raise ValueError(
                f"prefix of {self.policy.label} must be less than the trace's frames with far "
                f"tokens ({len(self._prefix)}), not {self.policy.prefix}"
            )

    def _decide(self, past: Past) -> None:
        """End the prefix: both thresholds, from its chunks."""
        self.inner = _plain(replace(self.policy, Th_hd=self._Th_hd(past)))  # from the beginning
        entries = [self.inner.entries(before, rows) for before, rows in self._prefix]
        worth = [_worth(before, rows, self.policy.auto) for before, rows in self._prefix]
        self._map(np.concatenate(entries), np.concatenate(worth))
        self._last.extend(entries)
        self._prefix = []

    def _follow(self) -> None:
        entries = np.concatenate(self._last)
        self._map(entries, np.ones(len(entries)))

    def _map(self, entries: NDArray[np.float64], worth: NDArray[np.float64]) -> None:
        """What each Th_r comes to, where so much each is what comes in."""
        order = np.argsort(entries, kind="stable")
        last = np.flatnonzero(np.diff(entries[order], append=np.inf))  # of equal ones
        self._Th_r = entries[order][last]
        self._reached = (np.cumsum(worth[order]) / worth.sum())[last]

    def _Th_hd(self, past: Past) -> int:
        """The least whose clusters have so many tokens on average; the most if none has."""
        if not self.policy.tokens_per_cluster:
            return self.policy.Th_hd
        for Th_hd in range(1, self.policy.hash_bits + 1):
            clusters = _plain(replace(self.policy, Th_hd=Th_hd)).groups(past)
            if past.first - past.sink_tokens >= self.policy.tokens_per_cluster * clusters:
                return Th_hd
        return self.policy.hash_bits + 1

    def groups(self, past: Past) -> int:
        """As `Head.groups`."""
        return self.inner.groups(past)

    def labels(self, past: Past) -> NDArray[np.int64]:
        """As `Head.labels`."""
        return self.inner.labels(past)

    def sizes(self) -> dict[str, int]:
        """As `Head.sizes`."""
        return self.inner.sizes()


def check(policy: Policy) -> None:
    """Check the parameters that a policy has for this; raises its TypeError and ValueError."""
    checks.one_of("auto", policy.auto, ("none", *TARGETS))
    checks.integer("prefix", policy.prefix, 1)
    checks.real("tokens_per_cluster", policy.tokens_per_cluster, 0)


def knob(policy: Policy) -> str:
    """What the knob of such a policy is."""
    return {
        "none": THRESHOLD,
        "ratio": "share of the far tokens of a prefix",
        "mass": "share of the mass of a prefix",
        "follow": "share of the far tokens of the last chunks",
    }[policy.auto]


def thresholds(
    trace: Trace, policy: str | Policy, target: float, **sizes: Any
) -> dict[tuple[int, int], Thresholds]:
    """Th_hd and Th_r of every layer and KV head, from the beginning of a trace.

        found = policies.thresholds(trace, "resv:auto=ratio", 0.33)
        found[0, 1].Th_hd, found[0, 1].Th_r

    Without ``tokens_per_cluster`` the target sets Th_hd too: the largest, up to the policy's own,
    with which the prefix stays within the target. Fewer tokens than their first clusters cannot be
    selected; smaller clusters are fewer tokens.

    Parameters
    ----------
    trace : Trace
        Its prefix is looked at: as many chunks of frames with far tokens as the policy says, and
        one more.
    policy : str or Policy
        With ``auto``.
    target : float
        Retrieval ratio, or share of the far tokens' softmax mass, above 0 and below 1.
    **sizes
        ``config`` and ``seed``, as ``policies.walk`` takes them.

    Raises
    ------
    ValueError
        If the policy has no such target, the target is out of range, or the trace is too short.
    """
    policy = make(policy)
    if getattr(policy, "auto", "none") == "none":
        raise ValueError(
            f"policy must have a target (auto={'|'.join(TARGETS)}), not {policy.label!r}"
        )
    checks.real("target", target, 0, 1)
    return {
        (layer, kv_head): _of_prefix(
            list(_prefix(trace, layer, kv_head, policy, sizes)), policy, target
        )
        for layer, kv_head in np.ndindex(trace.k.shape[:2])
    }


def _prefix(
    trace: Trace, layer: int, kv_head: int, policy: Policy, sizes: dict[str, Any]
) -> Iterator[Seen]:
    """Chunks up to the first behind the prefix."""
    frames = 0
    for seen in walk(trace, layer, kv_head, **sizes):
        yield seen
        if seen.kind == Kind.FRAME:
            frames += 1
        if frames > policy.prefix:
            return
    raise ValueError(
        f"trace must have more than {policy.prefix} frames with far tokens, as the prefix"
    )


def _of_prefix(chunks: list[Seen], policy: Policy, target: float) -> Thresholds:
    """Thresholds of one layer and KV head."""
    tried = (policy.Th_hd,) if policy.tokens_per_cluster else range(policy.Th_hd, 0, -1)
    for Th_hd in tried:
        head = replace(policy, Th_hd=Th_hd).start()
        for seen in chunks:
            head.entries(seen.past, seen.rows)
        found = head.thresholds(target)
        if found.reached <= target:
            break
    return found


def _plain(policy: Policy) -> Head:
    return replace(policy, auto="none", tokens_per_cluster=0.0).start()


def _worth(past: Past, rows: NDArray[np.float64], target: str) -> NDArray[np.float64]:
    """What each far token adds to the target: float64 [F]."""
    if target != "mass":
        return np.ones(past.far_tokens)
    return pooled_weight(rows, past.far_keys, 1, past.scale)
