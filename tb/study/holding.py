"""How well thresholds from a prefix hold on the rest of a clip, beside one Th_r for all."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import resv
from resv import policies
from resv.laboratory import Interval, bootstrap
from resv.policies.base import pooled_weight
from resv.tokens import Kind
from study.clips import Part

TARGETS = {"ratio": 0.33, "follow": 0.33, "mass": 0.8}
POLICIES = ("resv_plus", "resv")
PREFIX = 20
TOKENS = 12
"""A cluster, on average, that a prefix shall give; few, since it is short."""

GRID = np.concatenate([np.arange(0, 0.99, 0.01), np.arange(0.99, 1, 0.001)])
"""Of Th_r, where one value for all heads is looked for."""


@dataclass(frozen=True, eq=False)
class Held:
    """One layer and KV head of a trace, behind its prefix.

    Attributes
    ----------
    part : Part
    policy, target : str
    automatic : float
        What the target came to.
    by_Th_r : ndarray of float64
        What each Th_r of `GRID` comes to.
    """

    part: Part
    policy: str
    target: str
    automatic: float
    by_Th_r: NDArray[np.float64]


def held(parts: Iterable[Part], say: Callable[[str], None]) -> list[Held]:
    """Every head of these traces, for each policy and target."""
    found = []
    for part in parts:
        say(f"{part.name}: thresholds")
        trace = resv.load_trace(part.path)
        for at in np.ndindex(trace.k.shape[:2]):
            for policy in POLICIES:
                found += _of_head(part, trace, at, policy)
    return found


def _of_head(part: Part, trace: resv.Trace, at: tuple[int, int], policy: str) -> Iterator[Held]:
    heads = {auto: policies.make(f"{policy}:auto={auto}").start() for auto in TARGETS}
    plain, frames = policies.make(policy).start(), 0
    sums = {auto: np.zeros(len(GRID) + 2) for auto in TARGETS}  # each Th_r, automatic, all
    for seen in policies.walk(trace, *at):
        if seen.kind != Kind.FRAME:
            continue
        frames += 1
        entries = plain.entries(seen.past, seen.rows)
        given = {auto: head.entries(seen.past, seen.rows) for auto, head in heads.items()}
        if frames <= PREFIX:
            continue
        for auto, worth in _worth(seen).items():
            own = worth[given[auto] <= TARGETS[auto]].sum()
            sums[auto] += [*_up_to(entries, worth), own, worth.sum()]
    for auto, total in sums.items():
        shares = total[:-1] / total[-1]
        yield Held(part, policy, auto, float(shares[-1]), shares[:-1])


def _worth(seen: policies.Seen) -> dict[str, NDArray[np.float64]]:
    """What each far token counts for, by target."""
    past = seen.past
    mass = pooled_weight(seen.rows, past.far_keys, 1, past.scale)
    each = np.ones(past.far_tokens)
    return {"ratio": each, "follow": each, "mass": mass}


def _up_to(entries: NDArray[np.float64], worth: NDArray[np.float64]) -> NDArray[np.float64]:
    """What is selected at each Th_r of `GRID`."""
    order = np.argsort(entries, kind="stable")
    sums = np.concatenate([[0.0], np.cumsum(worth[order])])
    return sums[np.searchsorted(entries[order], GRID, side="right")]


@dataclass(frozen=True)
class Size:
    """Clusters of one layer and KV head at the end of a trace.

    Attributes
    ----------
    part : Part
    Th_hd : int
        That its prefix gave, for `TOKENS` a cluster.
    automatic, fixed : float
        Tokens a cluster with it, and with Th_hd = 7.
    """

    part: Part
    Th_hd: int
    automatic: float
    fixed: float


def sizes(parts: Iterable[Part], say: Callable[[str], None]) -> list[Size]:
    """Clusters of ReSV in every head of these traces."""
    found = []
    for part in parts:
        say(f"{part.name}: sizes of clusters")
        trace = resv.load_trace(part.path)
        given = policies.thresholds(trace, f"resv:auto=ratio:tokens_per_cluster={TOKENS}", 0.33)
        for at, one in given.items():
            *_, last = policies.walk(trace, *at)
            tokens = last.past.first - last.past.sink_tokens
            clusters = [
                policies.make(f"resv:Th_hd={Th_hd}").start().groups(last.past)
                for Th_hd in (one.Th_hd, 7)
            ]
            found.append(Size(part, one.Th_hd, *(tokens / count for count in clusters)))
    return found


@dataclass(frozen=True)
class Holds:
    """How far heads of one regime are from a target, in shares.

    Attributes
    ----------
    mean : Interval
        Over clips, of what is reached.
    off : Interval
        Over clips, of the distance of each head from the target.
    worst : float
        The largest such distance.
    """

    mean: Interval
    off: Interval
    worst: float


def holds(found: list[Held], target: float, automatic: bool) -> Holds:
    """For the heads of one regime, policy and target.

    Without ``automatic``: with one Th_r for all heads, for each clip the one that came nearest to
    the target on the other clips.
    """
    reached: dict[str, dict[str, list[float]]] = {}
    for one in found:
        value = one.automatic
        if not automatic:
            others = [other.by_Th_r for other in found if other.part.clip != one.part.clip]
            value = one.by_Th_r[np.abs(np.mean(others, axis=0) - target).argmin()]
        reached.setdefault(one.part.clip, {}).setdefault(str(one.part.seed), []).append(value)

    def over(change: Callable[[float], float]) -> Interval:
        blocks = {}
        for clip, seeds in reached.items():
            pairs = {seed: [[change(x), 1.0] for x in own] for seed, own in seeds.items()}
            blocks[clip] = {seed: np.array(own) for seed, own in pairs.items()}
        return bootstrap(blocks)

    values = [x for seeds in reached.values() for own in seeds.values() for x in own]
    worst = max(abs(x - target) for x in values)
    return Holds(over(float), over(lambda x: abs(x - target)), worst)
