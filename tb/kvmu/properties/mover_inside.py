"""What makes the rules at a mover's ports inductive: where each ID is, and what is on its way."""

from functools import reduce
from operator import add

from amaranth.hdl import Mux

from kvmu.properties.mover_ports import at_the_ports, lies_in
from kvmu.properties.queue_inside import QueueInside
from verification.claims import implies


class Inside:
    """Parts and registers of a mover.

    Attributes
    ----------
    config : MoverConfig
    check, splitter, landing, writer, endings : wiring.Component
    ids, landed : QueueInside
        Free IDs, and bursts that have landed.
    """

    def __init__(self, harness):
        self.harness, mover = harness, harness.unit
        self.config = mover._build
        self.check, self.splitter = mover._check, mover._splitter
        self.landing, self.writer, self.endings = mover._landing, mover._writer, mover._endings
        self.ids = QueueInside(harness, "ids")
        self.landed = QueueInside(harness, "landing", "landed")
        self.checking, self.splitting = harness.state("check"), harness.state("splitter")
        self.sweeping, self.swept = mover._landing.sweep.valid, mover._landing.sweep.index
        self.answered = harness.copy(self.endings.bvalid)
        self.skipped = harness.copy(self.endings.skip_taken)
        self.there = harness.copy(self.landing.rvalid)
        self.goals = harness.part("writer", "goals")
        self.reading = harness.signal("reading", "landing")
        self.writing = harness.signal("writing", "endings")

    def signal(self, name, *path):
        """What a part drives."""
        return self.harness.signal(name, *path)


def invariants(harness, inside, ports):
    """All of them."""
    starting(harness, inside)
    places_of_ids(harness, inside)
    jobs_in_hand(harness, inside)
    reads_under_way(harness, inside, ports)
    writes_under_way(harness, inside, ports)
    goals(harness, inside, ports)
    words_on_their_way(harness, inside, ports)


def starting(harness, inside):
    """After reset nothing happens but the sweep."""
    unit, endings = harness.unit, inside.endings
    answered, skipped = inside.answered, inside.skipped
    quiet = (
        inside.checking("ENDS")
        & inside.splitting("TAKE")
        & ~(unit.source.arvalid | unit.source.rready | unit.target.bready)
        & ~(inside.reading.any() | inside.writing.any() | endings.freed.valid)
        & ~(answered | skipped | inside.there)
    )
    harness.claim(implies(inside.sweeping, quiet))
    count = max(inside.config.outstanding, inside.config.jobs)
    harness.claim(implies(inside.sweeping, inside.swept < count))
    harness.claim(~inside.sweeping | (inside.landed.fetched == 0))
    harness.claim(~(inside.sweeping & inside.landing.landed.valid))
    harness.claim(~(answered & (skipped | inside.endings.expiring)))
    harness.claim(~(skipped & inside.endings.expiring))


def places_of_ids(harness, inside):
    """Each ID is in one place."""
    freed = inside.endings.freed
    number = inside.signal("number", "endings")
    for own in range(inside.config.outstanding):
        places = [
            inside.sweeping & (inside.swept <= own),
            freed.valid & (freed.index == own),
            inside.reading[own],
            inside.writing[own],
            inside.skipped & (number == own),
            *inside.ids.held(lambda word, own=own: word == own),
            *inside.landed.held(lambda word, own=own: _identity(inside, word) == own),
        ]
        harness.claim(reduce(add, places) == 1)


def _identity(inside, word):
    """Of a landed burst."""
    return word.as_value()[: len(inside.landing.rid)]


def jobs_in_hand(harness, inside):
    """A job that is split lies in its regions, and its next burst before an edge."""
    unit, config, check = harness.unit, inside.config, inside.check
    job = check.checked.payload
    busy = ~inside.checking("ENDS") | ~inside.splitting("TAKE")
    harness.claim(implies(busy, ~unit.state.idle))
    shift, regions = config.beat_shift, unit.regions
    harness.claim(implies(~inside.checking("ENDS"), unit.jobs.valid))
    good = inside.checking("GIVE") & ~job.refused
    for name in ("source", "target"):
        last = inside.signal(f"last_{name}", "check")
        compare = inside.checking("COMPARE")
        harness.claim(implies(compare, (last == (job[name] + job.beats - 1)[: len(last)])))
        ends = lies_in(job[name], job.beats - 1, regions[name], shift)
        harness.claim(implies(good, ends & (job.beats != 0) & (job.beats <= config.job_beats)))
    _split(harness, inside, regions)


def _split(harness, inside, regions):
    config, splitter, longest = inside.config, inside.splitter, inside.config.burst_beats
    rest, beats = splitter._rest, splitter._beats
    edge = inside.signal("to_edge", "splitter")
    low = (longest - 1).bit_length()
    going = inside.splitting("EDGE", "FIT", "ASK")
    harness.claim(implies(going, (rest != 0) & (rest <= config.job_beats)))
    asks = inside.splitting("ASK")
    harness.claim(implies(asks, (beats != 0) & (beats <= rest)))
    harness.claim(implies(asks, splitter._last == (beats == rest)))
    harness.claim(implies(inside.splitting("FIT"), edge != 0))
    for name, place in (("source", splitter._source), ("target", splitter._target)):
        harness.claim(implies(going, lies_in(place, rest - 1, regions[name], config.beat_shift)))
        harness.claim(implies(inside.splitting("FIT"), place[:low] + edge <= longest))
        harness.claim(implies(asks, place[:low] + beats <= longest))


def reads_under_way(harness, inside, ports):
    """A burst is read from the cycle in which it is offered to that behind its last beat."""
    source = harness.unit.source
    beat = inside.signal("beat", "landing")
    bits = len(inside.landing.rid)
    last = beat[-1]
    for own in range(inside.config.outstanding):
        offered = source.arvalid & (source.arid == own)
        coming = inside.there & (beat[:bits] == own)
        states = (offered, ports.reads.asked[own], coming & last)
        harness.claim(inside.reading[own] == reduce(add, states))
        harness.claim(implies(coming, inside.reading[own] & ~offered))


def writes_under_way(harness, inside, ports):
    """A burst is written from the cycle in which it is offered to that behind its answer."""
    target, writes = harness.unit.target, ports.writes
    number = inside.signal("number", "endings")
    for own in range(inside.config.outstanding):
        offered = target.awvalid & (target.awid == own)
        coming = inside.answered & (number == own)
        states = (offered, writes.asked[own], coming)
        harness.claim(inside.writing[own] == reduce(add, states))
        words = reduce(add, writes.held(own))
        harness.claim(words <= inside.writing[own])
        harness.claim(implies(coming, words == 0))


def goals(harness, inside, ports):
    """Where bursts go that are under way: as their reads, and in their regions."""
    config, writer = inside.config, inside.writer
    low = (config.burst_beats - 1).bit_length()
    landed = writer.landed
    read = inside.goals.read_data
    number = _identity(inside, landed.payload)
    looked = inside.signal("looked", "writer")
    harness.claim(implies(looked, landed.valid))
    for own, goal in enumerate(inside.goals.words):
        words = inside.landed.held(lambda word, own=own: _identity(inside, word) == own)
        under_way = inside.reading[own] | reduce(add, words).any()
        place, length = goal.place, goal.length
        fits = place[:low] + length < config.burst_beats
        within = lies_in(place, length, ports.regions[own].target, config.beat_shift)
        same = length == ports.lengths[own]
        harness.claim(implies(under_way, fits & within & same))
        harness.claim(implies(looked & (number == own), read == goal))


def words_on_their_way(harness, inside, ports):
    """The words in the pipeline are those of the bursts that are due, in their order."""
    writes, writer = ports.writes, inside.writer
    stages = [
        (inside.signal(f"valid_{n}", "writer"), inside.signal(f"last_{n}", "writer"))
        for n in reversed(range(writer._latency))
    ]
    current, beat = 0, writes.sent
    for valid, last in stages:
        length = _entry(writes.bursts, current).length
        harness.claim(implies(valid, (last == (beat == length)) & (beat <= length)))
        current, beat = (
            Mux(valid, current + last, current)[:3],
            Mux(valid, Mux(last, 0, beat + 1), beat)[: len(writes.sent)],
        )
    active, final, place, end, number = (
        inside.signal(name, "writer") for name in ("active", "final", "place", "end", "number")
    )
    burst = _entry(writes.bursts, current)
    right = (place == beat) & (end == burst.length) & (beat <= burst.length)
    right &= (final == (place == end)) & (number == burst.id) & (writes.count == current + 1)
    harness.claim(Mux(active, right, (writes.count == current) & (beat == 0)))


def _entry(bursts, number):
    """The burst with a number."""
    shape = bursts[0].shape()
    value = bursts[0].as_value()
    for n, burst in enumerate(bursts):
        value = Mux(number == n, burst.as_value(), value)
    return shape(value)


def rules(harness, leaving_out=()):
    """The ports' rules with what makes them inductive."""
    ports = at_the_ports(harness, leaving_out)
    invariants(harness, Inside(harness), ports)


def rules_without_data(harness):
    """The same, but for ``wdata``."""
    rules(harness, ("wdata",))
