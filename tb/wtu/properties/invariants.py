"""What holds inside the WTU in every cycle, so that induction over its ports goes through.

A chunk that has been promised is where its rows are: given, with the emitter, with the decider,
with the loader. `Position` goes along this chain.
"""

from dataclasses import dataclass
from functools import reduce
from operator import add

from amaranth.hdl import Mux, Value

from dre.layouts import RowStatus, ScoreMode
from verification.claims import implies
from wtu.properties.inside import UNPREPARED, is_long
from wtu.properties.order import FIELDS, Promises, fits


def invariants(harness, inside, promises, to_read, seen):
    """All of them."""
    states(harness, inside)
    promised(harness, promises, to_read)
    handed_over(harness, inside, promises, seen)
    read_again(harness, inside)
    asked_for(harness, inside, promises, to_read)
    leaving(harness, inside, promises, seen)
    masks(harness, inside, seen)
    worst_status(harness, inside, seen)


def states(harness, inside):
    """State machines are in a state that they have."""
    for state in (inside.loading, inside.deciding, inside.emitting):
        harness.claim(state.register < state.count)
    # After reset nothing is known of a row.
    unprepared = inside.deciding(*UNPREPARED)
    harness.claim(implies(unprepared, ~inside.emit_busy & ~inside.any_mask))
    harness.claim(implies(unprepared, ~harness.unit.rows.valid & ~harness.unit.selected.valid))


@dataclass
class Position:
    """A row: of which promise, counted from the oldest, and its number."""

    place: Value
    row: Value

    def is_of(self, config, promises, job):
        """Whether a job is the row here."""
        return (job.row == self.row) & promises.holds(
            self.place, lambda promise: _is_job(config, job, promise)
        )

    def after(self, busy, job):
        """Where the next row is, if this one is a busy part's job."""
        return Position(
            self.place + (busy & job.last), Mux(busy, Mux(job.last, 0, job.row + 1), self.row)
        )


def _is_job(config, job, promise):
    """Whether a job is a row of the chunk promised, or stands for a chunk without rows."""
    chunk, status = promise.chunk, Value.cast(job.status)
    same = reduce(lambda a, b: a & b, [job[name] == chunk[name] for name in FIELDS])
    has_rows = Promises.has_rows(promise)
    kind = (job.no_row == ~has_rows) & (job.first == (job.row == 0))
    last = Mux(has_rows, (job.row < chunk.rows) & (job.last == (job.row + 1 == chunk.rows)), 1)
    none = Mux(has_rows, 1, job.last & job.first)
    good = (status < RowStatus.BAD_CONFIG.value) & (has_rows | (status == RowStatus.OK.value))
    ended = Mux(promise.fits, good, 1)
    bad = Mux(promise.fits, 1, status == RowStatus.BAD_CONFIG.value)
    settings = promise.settings
    told = (job.TH == settings.TH) & (job.all == settings.all)
    told &= job.weight == (settings.mode == ScoreMode.WEIGHT)
    told &= job.nothing == (~has_rows | (chunk.clusters == 0))
    if "again" in job.shape().members:
        told &= job.again == (has_rows & is_long(config, chunk.clusters))
    return same & kind & last & none & ended & bad & told


def handed_over(harness, inside, promises, seen):
    """Loader, decider and emitter have rows that follow each other."""
    claim, loader = harness.claim, inside.loader
    given, job = inside.emitter._now.job, inside.decider._job
    ended = inside.emitting("END")
    here = Position(seen.ends, Mux(seen.ends, 0, seen.rows + seen.row_ends))
    # At the end of a chunk its last row has been given, if it has any.
    next_row = Position(here.place, here.row - (ended & ~given.no_row))
    claim(implies(ended & ~given.no_row, here.row != 0))
    claim(implies(inside.emit_busy, next_row.is_of(inside.config, promises, given)))
    claim(implies(ended, given.last))
    here = next_row.after(inside.emit_busy, given)
    claim(implies(inside.decide_busy, here.is_of(inside.config, promises, job)))
    # A row that is read again is with both of them.
    here = here.after(inside.decide_busy & ~inside.reading_again, job)
    claim(promises.count == here.place + inside.load_busy)
    claim(implies(~inside.load_busy, here.row == 0))
    claim(implies(inside.load_busy, loader._row == here.row))
    claim(implies(inside.load_busy, promises.holds(here.place, lambda p: _is_loaded(inside, p))))


def _is_loaded(inside, promise):
    """Whether the loader has the chunk promised."""
    loader, has_rows = inside.loader, Promises.has_rows(promise)
    same = reduce(
        lambda a, b: a & b, [loader._chunk[n] == promise.chunk[n] for n in (*FIELDS, "rows")]
    )
    inside_it = Mux(has_rows, loader._row < promise.chunk.rows, loader._row == 0)
    reading = ~inside.loading("LOAD") | (has_rows & (promise.chunk.clusters != 0))
    settings = Value.cast(loader._settings) == Value.cast(promise.settings)
    nothing = ~has_rows | (promise.chunk.clusters == 0)
    known = (loader._bad == ~promise.fits) & (loader._nothing == nothing)
    known &= loader._is_first == (loader._row == 0)
    known &= loader._rowless == (promise.chunk.rows == 0)
    known &= loader._clusterless == (promise.chunk.clusters == 0)
    known &= loader._long == is_long(inside.config, promise.chunk.clusters)
    return same & inside_it & reading & settings & known


def read_again(harness, inside):
    """A long row is with the loader until the decider has its first digit and it has come again."""
    loader = inside.loader
    harness.claim(loader._again == inside.reading_again)
    harness.claim(implies(loader._again, inside.loading("ROW", "LOAD") & ~loader._nothing))
    harness.claim(implies(inside.deciding(*inside.second_reading), inside.has_again))


def promised(harness, promises, to_read):
    """Queues hold what the ports said."""
    config = harness.unit._build
    for n, promise in enumerate(promises.entries):
        whole = fits(config, promise.chunk, promise.settings)
        harness.claim(implies(promises.count > n, promise.fits == whole))
    for n, chunk in enumerate(to_read.entries):
        some = (chunk.rows != 0) & (chunk.rows <= config.max_rows) & (chunk.clusters != 0)
        harness.claim(implies(to_read.count > n, some))


def asked_for(harness, inside, promises, to_read):
    """Rows that the loader has not come to are still to be asked for, and the one that waits."""
    claim, loader, port = harness.claim, inside.loader, harness.unit.reads
    chunk = loader._chunk
    some = inside.load_busy & ~loader._bad & (chunk.rows != 0) & (chunk.clusters != 0)
    request, oldest = port.payload, to_read.oldest
    waits = port.valid
    final = waits & (to_read.next == oldest.rows << 1)
    begun = inside.loading("LOAD", "HAND_OVER")
    here = (loader._row << 1) + loader._again
    following = to_read.after(chunk, here)
    last = begun & (following == chunk.rows << 1)
    loaded = some & ~(last & ~waits)
    # What waits is of the loader's chunk, unless it is the last row of the one before.
    other = final & ~(some & last)
    claim(to_read.count == (other + loaded))
    claim(implies(waits, request.row == to_read.at >> 1))
    asked = Mux(waits, to_read.next, to_read.at)
    claim(implies(to_read.at[0], is_long(inside.config, oldest.clusters)))
    claim(implies(loaded & ~other, asked == Mux(begun, following, here)))
    claim(implies(other & some, (here == 0) & ~begun))
    claim(implies((to_read.count == 0) | (other & ~loaded & ~waits), to_read.at == 0))
    mine = to_read.holds(other, lambda promise: Value.cast(promise) == Value.cast(chunk))
    claim(implies(loaded, mine))


def leaving(harness, inside, promises, seen):
    """What is open at the outputs, in each state of the emitter."""
    claim, emitting = harness.claim, inside.emitting
    rows, selected, job = harness.unit.rows, harness.unit.selected, inside.emitter._now.job
    row_open = (seen.in_row | seen.header) & ~seen.row_ends
    chunk_open = (seen.in_chunk | (selected.valid & selected.payload.first)) & ~seen.ends
    in_row = emitting("BEATS", "WAIT", "MASS", "TRAILER")
    claim(row_open == in_row)
    begun = Mux(inside.emit_busy, ~(emitting("HEAD") & job.first), seen.rows + seen.row_ends != 0)
    claim(implies(~seen.ends, chunk_open == begun))
    claim(implies(seen.ends, ~chunk_open & emitting("TAKE", "HEAD") & ~rows.valid))
    claim(implies(rows.valid, rows.payload.first == ~seen.in_row))
    claim(implies(selected.valid, selected.payload.first == ~seen.in_chunk))
    claim(implies(in_row, ~job.no_row))
    claim(implies(seen.is_part, in_row | emitting("TAKE", "HEAD", "END")))
    claim(implies(selected.valid & selected.payload.first, promises.count != 0))


def masks(harness, inside, seen):
    """Masks given, those on their way and those to come are the row's."""
    claim, emitting = harness.claim, inside.emitting
    emitter, stages = inside.emitter, inside.masks
    job, left = emitter._now.job, emitter._left
    giving = emitting("BEATS")
    on_way = reduce(add, [stage["valid"] for stage in stages])
    final = reduce(add, [stage["valid"] & stage["last"] for stage in stages])
    beats, to_come = inside.beats(job.clusters), inside.beats(left)
    claim(implies(~giving, ~inside.any_mask))
    claim(implies(giving, (job.clusters != 0) & (left <= job.clusters)))
    claim(implies(giving, seen.offered + on_way + to_come == beats))
    claim(implies(giving, final == (left == 0)))
    claim(implies(giving & (left != 0), emitter._beat == seen.offered + on_way))
    claim(implies(emitting("HEAD"), (emitter._beat == 0) & (left == job.clusters)))
    older = 0
    for n, stage in reversed(list(enumerate(stages))):
        at = stage["beat"] == seen.offered + older
        claim(implies(stage["valid"], at))
        for younger in stages[:n]:
            claim(implies(stage["valid"] & stage["last"], ~younger["valid"]))
        older = older + stage["valid"]
    given = emitter._given
    claim(implies(given["valid"], given["some"] == (given["new"] != 0)))
    claim(implies(given["valid"], (given["new"] & ~given["mask"]) == 0))
    claim(implies(emitting("WAIT", "MASS", "TRAILER"), seen.offered == beats))
    claim(implies(emitting("WAIT", "MASS"), beats != 0))


def worst_status(harness, inside, seen):
    """The chunk's status is that of its worst row so far, and of the one at hand."""
    emitter, emitting = inside.emitter, inside.emitting
    status, kept = Value.cast(emitter._now.job.status), Value.cast(emitter._status)
    worst = Mux(status > seen.worst, status, seen.worst)
    in_row = emitting("BEATS", "WAIT", "MASS", "TRAILER")
    harness.claim(implies(in_row, kept == worst))
    between = emitting("END", "TAKE", "HEAD") & (seen.rows + seen.row_ends != 0) & ~seen.ends
    harness.claim(implies(between, kept == seen.worst))
    none = emitting("END") & emitter._now.job.no_row
    harness.claim(implies(none, kept == status))
    harness.claim(implies(seen.rows == 0, Value.cast(seen.status) == 0))
