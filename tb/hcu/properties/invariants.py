"""What holds inside the HCU in every cycle, so that induction over ports goes through.

R, the tokens of the chunk at hand still to be decided, are in the pipeline, with the sequencer,
waiting as a further group, or with the loader; tokens that have been decided and R are the chunk's.
"""

from functools import reduce
from operator import add, or_

from amaranth.hdl import Mux, Signal, Value

from dre.layouts import ChunkStatus
from hcu.properties.inside import IN_GROUP, fits
from hcu.properties.order import FIELDS, Promises
from verification.claims import implies


def invariants(harness, inside, promises, seen):
    """All of them."""
    loader_states(harness, inside)
    sequencer_states(harness, inside)
    handed_over(harness, inside)
    promised(harness, inside, promises)
    pipeline(harness, inside)
    if inside.config.timing.registered_control:
        matched(harness, inside)
    table_and_buffer(harness, inside)
    lanes(harness, inside)
    if inside.config.timing.decide_slots == 2:
        looked_up(harness, inside)
    leaving(harness, inside, promises, seen)
    remaining(harness, inside, seen)


def loader_states(harness, inside):
    """The loader alone."""
    claim, loader, loading = harness.claim, inside.loader, inside.loading
    header, status = loader._header, loader._status
    config, left, loaded = inside.config, loader._left, loader._loaded
    bad = status == ChunkStatus.BAD_CONFIG
    claim(loading.register < loading.count)
    claim(loaded <= config.lanes)
    claim(implies(loading("HEADER", "START"), loaded == 0))
    claim(implies(loading("START"), loader._first & (status == ChunkStatus.OK)))
    claim(implies(loading("START"), loader._fits == fits(config, header, loader._settings)))
    claim(implies(loading("START"), ~harness.unit.passes.valid))
    claim(implies(loading("LOAD"), (left != 0) & ~bad & (loaded < config.lanes)))
    empty = loader._first & (left == 0) & (bad | (header.tokens == 0))
    claim(implies(loading("DRAIN", "GROUP"), (loaded != 0) | empty))
    claim(implies(inside.taken, status != ChunkStatus.REFUSED))
    checked = inside.taken & ~loading("START")
    claim(implies(checked, bad == ~fits(config, header, loader._settings)))
    claim(implies(inside.taken & bad, loader._first & (left == 0) & (loaded == 0)))
    claim(implies(inside.taken & ~bad & loader._first, loaded + left == header.tokens))


def sequencer_states(harness, inside):
    """The sequencer alone."""
    claim, sequencer, sequencing = harness.claim, inside.sequencer, inside.sequencing
    current, left = sequencer.current, sequencer._left
    group = current.group
    claim(sequencing.register < sequencing.count)
    claim(implies(inside.busy, group.status != ChunkStatus.REFUSED))
    claim(implies(inside.busy, inside.bad == ~fits(inside.config, current, current.settings)))
    claim(implies(inside.busy & inside.bad, (group.size == 0) & group.last))
    claim(implies(inside.busy & (group.size == 0), sequencing("END")))
    claim(implies(sequencing("END"), group.last))
    claim(implies(sequencing("CONTINUE"), ~group.last))
    claim(implies(sequencing("DRAIN"), sequencer.void))
    claim(implies(sequencing(*IN_GROUP), left <= inside.config.lanes))
    # With two slots a token the sequencer sees a cycle late that all are gone.
    late = sequencing("ISSUE_OWN") & (inside.config.timing.decide_slots == 2)
    claim(implies(sequencing(*IN_GROUP) & ~late, left != 0))


def handed_over(harness, inside):
    """Loader and sequencer are at the same chunk, or the loader at the next."""
    claim, loader, current = harness.claim, inside.loader, inside.sequencer.current
    more, group = loader.more, inside.sequencer.current.group
    claim(implies(more.valid, inside.busy & ~group.last & (more.payload.size != 0)))
    claim(implies(more.valid, more.payload.size <= inside.config.lanes))
    for status in (ChunkStatus.BAD_CONFIG, ChunkStatus.REFUSED):
        claim(implies(more.valid, more.payload.status != status))
    goes_on = inside.busy & ~group.last & ~(more.valid & more.payload.last)
    claim(goes_on == (inside.taken & ~loader._first))
    for name in FIELDS:
        claim(implies(goes_on, loader._header[name] == current[name]))


def promised(harness, inside, promises):
    """Which chunk is which promise."""
    claim, port, loader = harness.claim, harness.unit.assignments, inside.loader
    ends = port.valid & port.payload.last
    first = inside.taken & loader._first
    claim(promises.count == first + (inside.busy | ends))
    current = inside.sequencer.current
    claim(implies(inside.busy, Promises.matches(promises.oldest, current, current.settings)))
    claim(implies(first, promises.newest_is(loader._header, loader._settings)))


def pipeline(harness, inside):
    """Where own tokens can be, in which state."""
    claim, sequencing = harness.claim, inside.sequencing
    gone = inside.sequencer._left == 0
    own = [inside.stage("own", n) for n in inside.stages]
    entry = [inside.stage("entry", n) for n in inside.stages]
    peek = [inside.stage("peek", n) for n in inside.stages]
    final = [inside.stage("last", n) & bit for n, bit in zip(inside.stages, own, strict=True)]
    any_own, any_final = reduce(or_, own), reduce(or_, final)
    registered = inside.config.timing.registered_control
    settled = inside.decider.settled if registered else Signal(name="never")
    claim(implies(any_own, sequencing("ISSUE_OWN", "SETTLE")))
    claim(implies(reduce(or_, peek), sequencing("ISSUE_OWN", "SETTLE")))
    claim(implies(reduce(or_, entry), sequencing(*IN_GROUP, "SETTLE")))
    claim(implies(reduce(or_, entry), ~sequencing("MATCH", "DROP")))
    claim(implies(sequencing("ISSUE_OWN") & ~gone, ~any_final & ~settled))
    claim(implies(sequencing("ISSUE_OWN") & gone, final[0] & ~settled))
    claim(implies(sequencing("SETTLE"), any_final ^ settled))
    claim(implies(settled, sequencing("SETTLE")))
    claim(implies(settled, ~any_own & ~reduce(or_, entry) & ~reduce(or_, peek)))
    claim(reduce(add, final) <= 1)
    for n in range(len(own)):
        claim(own[n] + entry[n] + peek[n] <= 1)
        for younger in range(n):
            behind = own[younger] | entry[younger] | peek[younger]
            claim(implies(final[n], ~behind))
            claim(implies(own[n] | peek[n], ~entry[younger]))


def matched(harness, inside):
    """With registered control: what was seen of a header a cycle ago is still so."""
    claim, sequencer, table = harness.claim, inside.sequencer, harness.unit.table
    current, header, matching = sequencer.current, table.payload.data.header, "MATCH"
    expected, _, agrees, ready = inside.match
    acts = inside.sequencing(matching) & ready
    own = header.chunk == current.chunk
    same = (header.context == current.context) & (header.clusters == current.clusters)
    ends = table.payload.last == (current.clusters == 0)
    claim(implies(ready, inside.sequencing(matching) & table.valid))
    claim(implies(acts, expected == (own & (header.group == sequencer._group_number))))
    claim(implies(acts, agrees == (same & ends)))


def table_and_buffer(harness, inside):
    """Indices of entries are of clusters that are there."""
    claim, sequencing, decider = harness.claim, inside.sequencing, inside.decider
    sequencer, founders, clusters = inside.sequencer, decider.founders, decider.clusters
    before, cluster = sequencer.current.clusters, sequencer._cluster
    arriving = inside.buffer_valid
    late = sequencing("ISSUE_OWN") | sequencing("READ_BUFFER")
    counts = sequencing("MATCH", "DROP", "READ_TABLE", "READ_BUFFER")
    claim(implies(counts, sequencer._next_cluster == (cluster + 1)[: len(cluster)]))
    claim(implies(sequencing("MATCH", "DROP"), cluster == 0))
    claim(implies(sequencing("READ_TABLE"), cluster < before))
    claim(implies(~late, ~reduce(or_, arriving)))
    claim(implies(sequencing("READ_BUFFER"), (founders != 0) & (cluster < clusters)))
    if inside.config.timing.registered_control:
        a_cycle_ahead(harness, inside)
    claim(implies(inside.busy, clusters == before + founders))
    for n in inside.stages:
        entry, is_open = inside.stage("entry", n), inside.stage("open", n)
        claim(implies(entry, inside.stage("cluster", n) < clusters))
        claim(implies(entry & is_open, inside.stage("joinable", n)))


def a_cycle_ahead(harness, inside):
    """With registered control: the end of table and buffer is known when it is looked at."""
    claim, sequencing, sequencer = harness.claim, inside.sequencing, inside.sequencer
    last, final, cluster = inside.last_entry, sequencer._final_entry, sequencer._cluster
    *_, ready = inside.match
    younger, there = inside.buffer_valid
    in_table, in_buffer = sequencing("READ_TABLE"), sequencing("READ_BUFFER")
    of_table = (sequencer.current.clusters - 1)[: len(last)]
    of_buffer = (inside.decider.clusters - 1)[: len(last)]
    claim(implies(ready | in_table, last == of_table))
    claim(implies(in_table, final == (cluster == of_table)))
    claim(implies(in_buffer & there, younger & (final == (cluster == of_buffer))))
    claim(implies(in_buffer & younger, last == of_buffer))


def lanes(harness, inside):
    """What a lane keeps is a cluster that is there, once there was one to join."""
    claim, decider = harness.claim, inside.decider
    claim(implies(inside.busy & decider._any_open, decider._any_joinable))
    # A founder can be joined, so a chunk that has one is never refused.
    coming = [inside.stage("entry", n) & inside.stage("joinable", n) for n in inside.stages]
    to_join = decider._any_joinable | reduce(or_, coming)
    deciding = inside.sequencing("ISSUE_OWN", "SETTLE") & ~inside.sequencer.void
    claim(implies(deciding & (decider.founders != 0), to_join))
    claim(implies(inside.busy & decider.refused, decider.founders == 0))
    # The lanes may be told of a founder before its token is decided, or of a failed chunk's.
    alive = inside.busy & ~inside.sequencer.void & ~decider.refused
    for best in inside.bests:
        there = best.cluster < decider.clusters + told_early(inside)
        claim(implies(alive & decider._any_joinable, there))


def told_early(inside):
    """With two slots a token: the lanes are told that the token at hand founds a cluster."""
    if inside.config.timing.decide_slots == 1:
        return 0
    _, near, room = inside.kept
    return inside.decider.slot.own & ~near & room


def looked_up(harness, inside):
    """With two slots a token: what was looked up in the first still holds in the second."""
    claim, decider, sequencer = harness.claim, inside.decider, inside.sequencer
    best, near, room = inside.kept
    issuing = inside.sequencing("ISSUE_OWN")
    claim(implies(inside.looked_up, issuing & (sequencer._left != 0)))
    own = [inside.looked_up, *(inside.stage("own", n) for n in inside.stages)]
    lane = [sequencer._lane, *(inside.stage("lane", n) for n in inside.stages)]
    for n, younger, its in zip(inside.stages, own[:-1], lane[:-1], strict=True):
        claim(implies(younger, inside.stage("peek", n) & (inside.stage("lane", n) == its)))
    there = Value.cast(decider.best) == Value.cast(best)
    joins = own[-1] & ~told_early(inside)
    claim(implies(joins, there & (near == (decider._any_open & decider.best.near))))
    has_room = decider.clusters < sequencer.current.settings.max_clusters
    claim(implies(own[-1], room == has_room))


def leaving(harness, inside, promises, seen):
    """The output register, and what the port has seen."""
    claim, port, busy = harness.claim, harness.unit.assignments, inside.busy
    beat, decider = port.payload, inside.decider
    header, ends = port.valid & beat.first, port.valid & beat.last
    claim(implies(~busy, Mux(port.valid, ends & seen.inside, ~seen.inside)))
    claim(implies(busy, (header & ~seen.inside) | (seen.inside & ~ends & ~header)))
    founded = seen.founded + (seen.is_token & beat.data.token.founded)
    claim(implies(busy, decider.founders == Mux(header, 0, founded)))
    claim(implies(seen.inside, seen.founded <= seen.tokens))


def remaining(harness, inside, seen):
    """Decided tokens and those to come are the chunk's."""
    claim, loader, port = harness.claim, inside.loader, harness.unit.assignments
    sequencer, more = inside.sequencer, inside.loader.more
    current = sequencer.current
    loading = loader._loaded + loader._left
    waiting = more.payload.size + Mux(more.payload.last, 0, loading)
    later = Mux(current.group.last, 0, Mux(more.valid, waiting, loading))
    issuing = Mux(inside.sequencing(*IN_GROUP), sequencer._left, 0)
    to_come = reduce(add, [inside.stage("own", n) for n in inside.stages]) + issuing + later
    decided = Mux(port.valid & port.payload.first, 0, seen.tokens + seen.is_token)
    alive = ~sequencer.void & ~inside.decider.refused
    claim(implies(inside.busy & ~inside.bad, decided + to_come <= current.tokens))
    claim(implies(inside.busy & inside.bad, decided == 0))
    claim(implies(inside.busy & alive, decided + to_come == current.tokens))
    claim(implies(inside.busy, inside.decider.founders <= decided))
