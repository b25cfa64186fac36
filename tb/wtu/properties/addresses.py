"""Nothing is written beyond what a row may have; what is loaded and gone through never meet."""

from dre.memory import SyncMemory
from verification.claims import implies
from wtu.properties.inside import Inside
from wtu.properties.invariants import invariants
from wtu.properties.packets import at_the_ports
from wtu.properties.rows_inside import rows_inside

BY_BEAT = ("masks", "list", "union")
"""Memories with a word a beat of the longest row, or for each beat at most."""


def at_the_memories(harness):
    """All memories: addresses below their depth, and places below the beats that a row can have.

    What is loaded and gone through, or given from where it is kept, are rows of different sets;
    masks and lists are not written while they are given, nor counts while they are needed; and
    where the lanes choose there is a beat from the streams or one from memory, never both.
    """
    config, entries = harness.unit._build, harness.part("entries")
    memories = {}
    for path, memory in harness.parts(SyncMemory):
        at, memories[path[-1]] = memory.write_address, memory
        harness.claim(implies(memory.write_en, at < memory.depth))
        harness.claim(implies(memory.read_en, memory.read_address < memory.depth))
        if path[-1] in BY_BEAT:
            place = at[: config.list_depth.bit_length() - 1]
            harness.claim(implies(memory.write_en, place < config.beats))
        harness.cover(memory.write_en)
    keys = memories["keys"]
    read = (entries.replay | entries.give) & keys.write_en
    harness.claim(implies(read, keys.write_address[-1] != keys.read_address[-1]))
    inside = Inside(harness)
    harness.claim(~(inside.loads[-1]["load"] & inside.replays[-1]["replay"]))
    needed = harness.part("decider").keep_counts | entries.give
    harness.claim(~(needed & memories["counts"].write_en))
    for name in ("masks", "list"):  # of the lists, the last lane's
        harness.claim(~(harness.part("emitter").emitting & memories[name].write_en))
    return inside


def in_range(harness):
    """With what makes it inductive."""
    seen = at_the_ports(harness)
    inside = at_the_memories(harness)
    invariants(harness, inside, *seen)
    rows_inside(harness, inside)
