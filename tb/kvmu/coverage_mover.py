"""Functional coverage of the mover: which situations of the specification have been seen."""

import json
import os
from collections import Counter
from pathlib import Path

from kvmu.expected_mover import NAMES, refused, split

seen = Counter()


def export():
    """Write the counts so far, if a file is named for them; a simulator ends without notice."""
    if path := os.environ.get("FUNCTIONAL_COVERAGE"):
        Path(path).write_text(json.dumps({name: int(count) for name, count in seen.items()}))


def observe(played, build):
    """Count the situations of a round that has been judged."""
    for n, job in enumerate(played.jobs):
        seen[f"status {NAMES[played.status[n]]}"] += 1
        _observe_job(job, refused(build, (played.source, played.target), job), build)
    seen["jobs end out of order"] += played.order != sorted(played.order)
    seen["all tags in use"] += len({job["tag"] for job in played.jobs}) == build.jobs
    identities = {burst.id for burst in played.source.bursts}
    seen["all IDs in use"] += len(identities) == build.outstanding
    for name, peer in (("read", played.source), ("write", played.target)):
        for burst in peer.bursts:
            seen[f"{name} {burst.fate}"] += 1
            seen[f"{name} {peer.habits.order}"] += 1
        asked = [burst.address for burst in peer.bursts]
        seen[f"{name}s out of order"] += asked != sorted(asked)


def _observe_job(job, is_refused, build):
    if is_refused:
        return
    bursts = split(job, build.burst_bytes)
    seen["job of a beat"] += job["bytes"] == build.beat_bytes
    seen["job of a burst"] += len(bursts) == 1 and job["bytes"] == build.burst_bytes
    seen["longest job"] += job["bytes"] == build.job_bytes
    seen["page"] += job["bytes"] == 4096 and job["source"] % 4096 == job["target"] % 4096 == 0
    seen["sides apart"] += (job["source"] - job["target"]) % build.burst_bytes != 0
    seen["a page is crossed"] += job["source"] // 4096 != (job["source"] + job["bytes"] - 1) // 4096


def required(build, faults):
    """Situations that a run of `kvmu.bench_mover`, or that of the faults, must have seen."""
    names = {"job of a beat", "sides apart", "read ok", "write ok", "status ok", "all IDs in use"}
    if build.outstanding > 1:
        names |= {"jobs end out of order", "writes out of order"}
    if faults:
        names |= {f"status {name}" for name in NAMES if name != "refused"}
        names |= {f"read {fate}" for fate in ("slverr", "decerr", "short", "long", "never", "late")}
        names |= {f"write {fate}" for fate in ("slverr", "decerr", "never", "late")}
    else:
        names |= {"status refused", "job of a burst", "a page is crossed", "all tags in use"}
        names |= {"longest job"} | ({"page"} if build.job_bytes >= 4096 else set())
        names |= {
            f"{side} {order}"
            for side in ("read", "write")
            for order in ("in order", "reordered", "interleaved")
        }
    return names


def missing(build, faults):
    """Required situations that have not been seen."""
    return sorted(name for name in required(build, faults) if not seen[name])
