"""Spec D50: most cycles from the last beat of a row's scores to its first mask, unit idle.

With B the row's beats and T the cycles since, T and what the state says is still to come
(`wtu.properties.countdown`) never exceed the bound; so each step takes as long as is said there,
for every B that the build can have, and the bound is `wtu.limits`'.
"""

from amaranth.hdl import Mux, ResetSignal, Signal

from dre.layouts import ScoreMode
from verification.claims import implies
from wtu import limits
from wtu.properties.countdown import Countdown
from wtu.properties.engine import Engine, delivered
from wtu.properties.inside import Inside, beats_of
from wtu.properties.invariants import invariants
from wtu.properties.order import Promises, Seen
from wtu.properties.packets import at_the_ports
from wtu.properties.streams import assume_inputs

SCANNING = ("CLEARING", "TOTALLING", "CROSSING", "SEEKING_SECOND", "SEEKING_THIRD")


class Clock:
    """Cycles since the last beat of scores of a row that finds the unit idle.

    Attributes
    ----------
    runs : Signal
        Since then outputs have been ready, and no mask was offered before this cycle.
    cycles : Signal
    """

    def __init__(self, harness, promises, seen, engine):
        m, unit = harness.m, harness.unit
        self.runs, self.cycles = Signal(name="clock_runs"), Signal(16, name="cycles")
        alone = (promises.count == 1) & (seen.rows == engine.scores.row)
        ready = unit.rows.ready & unit.selected.ready
        with m.If(~ready | seen.is_mask):
            m.d.sync += self.runs.eq(0)
        m.d.sync += self.cycles.eq(self.cycles + 1)
        with m.If(engine.scores.ends):
            m.d.sync += [self.runs.eq(alone), self.cycles.eq(1)]


def bound(config, promises):
    """Of the oldest chunk's rows, as the benches have it."""
    fixed = limits.first_mask(config, 0)
    each = limits.first_mask(config, 1) - fixed
    more = limits.first_mask(config, 0, ScoreMode.WEIGHT) - fixed
    chunk, settings = promises.oldest.chunk, promises.oldest.settings
    weights = Mux(settings.mode == ScoreMode.WEIGHT, more, 0)
    # Added up, because multipliers are among what is free.
    return sum([beats_of(config, chunk.clusters)] * each, fixed + weights)


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
    scans(harness, inside)
    passes(harness, inside)
    lists(harness, inside)
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
    row = inside.loader._chunk.clusters
    loads = countdown.whole_row(row, loader.weight) + after
    left = Mux(decides, countdown.decision() + after, loads)
    return Mux(seen.is_mask, 0, Mux(emits, countdown.giving(), left))


def scans(harness, inside):
    """A scan runs in the states that wait for its end, and in no other."""
    claim, scan = harness.claim, inside.scan
    lasts = [stage["valid"] & stage["last"] for stage in scan.stages]
    ends = sum((Mux(last, 1, 0) for last in lasts), Mux(scan.finishing, 1, 0) + scan.resolved)
    running = inside.deciding(*SCANNING)
    claim(ends + (scan.left != 0) == running)
    settled = inside.loader._load_latency - 2
    claim(inside.since <= settled)


def passes(harness, inside):
    """A row is gone through from its first beat to its last."""
    claim, decider, deciding = harness.claim, inside.decider, inside.deciding
    beats, left = inside.beats(decider._job.clusters), decider._left
    none = decider._job.no_row | (decider._job.clusters == 0)
    claim(implies(inside.decide_busy & ~deciding("HAND_OVER"), ~none))
    going = deciding("REPLAY")
    claim(implies(going, (left != 0) & (left <= decider._job.clusters)))
    claim(implies(going, decider._beat + inside.beats(left) == beats))
    claim(implies(deciding("SETTLE"), decider._beat == beats))
    claim(implies(deciding("LISTS"), decider._beat <= beats))
    claim(implies(deciding("REPLAY", "LISTS"), decider._wait <= decider._head_start))
    claim(implies(deciding("SETTLE", "SETTLE_LISTS"), decider._wait <= decider._settle))


def lists(harness, inside):
    """A lane's list has at most an entry for each beat of the row."""
    claim, decider, deciding = harness.claim, inside.decider, inside.deciding
    beats = inside.beats(decider._job.clusters)
    on_way = sum((Mux(there, 1, 0) for there in inside.replays), Mux(0, 1, 0))
    claim(implies(~deciding("REPLAY", "SETTLE"), on_way == 0))
    for n, there in enumerate(inside.replays):
        still = n + decider._wait >= decider._settle
        claim(implies(deciding("SETTLE") & there, still))
    filling = deciding("REPLAY", "SETTLE")
    filled = deciding("SECOND", "SEEKING_SECOND", "LISTS", "SETTLE_LISTS")
    for length in inside.list_lengths:
        claim(implies(filling, length + on_way <= decider._beat))
        claim(implies(filled, length <= beats))
