"""Nothing is written beyond what a row may have; what is loaded and gone through never meet."""

from dre.memory import SyncMemory
from verification.claims import implies
from wtu.properties.cycles import lists, passes
from wtu.properties.inside import Inside
from wtu.properties.invariants import invariants
from wtu.properties.packets import at_the_ports

BY_BEAT = ("keys", "counts", "masks", "list", "union")
"""Memories with a word a beat, or a word for each beat at most."""


def at_the_memories(harness):
    """All memories: addresses below their depth, and places below the beats that a row can have."""
    config = harness.unit._build
    for path, memory in harness.parts(SyncMemory):
        at = memory.write_address
        harness.claim(implies(memory.write_en, at < memory.depth))
        harness.claim(implies(memory.read_en, memory.read_address < memory.depth))
        if path[-1] in BY_BEAT:
            place = at[: config.list_depth.bit_length() - 1]
            harness.claim(implies(memory.write_en, place < config.beats))
        harness.cover(memory.write_en)
    chosen_load = harness.signal("chosen_load", "entries")
    chosen_replay = harness.signal("chosen_replay", "entries")
    harness.claim(~(chosen_load & chosen_replay))


def in_range(harness):
    """With what makes it inductive."""
    seen = at_the_ports(harness)
    at_the_memories(harness)
    inside = Inside(harness)
    invariants(harness, inside, *seen)
    passes(harness, inside)
    lists(harness, inside)
    taken(harness, inside)
    on_the_way(harness, inside)


def taken(harness, inside):
    """A row is taken beat by beat, whatever the engine sends."""
    claim, loader, loading = harness.claim, inside.loader, inside.loading
    beats = inside.beats(loader._chunk.clusters)
    to_come = inside.beats(loader._left)
    claim(implies(loading("LOAD"), loader._left <= loader._chunk.clusters))
    claim(implies(loading("LOAD") & (loader._left != 0), loader._number + to_come == beats))
    for name in ("scores_reader", "counts_reader"):
        reading = harness.state("loader", name)
        claim(reading.register < reading.count)
        claim(implies(~loading("LOAD"), reading("OVER")))
        claim(implies(reading("MATCH", "READ"), loader._left != 0))


def on_the_way(harness, inside):
    """Beats on their way from the streams and from memory."""
    claim, decider = harness.claim, inside.decider
    loads, replays = inside.loads, inside.any_replays
    for load in loads:
        claim(implies(load["load"], load["beat"] < inside.config.beats))
    for replay in replays:
        row = replay["replay"] & ~replay["list"]
        claim(implies(row, replay["beat"] < inside.config.beats))
    # While the lists are still read for the row before, loading goes on.
    blocked = inside.deciding("LISTS") & inside.emitting("HEAD", "BEATS")
    claim(implies(blocked, decider._wait == decider._head_start))
    for j, load in enumerate(loads):
        # Loading stops when a replay waits for its head start.
        waited = decider._head_start - decider._wait
        claim(implies(inside.deciding("REPLAY", "LISTS") & load["load"], j >= waited))
        for i, replay in enumerate(replays):
            if len(loads) - j == len(replays) - i:
                claim(~(load["load"] & replay["replay"]))
    at_hand = inside.at_hand
    there = at_hand["load"] | at_hand["replay"]
    claim(implies(there, at_hand["beat"] < inside.config.beats))
