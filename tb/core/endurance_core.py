"""Endurance of a whole DRE: builds and counts; see `verification.endurance`.

Chunks go through `dre.rtl`, so that is held to the golden models too.
"""

import random
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field

import numpy as np

import simulate
from core.compare_core import Wrong, chunk, hold
from core.random_core import Traffic
from core.situations_core import SITUATIONS
from dre.driver import CommandFailed
from dre.kvmu.layouts import KVOp, KVStatus
from dre.rtl import RTL, Memory
from dre.rtl.simulation import ORDERS
from table.plain_table import Layout
from verification.endurance import Share

SMALL = {
    **{"hash_lanes": 4, "lanes": 4, "contexts": 3, "max_clusters": 48, "on_chip_clusters": 24},
    **{"near_slots": 160, "frames": 24, "far_pages": 20, "extents": 512, "max_tokens": 1_024},
    **{"max_chunk": 24, "query_heads": 4, "cache_words": 64},
}
ODD = SMALL | {
    **{"hash_lanes": 3, "lanes": 2, "contexts": 2, "max_clusters": 37, "on_chip_clusters": 15},
    **{"hash_bits": 48, "max_chunk": 7, "data_bits": 128, "entry_bytes": 1_024, "window": 3},
    **{"updates": 2, "outstanding": 3, "cache_words": 8, "near_slots": 97, "frames": 9},
    "scores_from": "near",
}
SHARES = {
    "small-asic": Share({**SMALL, "preset": "asic"}, 50_000, 400),
    "small-fpga": Share({**SMALL, "preset": "fpga"}, 25_000),
    "odd-asic": Share({**ODD, "preset": "asic"}, 25_000),
}
PIECE = 200  # chunks from one reset on
ROUND = 12  # chunks with the same thresholds
BAD_COMMANDS = 0.1  # chunks before which there is one
REFUSALS = {"refused": "no room", "bad_command": "bad command"}  # sticky bits of the KVMU
OPERATION = (
    "An operation is a chunk of one of several contexts, from hash words, scores, keys and values "
    "to what is delivered, through registers, HCU, WTU, KVMU, table unit and arbiter. Compared "
    "are every assignment, every row's mask and sums, granted and delivered addresses in their "
    "order, every delivered byte, commands that are refused (there is no room, or they cannot be), "
    "rows with scores that are no numbers, and at the end of each piece of two "
    "hundred chunks the tables in memory, counts and sticky bits. All streams stall in most "
    "pieces; memories answer late, stutter, and mix the order of IDs or beats. Thresholds and "
    "modes change every dozen chunks. Brackets name what came together in a chunk: a full table, "
    "streams that stall, an error, another context than before."
)


@dataclass
class Tally:
    """What a run came to; as `verification.endurance` wants it."""

    operations: int = 0
    mismatches: int = 0
    cycles: int = 0
    processor_seconds: float = 0.0
    kinds: Counter = field(default_factory=Counter)
    difference: str | None = None

    def add(self, other):
        self.operations += other.operations
        self.mismatches += other.mismatches
        self.cycles += other.cycles
        self.processor_seconds += other.processor_seconds
        self.kinds.update(other.kinds)
        self.difference = self.difference or other.difference


def missing(config, tally):
    """Situations that were never seen."""
    return [name for name in SITUATIONS if not tally.kinds[name]]


def endure(name, config, operations, seed, *, say):
    """At least so many chunks of a build, in pieces of a few hundred."""
    folder = simulate.BUILD / "rtl"
    RTL(config, folder=folder)  # compiled once, before there are several
    pieces, tally = -(-operations // PIECE), Tally()
    with ProcessPoolExecutor() as pool:
        jobs = [pool.submit(play, config, seed * 100_000 + n, PIECE) for n in range(pieces)]
        for job in as_completed(jobs):
            tally.add(job.result())
            say(f"{name}: {tally.operations:,} chunks, {tally.mismatches} wrong")
    return tally


def play(config, seed, operations, make=RTL):
    """One piece; returns its `Tally`. The first thing that is wrong ends it."""
    begun, rng, tally = time.process_time(), random.Random(seed), Tally()
    around = surroundings(rng)
    device = make(config, **around, seed=seed, folder=simulate.BUILD / "rtl")
    traffic = Traffic(config, device.bases, rng, stalls=around.get("willing", 1.0) < 1)
    try:
        while traffic.seen["chunks"] < operations:
            a_round(device, traffic)
        finish(device, traffic)
    except Exception as error:  # whatever it is, it is told with the seed that makes it again
        tally.mismatches, tally.difference = 1, f"piece {seed}, {type(error).__name__}: {error}"
    tally.operations, tally.kinds = traffic.seen["chunks"], traffic.seen
    tally.cycles, tally.processor_seconds = device.cycles, time.process_time() - begun
    return tally


def surroundings(rng):
    """How memories and streams behave in a piece."""
    if rng.random() < 0.2:
        return {"near": Memory((0, 4)), "far": Memory((20, 40))}
    return {
        "willing": rng.choice([1.0, 0.7, 0.3]),
        **{
            name: Memory(
                rng.choice([(0, 0), (0, 40), (20, 120)]), rng.choice(ORDERS), rng.choice([1, 0.6])
            )
            for name in ("near", "far")
        },
    }


def a_round(device, traffic):
    """Some chunks with the same thresholds; contexts end and begin."""
    rng = traffic.rng
    device.configure(**traffic.settings())
    for context in range(traffic.build.contexts):
        if context in traffic.contexts and rng.random() < 0.08:
            traffic.free(context)
            device.free(context)
        if context not in traffic.contexts:
            limits = traffic.begin(context)
            if limits:
                device.begin(context, **limits)
    stop = traffic.seen["chunks"] + ROUND
    for _ in range(ROUND):
        there = list(traffic.contexts)
        if traffic.seen["chunks"] >= stop or not there:
            return
        if rng.random() < BAD_COMMANDS:
            refuse(KVStatus.BAD_COMMAND, device.driver.do, KVOp.GRANT, **traffic.bad())
        chosen = rng.sample(there, rng.choice([1, len(there)]))
        expected = traffic.chunks(chosen)
        if expected and expected[0].status:
            refuse(KVStatus.REFUSED, device.chunk, expected[0].work)
        elif expected:
            dones = device.chunks([one.work for one in expected])
            for one, done in zip(expected, dones, strict=True):
                compare(traffic, one, done)


def refuse(status, give, *arguments, **fields):
    """What is given is refused, and nothing changes."""
    try:
        give(*arguments, **fields)
    except CommandFailed as error:
        hold("status", error.result.status, status)
    else:
        raise Wrong(f"{arguments} was taken, not refused with {status.name}")


def compare(traffic, one, done):
    """All that has come of a chunk."""
    hold("number", done.number, one.number)
    chunk(done, one.outcomes[0].grants, one.assignments, one.rows, one.delivered)
    entries = traffic.contexts[one.work.context].entries
    right = [entries[token] for token in one.delivered]
    hold("content", done.content, np.array(right, np.uint8).reshape(done.content.shape))
    hold("lost", done.lost, 0)


def finish(device, traffic):
    """Tables in memory, counts and sticky bits, when nothing is under way."""
    while not device.driver.get("state")["idle"]:
        pass
    table = device.region("table").reshape(-1).tobytes()
    Layout(traffic.build.table).check(table, traffic.plain)
    counts, seen = device.driver.counts(), traffic.seen
    for name in ("from_ring", "from_area", "from_far", "pages_hit", "pages_read", "pages_written"):
        hold(name, counts[f"kvmu_{name}"], seen[name])
    hold("chunks", counts["hcu_chunks"], seen["chunks"])
    hold("rows", counts["wtu_rows"], seen["rows"])
    hold("tokens", counts["table_tokens"], seen["founded"] + seen["joined"])
    hold("errors", device.driver.errors(), errors(seen))


def errors(seen):
    """The sticky bits that must be set."""
    kvmu = {name for name, what in REFUSALS.items() if seen[what]}
    wtu = {"not_finite"} if seen["rows not finite"] else set()
    return {unit: bits for unit, bits in (("wtu", wtu), ("kvmu", kvmu)) if bits}
