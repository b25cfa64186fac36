"""Functional coverage of the KVMU: which situations of the specification have been seen."""

import json
import os
from collections import Counter
from pathlib import Path

from kvmu.bad_kvmu import BAD
from kvmu.golden_kvmu import FETCH, RELEASE, STATUSES
from kvmu.packets_kvmu import assigned_faults, selected_faults

OPERATIONS = ("init", "free", "grant", "fetch", "release", "end")

seen = Counter()


def export():
    """Write the counts so far, if a file is named for them; a simulator ends without notice."""
    if path := os.environ.get("FUNCTIONAL_COVERAGE"):
        Path(path).write_text(json.dumps({name: int(count) for name, count in seen.items()}))


def given(made, packet, golden, seen=seen):
    """Count what a command has asked for."""
    if packet is not None:
        stream = "selected" if made.command["op"] == FETCH else "assigned"
        seen[f"{stream} {packet.fault}"] += 1
    if made.part is not None:
        _part(made, golden.state(made.command["context"]), seen)


def _part(made, state, seen):
    part, kind = made.part, "first" if made.command["op"] == FETCH else "next"
    seen[f"{kind} part, {'more' if part.more else 'the last'}"] += 1
    seen["empty part"] += not made.delivered
    hits = {page for page in state.area.pages() if page not in dict(part.frames)}
    seen["nothing but what is here"] += bool(made.delivered) and not part.frames
    seen["more, though nothing could be read"] += part.more and not part.frames
    seen["frames for all pages"] += len(part.frames) == len(state.area) > 1
    seen["pages make room"] += bool(part.evicted)
    seen["some stay while others come"] += bool(hits) and bool(part.frames)
    seen["read of several pages"] += any(read.pages > 1 for read in part.reads)
    counts = made.counts
    seen["ring, area and far in one"] += all(
        counts[name] for name in ("from_ring", "from_area", "from_far")
    )


def kind_of(made):
    """Operation and status of a command that has ended."""
    operation = OPERATIONS[made.command["op"]] if made.command["op"] < len(OPERATIONS) else "none"
    return f"{operation} {STATUSES[made.result['status']]}"


def observe(made, seen=seen):
    """Count a command that has ended."""
    seen[kind_of(made)] += 1
    seen["several pages leave"] += len(made.written) > 1
    seen["pages leave, and one fails"] += bool(made.written) and len(made.offloaded) > len(
        made.written
    )
    seen["grant of sinks"] += bool(made.grants) and made.first == 0
    if made.command["op"] == RELEASE and made.part is None:
        seen["last release"] += 1


PLAIN = {
    *(f"{operation} ok" for operation in OPERATIONS),
    *(
        "grant refused",
        "init refused",
        "first part, more",
        "first part, the last",
        "next part, the last",
    ),
    *(
        "empty part",
        "nothing but what is here",
        "pages make room",
        "last release",
        "grant of sinks",
    ),
    *("read ok", "write ok", "selected none", "assigned none"),
}


def required(build, kind):
    """Situations that a run of a bench of this kind has seen: plain, faults, bad, or broken."""
    if kind == "plain":
        names = PLAIN | ({"read of several pages"} if build.most_pages > 1 else set())
        return names | ({"some stay while others come"} if build.frames > 1 else set())
    if kind == "faults":
        names = {"fetch read_failed", "end write_failed", "release read_failed"}
        names |= {"read fails", "write fails"}
        return names | ({"read recovers", "write recovers"} if build.retries else set())
    if kind == "broken":
        return {"broken within a packet"}
    names = {f"bad {name}" for name in BAD} | {"end out_of_step", "end void", "fetch out_of_step"}
    names |= {f"selected {name}" for name in (*selected_faults(build.lanes), "not its own")}
    names |= {f"assigned {name}" for name in assigned_faults(build.max_clusters)}
    return names


def missing(build, kind, seen=seen):
    """Required situations that have not been seen."""
    return sorted(name for name in required(build, kind) if not seen[name])
