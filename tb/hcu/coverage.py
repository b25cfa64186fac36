"""Functional coverage of the HCU: which situations of the specification have been seen.

Filled from what the hardware answered and the golden tables; `missing` names what was left out.
With FUNCTIONAL_COVERAGE in the environment the counts are kept in that file too (JSON).
"""

import json
import os
from collections import Counter
from pathlib import Path

import numpy as np

from dre.layouts import ChunkStatus
from resv import hamming_distance

seen = Counter()


def export():
    """Write the counts so far, if a file is named for them; a simulator ends without notice."""
    if path := os.environ.get("FUNCTIONAL_COVERAGE"):
        Path(path).write_text(json.dumps({name: int(count) for name, count in seen.items()}))


def observe(answer, table, build):
    """Count the situations of one chunk; ``table`` is the golden one before the chunk."""
    job = answer.job
    seen[f"status {answer.status.name}"] += 1
    if answer.status != ChunkStatus.OK:
        return
    size = len(job.words)
    for name, value in {"empty": 0, "one": 1, "largest": build.max_chunk}.items():
        seen[f"chunk {name}"] += size == value
    seen["group partly filled"] += size % build.lanes != 0
    seen["table empty"] += len(table) == 0 and size > 0
    seen["Th_hd 0"] += job.Th_hd == 0 and size > 0
    seen["Th_hd largest"] += job.Th_hd == build.hash_bits + 1 and size > 0
    seen["table over its limit"] += len(table) > job.max_clusters and size > 0
    founder_of = {}
    for n, token in enumerate(answer.tokens):
        _observe_token(n, token, answer, table, build, founder_of)
        if token["founded"]:
            founder_of[token["cluster"]] = n


def _observe_token(n, token, answer, table, build, founder_of):
    job = answer.job
    seen["founded"] += token["founded"]
    seen["joined near"] += not token["founded"] and not token["full"]
    founder = founder_of.get(token["cluster"])
    if founder is not None and not token["founded"]:
        same = founder // build.lanes == n // build.lanes
        seen["joined own group's founder" if same else "joined earlier group's founder"] += 1
    if not len(table):
        return
    joinable = table.members + build.max_chunk <= 65_535
    is_open = joinable & (table.members < (job.cluster_cap or 65_535))
    distance = hamming_distance(job.words[n][None], table.words)[0]
    ours = token["distance"]
    if token["full"]:
        seen["full, joined open"] += bool(is_open.any() or founder_of)
        seen["full, joined closed"] += not (is_open.any() or founder_of)
    seen["closed one was nearer"] += bool((distance[joinable & ~is_open] < ours).any())
    seen["unjoinable one was nearer"] += bool((distance[~joinable] < ours).any())
    if token["cluster"] < len(table) and not token["founded"]:
        seen["tie"] += np.count_nonzero(distance[is_open] == ours) > 1


def required(build):
    """Situations that a build can get into, and that a full run of the benches must have seen."""
    names = {"status OK", "chunk empty", "chunk one"}
    names |= {"chunk largest", "table empty", "Th_hd 0", "Th_hd largest", "founded", "joined near"}
    names |= {"full, joined open"}
    if build.table == "stream":  # members of an on-chip table cannot be preset
        names |= {"status REFUSED", "full, joined closed"}
        if build.max_clusters > 1:
            names.add("unjoinable one was nearer")
    if build.max_clusters > 1:
        names |= {"tie", "closed one was nearer", "table over its limit"}
    if build.max_chunk > 1 and build.lanes > 1:
        names |= {"joined own group's founder", "group partly filled"}
    if build.groups > 1:
        names |= {"joined earlier group's founder"}
    return names


def missing(build):
    """Required situations that have not been seen."""
    return sorted(name for name in required(build) if not seen[name])
