"""Spec D50: most cycles from the last beat of a row's scores to its first mask, unit idle.

With B the row's beats and T the cycles since, T and what the state says is still to come
(`wtu.properties.countdown`) never exceed the bound; so each step takes as long as is said there,
for every B that the build can have, and the bound is `wtu.limits`'.
"""

from amaranth.hdl import Mux, ResetSignal, Signal

from dre.layouts import RowStatus, ScoreMode
from dre.wtu.row import Take
from verification.claims import implies
from wtu import limits
from wtu.properties.countdown import Countdown
from wtu.properties.engine import Engine, delivered
from wtu.properties.inside import FIRST_DIGIT, Inside, beats_of, is_long
from wtu.properties.invariants import invariants
from wtu.properties.order import Promises, Seen
from wtu.properties.packets import at_the_ports
from wtu.properties.rows_inside import longest_list, rows_inside
from wtu.properties.scan import duties
from wtu.properties.streams import assume_inputs

SCANNING = ("CLEARING", "TOTALLING", "CROSSING", "SEEKING_SECOND", "SEEKING_THIRD")


class Clock:
    """Cycles since the last beat of scores of a row that finds the unit idle.

    Of a long row: of its first reading. It stops when what comes for the second time does not pass
    the threshold, so is not what came first.

    Attributes
    ----------
    runs : Signal
        Since then all streams have been ready, and no mask was offered before this cycle.
    cycles : Signal
    """

    def __init__(self, harness, promises, seen, engine):
        m, unit = harness.m, harness.unit
        self.runs, self.cycles = Signal(name="clock_runs"), Signal(16, name="cycles")
        alone = (promises.count == 1) & (seen.rows == engine.scores.row)
        ready = unit.rows.ready & unit.selected.ready & unit.reads.ready
        late = engine.scores.late | engine.counts.late
        with m.If(~ready | late | seen.is_mask | harness.part("decider").changed):
            m.d.sync += self.runs.eq(0)
        m.d.sync += self.cycles.eq(self.cycles + 1)
        with m.If(engine.scores.ends & ~engine.scores.again):
            m.d.sync += [self.runs.eq(alone), self.cycles.eq(1)]


def bound(config, promises):
    """Of the oldest chunk's rows, as the benches have it."""
    fixed = limits.first_mask(config, 0)
    each = limits.first_mask(config, 1) - fixed
    more = limits.first_mask(config, 0, ScoreMode.WEIGHT) - fixed
    least = config.on_chip_clusters + 1
    twice = limits.first_mask(config, least) - fixed - each * beats_of(config, least)
    chunk, settings = promises.oldest.chunk, promises.oldest.settings
    weights = Mux(settings.mode == ScoreMode.WEIGHT, more, 0)
    long = Mux(is_long(config, chunk.clusters), twice, 0)
    # Added up, because multipliers are among what is free.
    return sum([beats_of(config, chunk.clusters)] * each, fixed + weights + long)


def in_time(harness, promises, seen):
    """The bound, as a user sees it; returns engine, clock and bound."""
    engine = Engine(harness)
    clock = Clock(harness, promises, seen, engine)
    most = bound(harness.unit._build, promises)
    harness.claim(implies(clock.runs, clock.cycles <= most))
    return engine, clock, most


def one_row_in_time(harness):
    """The same of the first row after reset, everything willing: what a control has to miss.

    It takes a hundred cycles to be late, so what need not be free is not.
    """
    unit = harness.unit
    assume_inputs(harness)
    in_time(harness, Promises(harness), Seen(harness))
    chunk = unit.chunks.payload
    for certain in (
        *(unit.chunks.valid, unit.reads.ready, unit.rows.ready, unit.selected.ready),
        *(~ResetSignal(), unit.settings.K == 2**15, unit.settings.mode == ScoreMode.EXP),
        *(chunk.clusters == 1, chunk.rows == 1, chunk.chunk == 0, chunk.context == 0),
    ):
        harness.assume(certain)


def first_mask(harness):
    """With what makes it inductive; the bound is met exactly."""
    promises, to_read, seen = at_the_ports(harness)
    engine, clock, most = in_time(harness, promises, seen)
    inside = Inside(harness)
    invariants(harness, inside, promises, to_read, seen)
    delivered(harness, inside, engine)
    rows_inside(harness, inside)
    longest_list(harness, inside)
    scans(harness, inside)
    started(harness, inside)
    arithmetic(harness, inside)
    quiet(harness, inside, clock)
    in_step(harness, inside, clock)
    reads_on(harness, inside, clock)
    left = still_to_come(harness, inside, clock, promises, seen)
    harness.claim(implies(clock.runs, clock.cycles + left <= most))


def still_to_come(harness, inside, clock, promises, seen):
    """Most cycles to the first mask while the clock runs, and where the row is then."""
    countdown, loader = Countdown(inside), inside.loader
    after = countdown.after_decision()
    emits = inside.emitting("HEAD", "BEATS")
    decides = ~inside.emit_busy & inside.decide_busy
    waits = ~inside.emit_busy & inside.deciding("BEGIN")
    waits &= inside.all_has_come | inside.loading("HAND_OVER")
    promise = promises.oldest
    work = Promises.has_rows(promise) & (promise.chunk.clusters != 0) & (promises.count != 0)
    harness.claim(implies(clock.runs, work & ~seen.ends & ~seen.row_ends))
    harness.claim(implies(clock.runs, seen.is_mask | emits | decides | waits))
    given = inside.emitting("BEATS") & (seen.offered != 0)
    harness.claim(implies(clock.runs & given, seen.is_mask))
    loads = countdown.whole_row(loader._chunk.clusters, loader.weight, loader._long) + after
    left = Mux(decides, countdown.decision() + after, loads)
    return Mux(seen.is_mask, 0, Mux(emits, countdown.giving(), left))


def scans(harness, inside):
    """A scan runs in the states that wait for its end, and in no other."""
    claim, scan = harness.claim, inside.scan
    lasts = [*(stage["valid"] & stage["last"] for stage in scan.stages), *scan.ends]
    ends = sum((Mux(last, 1, 0) for last in lasts), Mux(scan.issuing, 1, 0))
    running = inside.deciding(*SCANNING, *inside.second_reading[2:])
    claim(ends == running)
    claim(implies(scan.issuing, scan.left != 0))


def started(harness, inside):
    """Scans are started as `wtu.properties.scan` presupposes."""
    kept, busy = duties(harness.m, harness.part("scanner"))
    harness.claim(busy == inside.deciding(*SCANNING, *inside.second_reading[2:]))
    for duty in kept:
        harness.claim(duty)


def arithmetic(harness, inside):
    """Multiplication and division take no longer than is said, and are waited for."""
    countdown, decider = Countdown(inside), inside.decider
    for unit, left, most, state in (
        (decider._fraction, inside.multiplying, countdown.multiplying, "MULTIPLYING"),
        (decider._divider, inside.dividing, countdown.dividing, "DIVIDING"),
    ):
        harness.claim((left <= most) & (unit.done == (left == 0)))
        harness.claim(implies(left != 0, inside.deciding(state)))


def quiet(harness, inside, clock):
    """Once sums have been scanned nothing that was loaded is on its way: no replay waits for it."""
    claim, deciding, scan = harness.claim, inside.deciding, inside.scan
    alone = clock.runs & inside.decide_busy & ~inside.emit_busy
    claim(implies(inside.decider.emitting, inside.emit_busy))
    if not inside.decider._head_start:
        return
    still, start = inside.still_loading, inside.decider._head_start + 1
    passed = scan.latency - 1 - Countdown(inside).scan()
    expired = (still == 0) | (still + passed <= start)
    scanned = deciding("CROSSING", "SEEKING_SECOND") & ~inside.reading_again & ~scan.issuing
    claim(still <= start)
    claim(implies(~inside.decider.hold, still == start))
    claim(implies(alone & scanned, expired))
    claim(implies(alone & deciding("REPLAY", "LISTS"), still == 0))


def in_step(harness, inside, clock):
    """With an engine that keeps to what it was asked for no row is out of step, unless changed."""
    job, take = inside.decider._job, inside.decider._take
    known = inside.deciding(*FIRST_DIGIT, *inside.second_reading[:1])
    harness.claim(implies(known, (job.status != RowStatus.OUT_OF_STEP) & (take != Take.EVERY)))
    alone = clock.runs & inside.decide_busy & ~inside.emit_busy
    of_no_use = inside.deciding(*inside.second_reading[1:]) | (take == Take.EVERY)
    harness.claim(implies(alone, ~of_no_use))


def reads_on(harness, inside, clock):
    """While the clock runs the second reading is never late."""
    if not inside.config.reads_twice:
        return
    claim, unit, loading = harness.claim, harness.unit, inside.loading
    again, deciding = inside.loader._again, inside.deciding
    waits = unit.reads.valid & deciding("BEGIN") & ~inside.emit_busy
    claim(implies(clock.runs & waits, loading("LOAD") & (inside.since == 0)))
    matching = inside.reading("scores")("MATCH") | inside.reading("counts")("MATCH")
    begun = deciding("TOTALLING", "CROSSING") & inside.scan.issuing
    here = clock.runs & inside.decide_busy & ~inside.emit_busy & again
    claim(implies(here & loading("ROW"), deciding("TOTAL", "CROSS") & ~unit.reads.valid))
    claim(implies(here & matching, begun))
    claim(implies(again, ~inside.decider.hold))
