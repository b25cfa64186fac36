"""Functional coverage of the WTU: which situations of the specification have been seen.

Filled from chunks that have been judged and their golden rows; `missing` names what was left out.
With FUNCTIONAL_COVERAGE in the environment the counts are kept in that file too (JSON).
"""

import json
import os
from collections import Counter
from pathlib import Path

import numpy as np

from dre.layouts import RowStatus, ScoreMode
from resv.numerics import BF16
from resv.wicsum_integer import MAX_TOKENS

seen = Counter()

FEWEST_FOR_TOO_MANY = 17  # clusters of 65,535 tokens


def export():
    """Write the counts so far, if a file is named for them; a simulator ends without notice."""
    if path := os.environ.get("FUNCTIONAL_COVERAGE"):
        Path(path).write_text(json.dumps({name: int(count) for name, count in seen.items()}))


def observe(job, golden, build):
    """Count the situations of one chunk; ``golden`` are its rows, as they were judged."""
    if job.is_bad(build):
        seen["chunk BAD_CONFIG"] += 1
        return
    count, clusters = job.rows.shape
    for name, value in {"none": 0, "one": 1}.items():
        seen[f"rows {name}"] += count == value
    seen["rows many"] += count > 3
    if not count:
        return
    seen["rows without clusters"] += clusters == 0
    seen["one cluster"] += clusters == 1
    seen["all clusters"] += clusters == build.max_clusters
    seen["last beat partial"] += clusters % build.lanes != 0
    seen["last beat full"] += clusters % build.lanes == 0 and clusters > 0
    readings = job.readings(build)
    seen["as long as is kept on the chip"] += clusters == build.on_chip_clusters
    joined = np.zeros(clusters, bool)
    for n, row in enumerate(golden):
        seen[f"status {RowStatus(row.trailer['status']).name}, {readings} readings"] += 1
        seen[f"passes {row.trailer['passes']}, {readings} readings"] += clusters > 0
        seen[f"status {RowStatus(row.trailer['status']).name}"] += 1
        if n:
            news = bool((row.selected & ~joined).any())
            seen["row adds to the selection" if news else "row adds nothing"] += 1
        joined |= row.selected
        if clusters and row.trailer["status"] == RowStatus.OK.value:
            _observe_row(job, n, row, build)


def keys(job, n):
    """Keys of a row (spec D40) that is all numbers, int64 [clusters]."""
    if job.mode == ScoreMode.WEIGHT:
        return job.rows[n].astype(np.int64)
    exact = job.rows[n].view(BF16).astype(np.float64) * job.K * 2.0 ** (8 - job.k)
    return np.clip(np.rint(exact), -(2**15), 2**15 - 1).astype(np.int64)


def _observe_row(job, n, row, build):
    """A row without error that has clusters."""
    t, counted = keys(job, n), job.token_count > 0
    seen[f"mode {job.mode.name}"] += 1
    seen[f"TH {({None: 'all', 0: '0', 65_535: 'largest'}).get(job.TH, 'other')}"] += 1
    seen["no mass"] += row.no_mass
    seen["saturated"] += row.trailer["saturated"] > 0
    if not counted.any():
        return
    seen["as many tokens as allowed"] += job.token_count.sum() == MAX_TOKENS
    seen["largest key without a count"] += t.max() > t[counted].max()
    if row.trailer["passes"] == 1:
        return
    if job.mode == ScoreMode.EXP:
        octaves = (t[counted].max() >> 8) - (t[counted] >> 8)
        seen["octaves more than 24 below"] += bool((octaves > 24).any())
        seen["octaves more than 32 below"] += bool((octaves > 32).any())
        seen["octaves exactly 24 below"] += bool((octaves == 24).any())
        seen["octaves 32 below"] += bool((octaves % 32 == 0).any() and (octaves >= 32).any())
    seen["everything that counts"] += bool((row.selected == counted).all())
    if build.variant == "exact":
        _observe_cut(t, counted, row, build)
        _observe_lists(job, t, counted, row, build)
    else:
        _observe_buckets(job, t[counted], row, build)


def _observe_buckets(job, keys, row, build):
    """How a row of the control ended."""
    mode, gone = job.mode.name, row.trailer["passes"] - 1
    seen[f"{mode}: one bucket"] += gone == 1
    seen[f"{mode}: some buckets"] += 1 < gone < build.buckets
    seen[f"{mode}: all buckets"] += gone == build.buckets
    seen["early exit" if row.trailer["early_exit"] else "no early exit"] += 1
    seen["one key"] += keys.min() == keys.max()
    if build.axis == "logit" and job.mode == ScoreMode.EXP:
        seen["below 16 octaves"] += keys.min() <= keys.max() - 16 * 256


def _observe_cut(t, counted, row, build):
    """Where among equal keys a selection ends."""
    ends_at = t[row.selected].min()
    tied = np.flatnonzero(counted & (t == ends_at))
    inside = tied[row.selected[tied]]
    if len(inside) == len(tied):
        seen["cut between keys"] += len(inside) < counted.sum()
        return
    last, after = inside[-1] // build.lanes, tied[len(inside)] // build.lanes
    seen["tie cut within a beat" if last == after else "tie cut between beats"] += 1
    seen["tie cut after several beats"] += last > inside[0] // build.lanes
    seen["tie cut at a beat's end"] += (inside[-1] + 1) % build.lanes == 0


def _observe_lists(job, t, counted, row, build):
    """How many candidates a lane has, where lists may be full."""
    digits = t >> (11 if job.mode == ScoreMode.WEIGHT else 8)
    candidates = np.flatnonzero(counted & (digits == digits[row.selected].min()))
    longest = np.bincount(candidates % build.lanes).max()
    seen["a list is full"] += longest == build.candidates
    seen["a list is one short"] += longest == build.candidates + 1
    seen["a list is as long as the row"] += longest == build.beats
    cut = len(candidates) > row.selected[candidates].sum()
    seen["candidates are cut where lists are short"] += longest > build.candidates and cut


def required(build):
    """Situations that a build can get into, and that a full run of the benches must have seen."""
    names = {"rows none", "rows one", "rows without clusters", "one cluster", "all clusters"}
    names |= {"last beat full", "status OK", "status NOT_FINITE", "mode EXP", "mode WEIGHT"}
    names |= {"TH all", "TH 0", "TH largest", "TH other", "no mass", "saturated"}
    names |= {"rows many"} if build.max_rows > 3 else set()
    if build.lanes > 1:
        names |= {"last beat partial"}
    if build.max_clusters > 1:
        names |= {"largest key without a count", "everything that counts"}
        names |= {"octaves more than 24 below", "octaves more than 32 below"}
        names |= {"octaves exactly 24 below", "octaves 32 below"}
        names |= {"row adds nothing"}
        names |= _cuts(build) if build.variant == "exact" else _buckets(build)
    if build.reads_twice:
        names |= {"as long as is kept on the chip", "status NOT_FINITE, 2 readings"}
        names |= {f"passes {n}, {readings} readings" for n in (1, 3) for readings in (1, 2)}
    if build.max_clusters >= FEWEST_FOR_TOO_MANY:
        names |= {"status TOO_MANY_TOKENS", "as many tokens as allowed"}
    return names


def _cuts(build):
    """Where a selection can end."""
    names = {"cut between keys", "row adds to the selection"}
    if build.lanes > 1:
        names.add("tie cut within a beat")
    if build.beats > 1:
        names |= {"tie cut between beats", "tie cut at a beat's end"}
    if build.beats > 2:
        names.add("tie cut after several beats")
    if build.lists_fill:
        names |= {"a list is full", "a list is one short", "a list is as long as the row"}
        names.add("candidates are cut where lists are short")
    return names


def _buckets(build):
    """How a row of the control can end."""
    names = {"one key"} | ({"below 16 octaves"} if build.axis == "logit" else set())
    amounts = ["one bucket", "all buckets"] + ["some buckets"] * (build.buckets > 2)
    names |= {f"{mode.name}: {amount}" for mode in ScoreMode for amount in amounts}
    return (
        names
        | {"no early exit"}
        | ({"early exit", "row adds to the selection"} if build.buckets > 1 else set())
    )


def missing(build):
    """Required situations that have not been seen."""
    return sorted(name for name in required(build) if not seen[name])
