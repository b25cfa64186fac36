"""Figures from rows: by trace and policy, by head, at equal link bytes, and their differences."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from resv.laboratory.bootstrap import Interval, bootstrap
from resv.laboratory.rows import Row

METRICS = ("output_error", "output_error_centred", "mass_recalled")
LINK_BUDGETS = (0.01, 0.02, 0.05, 0.1, 0.2)
"""Link bytes, relative to fetching all far tokens for every chunk."""

Key = tuple[Any, ...]


@dataclass(frozen=True)
class Figures:
    """What a set of rows comes to. Shares and errors are 1 for 100 %.

    Attributes
    ----------
    ratio : float
        Selected over far tokens, sum over sum.
    mass_recalled, output_error, output_error_centred : float
        Mean over query rows (D135).
    operations, operations_share : float
        Multiply-adds of prediction for one chunk in one KV head; over full attention's.
    table_bytes, table_share : float
        Of one KV head, at the end; over its K and V.
    link_ratio : float
        Bytes read over the bytes of all far tokens of every chunk; NaN if not measured (D136).
    knob : float
    reached : bool
    """

    ratio: float
    mass_recalled: float
    output_error: float
    output_error_centred: float
    operations: float
    operations_share: float
    table_bytes: float
    table_share: float
    link_ratio: float
    knob: float
    reached: bool


def grouped(rows: Iterable[Row], by: Sequence[str]) -> dict[Key, list[Row]]:
    """Rows by the values of these columns; a NaN is None."""
    found: dict[Key, list[Row]] = {}
    for row in rows:
        values = (getattr(row, name) for name in by)
        key = tuple(None if isinstance(v, float) and math.isnan(v) else v for v in values)
        found.setdefault(key, []).append(row)
    return found


def figures(rows: Sequence[Row]) -> Figures:
    """Figures of rows that belong together: of one policy, table, kind and target.

    Raises
    ------
    ValueError
        If there are none.
    """
    if not rows:
        raise ValueError("rows must be at least one, not none")

    def total(name: str, some: Iterable[Row] = rows) -> float:
        return sum(getattr(row, name) for row in some)

    last: dict[Key, Row] = {}
    for row in rows:
        at = (row.trace, row.layer, row.kv_head)
        if at not in last or row.block >= last[at].block:
            last[at] = row
    query_rows, far = total("query_rows"), total("far_tokens")
    return Figures(
        ratio=total("selected_tokens") / far,
        **{name: total(name) / query_rows for name in METRICS},
        operations=total("operations") / total("chunks"),
        operations_share=total("operations") / total("full_operations"),
        table_bytes=total("table_bytes", last.values()) / len(last),
        table_share=total("table_bytes", last.values()) / total("kv_bytes", last.values()),
        link_ratio=total("link_bytes") / total("far_bytes"),
        knob=rows[0].knob,
        reached=all(row.reached for row in rows),
    )


def by_policy(rows: Iterable[Row]) -> dict[Key, Figures]:
    """Figures by (trace, kind, table, policy, target), in the order of the rows."""
    by = ("trace", "kind", "table", "policy", "target")
    return {key: figures(found) for key, found in grouped(rows, by).items()}


def by_head(rows: Iterable[Row]) -> dict[Key, Figures]:
    """Figures by (trace, kind, table, policy, target, layer, kv_head)."""
    by = ("trace", "kind", "table", "policy", "target", "layer", "kv_head")
    return {key: figures(found) for key, found in grouped(rows, by).items()}


def at_equal_link(
    rows: Iterable[Row], budgets: Sequence[float] = LINK_BUDGETS, metric: str = "output_error"
) -> dict[tuple[str, str], list[float]]:
    """A metric at the same link bytes, by (trace, policy): between a policy's own measured points.

    Straight lines join the points (link ratio, metric) of the policy's retrieval ratios; NaN where
    a budget is not between two of them. Nothing is extrapolated.
    """
    points: dict[tuple[str, str], dict[float, float]] = {}
    for (trace, kind, table, policy, target), found in by_policy(rows).items():
        measured = kind == "frames" and table == "ratio" and not math.isnan(found.link_ratio)
        if measured and target is not None:
            own = points.setdefault((trace, policy), {})
            own[found.link_ratio] = getattr(found, metric)
    result = {}
    for key, own in points.items():
        at = sorted(own)
        values = np.interp(budgets, at, [own[x] for x in at], left=math.nan, right=math.nan)
        result[key] = values.tolist()
    return result


def differences(
    rows: Iterable[Row], against: str, metric: str = "output_error", seed: int = 0
) -> dict[tuple[str, str, str, float, str], Interval | None]:
    """Paired differences, policy minus ``against``, by (regime, table, kind, target, policy).

    At a knob that was given there is none: policies retrieve as much as each likes there. None
    where one of the two did not reach the ratio on every trace: they differ in more than the
    policy then.

    Parameters
    ----------
    rows : iterable of Row
        Of any number of traces; clips and seeds as their metadata name them.
    against : str
        Label of a policy among them.
    metric : str
        One of `METRICS`.
    seed : int
        Of the bootstrap.

    Raises
    ------
    ValueError
        If there is no such policy or metric.
    """
    if metric not in METRICS:
        raise ValueError(f"metric must be one of {', '.join(METRICS)}, not {metric!r}")
    sets = grouped(rows, ("regime", "table", "kind", "target", "policy"))
    known = list(dict.fromkeys(key[-1] for key in sets))
    if against not in known:
        raise ValueError(f"against must be one of {', '.join(known)}, not {against!r}")
    result = {}
    for key, own in sets.items():
        other = sets.get((*key[:-1], against))
        if key[1] == "knob" or key[-1] == against or key[3] is None or other is None:
            continue
        reached = all(row.reached for row in (*own, *other))
        result[key] = bootstrap(_paired(own, other, metric), seed=seed) if reached else None
    return result


def _paired(own: list[Row], other: list[Row], metric: str) -> dict[str, dict[str, np.ndarray]]:
    """Differences by clip, seed and block; only blocks that both have."""
    by = ("clip", "weights_seed", "trace", "block")
    blocks = [grouped(rows, by) for rows in (own, other)]
    result: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for key in blocks[0]:
        if key not in blocks[1]:
            continue
        sums = [sum(getattr(row, metric) for row in found[key]) for found in blocks]
        count = sum(row.query_rows for row in blocks[0][key])
        clip, weights_seed = key[:2]
        result.setdefault(clip, {}).setdefault(weights_seed, []).append((sums[0] - sums[1], count))
    return {
        clip: {seed: np.array(pairs, float) for seed, pairs in seeds.items()}
        for clip, seeds in result.items()
    }
