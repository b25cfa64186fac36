"""How a row is loaded and gone through, and the lanes' lists of candidates, beat by beat."""

from functools import reduce
from operator import or_

from amaranth.hdl import Mux

from dre.wtu.row import Take
from verification.claims import implies
from wtu.properties.inside import FIRST_DIGIT

LISTED = ("SECOND", "SEEKING_SECOND", "LISTS")
"""The lists are complete, and not gone through yet."""


def rows_inside(harness, inside):
    """All of it: how a row is loaded and gone through, and where it is."""
    loading(harness, inside)
    passes(harness, inside)
    sets(harness, inside)
    on_the_way(harness, inside)
    apart(harness, inside)
    lists(harness, inside)
    given(harness, inside)


def loading(harness, inside):
    """A row is taken beat by beat, whatever the engine sends."""
    claim, loader, loads = harness.claim, inside.loader, inside.loading("LOAD")
    beats, left = inside.beats(loader._chunk.clusters), loader._left
    claim(inside.since <= loader._settled)
    comes = loads & ~inside.all_has_come
    claim(implies(comes, (left != 0) & (left <= loader._chunk.clusters)))
    claim(implies(comes, loader._number + inside.beats(left) == beats))
    for name in ("scores", "counts"):
        reading = inside.reading(name)
        over = reading("OVER")
        claim(reading.register < reading.count)
        claim(implies(~loads, over))
        claim(implies(~over, left != 0))


def passes(harness, inside):
    """A row is gone through from its first beat to its last."""
    claim, decider, deciding = harness.claim, inside.decider, inside.deciding
    beats, left = inside.beats(decider._job.clusters), decider._left
    none = decider._job.no_row | (decider._job.clusters == 0)
    claim(implies(inside.decide_busy & ~deciding("HAND_OVER"), ~none))
    going = deciding("REPLAY", *inside.by_row)
    claim(implies(going, (left != 0) & (left <= decider._job.clusters)))
    claim(implies(going, decider._beat + inside.beats(left) == beats))
    claim(implies(deciding("LISTS"), decider._beat <= beats))
    claim(implies(deciding("SETTLE", "SETTLE_LISTS"), decider._wait <= decider._settle))
    above = decider._take == Take.ABOVE
    claim(implies(inside.decide_busy, decider._decided == above))
    claim(implies(deciding(*LISTED, *inside.by_row, "SETTLE_LISTS"), above))
    claim(implies(deciding("SEEKING_SECOND"), left == decider._job.clusters))
    every = decider._take == Take.EVERY
    claim(implies(inside.has_again & deciding("REPLAY"), every))
    if inside.config.reads_twice:
        begun = left == decider._job.clusters
        claim(implies(deciding("FORGETTING"), begun & every))
    claim(implies(deciding(*FIRST_DIGIT), left == decider._job.clusters))
    replayed = deciding("SETTLE") & (~inside.has_again | every)
    claim(implies(replayed, decider._beat == beats))
    waits = deciding("SEEKING_SECOND", *inside.second_reading)
    claim(implies(waits, decider._beat == 0))


def sets(harness, inside):
    """Rows that follow each other have different sets."""
    claim, given = harness.claim, inside.emitter._now.job
    loader, job = inside.loader, inside.decider._job
    decides, gives = inside.decide_busy, inside.emit_busy
    claim(implies(decides, job.set == loader._set ^ ~loader._again))
    claim(implies(decides & gives, job.set != given.set))
    claim(implies(~decides & gives, given.set != loader._set))


def on_the_way(harness, inside):
    """Beats on their way from the streams and from memory are the row's."""
    claim, config, job = harness.claim, inside.config, inside.decider._job
    for load in inside.loads:
        claim(implies(load["load"], load["beat"] < config.beats))
    for replay in inside.replays:
        row = replay["replay"] & ~replay["list"]
        claim(implies(row, (replay["beat"] < config.beats) & (replay["set"] == job.set)))
    for beat in inside.taken:
        claim(implies(beat["load"] | beat["replay"], beat["beat"] < config.beats))
        claim(implies(beat["replay"], beat["set"] == job.set))
    loader, first = inside.loader, inside.loading("LOAD") & ~inside.loader._again
    for n, load in enumerate((*inside.loads, *inside.taken)):
        again = load.get("again", 0)
        claim(implies(load["load"], inside.since <= n))
        claim(implies(load["load"] & ~again, first & (load["set"] == loader._set)))
        claim(implies(load["load"] & again, load["set"] == job.set))


def apart(harness, inside):
    """What makes it so that no two beats meet where the lanes choose."""
    claim, decider, loads = harness.claim, inside.decider, inside.loads
    issued = decider.replay | decider.replay_list
    if not decider._head_start:
        claim(implies(issued, decider.hold))
        return
    # Nothing that has been loaded lately is nearer to the lanes than what is issued now.
    still = decider._still_loading
    claim(implies(~decider.hold, still == decider._head_start + 1))
    for n, load in enumerate(loads):
        claim(implies(load["load"], still + n >= decider._head_start))
    ahead = len(loads) - len(inside.replays)
    for n, replay in enumerate(inside.replays):
        for load in loads[: ahead + n + 1]:
            claim(~(load["load"] & replay["replay"]))


def lists(harness, inside):
    """A lane's list has at most an entry for each beat of the row."""
    claim, decider, deciding = harness.claim, inside.decider, inside.deciding
    above, again = decider._take == Take.ABOVE, inside.has_again
    every = decider._take == Take.EVERY
    beats = inside.beats(decider._job.clusters)
    replays = [stage["replay"] & ~stage["list"] for stage in inside.replays]
    loads = [stage["load"] & stage["again"] for stage in inside.loads]
    taken = [stage["replay"] for stage in inside.taken]
    on_way = sum((Mux(there, 1, 0) for there in (*replays, *loads, *taken)), Mux(0, 1, 0))
    reading, once_more = inside.second_reading[:2], inside.by_row
    settling_lists = ("SETTLE_LISTS",) if once_more else ()
    claim(
        implies(~deciding("REPLAY", "SETTLE", *reading, *once_more, *settling_lists), on_way == 0)
    )
    for length in inside.list_lengths:
        most = length + on_way
        claim(length <= inside.config.candidates)
        claim(implies(deciding("REPLAY") & ~again & above, most <= decider._beat))
        claim(implies(deciding("SETTLE", *reading) & above, most <= beats))
        claim(implies(deciding(*LISTED), length <= beats))
        if inside.config.reads_twice:
            to_come = inside.to_come
            reads = deciding("SECOND_READING")
            claim(implies(reads & inside.loading("ROW"), most == 0))
            claim(implies(reads & inside.loading("LOAD"), most + to_come <= beats))
    for there in loads if inside.config.reads_twice else ():
        claim(implies(there, deciding("SECOND_READING") & inside.loading("LOAD")))
    for n, there in enumerate((*replays, *taken)):
        settling = deciding("SETTLE") & (~again | every)
        claim(implies(settling & there, n + decider._wait >= decider._settle))
    for n, there in enumerate((*replays, *taken) if once_more else ()):
        settling = deciding("SETTLE_LISTS") & there
        claim(implies(settling, n + decider._wait >= decider._settle))
    # Of what is read again at most the last beat has not come to its list by now.
    read = (deciding("SETTLE") & again & ~every) | deciding(*reading[1:])
    for there in (*replays, *loads, *taken[:-1]):
        claim(implies(read, ~there))


def given(harness, inside):
    """Masks and lists, and what of a row is kept, stay until they have been given."""
    claim, decider, deciding = harness.claim, inside.decider, inside.deciding
    emitter, job = inside.emitter, decider._job
    gives, some = emitter.emitting, [stage["replay"] for stage in (*inside.replays, *inside.taken)]
    some += [stage["load"] & stage["again"] for stage in inside.loads]
    for there in some:
        claim(~(gives & there))
    begun = deciding("REPLAY") & (decider._left != decider._job.clusters)
    begun |= deciding("HAND_OVER") & ~decider._job.nothing
    later = ("SETTLE", *LISTED, *inside.by_row, "SETTLE_LISTS", "THIRD", "SEEKING_THIRD")
    claim(~(gives & (begun | deciding(*later, "DIVIDING", *inside.second_reading[1:]))))
    nothing = job.no_row | (job.clusters == 0)
    claim(implies(inside.decide_busy & nothing, ~decider._decided))
    if inside.config.lists_fill:
        kept, row = gives & emitter._now.full, emitter._now.job
        claim(implies(kept, ~row.no_row & ~row.nothing & (row.clusters != 0)))
        claim(decider._giving == kept)
        for load in inside.loads[1:]:
            claim(implies(kept & load["load"], load["set"] != emitter._now.job.set))
    keeps = decider.keep_counts
    claim(implies(keeps, inside.decide_busy))
    going = ("REPLAY", "SETTLE", "SECOND") if inside.config.lists_fill else ("REPLAY",)
    of_chunk = ~inside.has_again & (deciding(*FIRST_DIGIT, *going))
    claim(implies(of_chunk, keeps))
    claim(implies(inside.has_again & inside.decide_busy, ~keeps))
    if inside.config.lists_fill:
        full = decider.full & decider._decided
        claim(implies(deciding(*inside.by_row), full))
        claim(implies(deciding("LISTS"), ~full))
        through = [stage["replay"] & ~stage["list"] for stage in inside.replays]
        through += [stage["replay"] for stage in inside.taken]
        claim(implies(deciding("SETTLE_LISTS") & reduce(or_, through), full))
        claim(
            implies(full & deciding("SEEKING_SECOND", *later[4:], "DIVIDING", "HAND_OVER"), keeps)
        )
    for load in inside.counts_on_way:
        claim(~((keeps | decider._giving) & load))


def longest_list(harness, inside):
    """Where it is found level by level, the first level is right when the row has settled."""
    beats = inside.beats(inside.decider._job.clusters)
    for length in inside.longest[0] if inside.longest else []:
        harness.claim(implies(inside.deciding(*LISTED), length <= beats))
