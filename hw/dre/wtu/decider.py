"""Finds the threshold of one row after the other, digit by digit."""

from contextlib import contextmanager, nullcontext

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from dre.layouts import RowStatus
from dre.wtu.arithmetic import Divider, Fraction
from dre.wtu.entries import Take
from dre.wtu.mass import weight_of
from dre.wtu.row import (
    DIGITS,
    PASSES_OF_A_THRESHOLD,
    QUOTA_BITS,
    WEIGHT_BITS,
    Level,
    decision_layout,
    finding_layout,
    is_again,
    job_layout,
)
from dre.wtu.scanner import NEED_BITS, OCTAVES, TOTAL_BITS, Purpose
from dre.wtu.staged_arithmetic import StagedDivider, StagedFraction
from dre.wtu.sums import OCTAVE_PLACE_BITS, PAIR_BITS, PAIRS
from dre.wtu.tree import delayed


class Decider(wiring.Component):
    """Leads each row that has been loaded through its scans and replays (spec D42).

    In turn: the total of all octaves, the number to be passed, the octave that passes it; the row
    again for its next digit, the lists for the last one; then how many tokens of entries at the
    threshold itself are needed. Rows without a threshold are only gone through once, for their
    masks.

    Members
    -------
    jobs : In(stream)
        Rows in order.
    hold : Out(1)
        Nothing may be loaded.
    seeking : Out(1)
        Instead of being replayed, the row is read again.
    seen, lost : In(1)
        It has been; not as expected.
    changed : Out(1)
        An event: what was read again is not what was read first.
    replay, replay_list, replay_beat, replay_valid, finding, take, begin_lists, more
        To and from `Entries`.
    start, purpose, scan_set, counts_set, E, top, pairs, doubling, begin, load_need, number : Out
        To the `Scanner`.
    scan, total, need, found_octave, found, passed, done : In
        From it.
    decisions : Out(stream)
        One a job.
    emitting : In(1)
        Lists are being read for the decision before.
    """

    def __init__(self, config, *, head_start, replay_latency):
        self._config = config
        self._head_start = head_start
        # A scan reads its first sum three cycles after the last beat, at the earliest.
        self._settle = max(replay_latency - 3, 0)
        # What has been read again is known to be when its keys are at hand.
        self._settle_again = max(self._settle - config.timing.memory_latency, 0)
        super().__init__(
            {
                "jobs": In(stream.Signature(job_layout(config))),
                "hold": Out(1),
                "seeking": Out(1),
                "seen": In(1),
                "lost": In(1),
                "changed": Out(1),
                "replay": Out(1),
                "replay_list": Out(1),
                "replay_beat": Out(range(config.list_depth + 1)),
                "replay_valid": Out(config.lanes),
                "finding": Out(finding_layout()),
                "take": Out(Take),
                "begin_lists": Out(1),
                "more": In(1),
                "start": Out(1),
                "purpose": Out(Purpose),
                "scan_set": Out(1),
                "counts_set": Out(1),
                "E": Out(8),
                "top": Out(PAIR_BITS),
                "pairs": Out(range(PAIRS + 1)),
                "doubling": Out(1),
                "begin": Out(1),
                "load_need": Out(1),
                "number": Out(TOTAL_BITS),
                "scan": In(1),
                "total": In(TOTAL_BITS),
                "need": In(NEED_BITS),
                "found_octave": In(8),
                "found": In(PAIR_BITS + 1),
                "passed": In(1),
                "done": In(1),
                "decisions": Out(stream.Signature(decision_layout(config))),
                "emitting": In(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config = self._config
        self._job = job = Signal(job_layout(config), reset_less=True)
        self._threshold = Signal.like(self.finding.threshold, reset_less=True)
        registered = config.timing.registered_sums
        fraction, divider = (StagedFraction, StagedDivider) if registered else (Fraction, Divider)
        m.submodules.fraction = self._fraction = fraction(bits=TOTAL_BITS)
        m.submodules.divider = self._divider = divider(
            divisor_bits=WEIGHT_BITS, quotient_bits=QUOTA_BITS
        )
        each = weight_of(self._threshold, job.weight, at_once=registered)
        self._each = delayed(m, "each", each, 1 if registered else 0)
        self._total = Signal(TOTAL_BITS, reset_less=True)
        self._decided = Signal(reset_less=True)  # there is a threshold
        self._take = Signal(Take, reset_less=True)
        self._beat = Signal(range(config.list_depth + 1), reset_less=True)
        self._left = Signal(range(config.beats * config.lanes + 1), reset_less=True)
        self._wait = Signal(range(self._settle + 1))
        self._clear_set = Signal()
        m.d.comb += [
            self.finding.threshold.eq(self._threshold),
            self.finding.weight.eq(job.weight),
            self.take.eq(self._take),
            self.replay_beat.eq(self._beat),
            self.scan_set.eq(job.set),
            self.counts_set.eq(job.counts_set),
            self.E.eq(job.E),
            self.doubling.eq(0),
            self.number.eq(self._fraction.result),
            self._fraction.number.eq(self.total if registered else self._total),
            self._fraction.TH.eq(job.TH),
            self._divider.number.eq(self.need),
            self._divider.divisor.eq(self._each),
        ]
        for n in range(config.lanes):
            m.d.comb += self.replay_valid[n].eq(self._left > n)
        self._hold = Signal()
        if self._head_start:
            self._hold_ahead(m)
        else:
            m.d.comb += self.hold.eq(self._hold)
        self._decision(m)
        with m.FSM():
            self._clear(m)
            self._begin(m)
            self._by_first_digit(m)
            self._by_later_digits(m)
            if config.reads_twice:
                self._by_second_reading(m)
            with m.State("HAND_OVER"):
                m.d.comb += self.decisions.valid.eq(1)
                with m.If(self.decisions.ready):
                    m.next = "BEGIN"
        return m

    def _hold_ahead(self, m):
        """How long what was taken from the streams may still be on its way.

        Who takes it hears of the hold a cycle late.
        """
        self._still_loading = left = Signal(range(self._head_start + 2))
        late = Signal(init=1)
        m.d.sync += late.eq(self._hold)
        m.d.comb += self.hold.eq(late)
        with m.If(~self._hold):
            m.d.sync += left.eq(self._head_start + 1)
        with m.Elif(left != 0):
            m.d.sync += left.eq(left - 1)

    def _clear(self, m):
        """After reset the sums hold anything."""
        with m.State("CLEAR"):
            m.d.comb += [self.start.eq(1), self.purpose.eq(Purpose.CLEAR), self.pairs.eq(PAIRS)]
            m.d.comb += [self.scan_set.eq(self._clear_set), self._hold.eq(1)]
            m.next = "CLEARING"
        with m.State("CLEARING"):
            m.d.comb += [self.purpose.eq(Purpose.CLEAR), self.scan_set.eq(self._clear_set)]
            m.d.comb += self._hold.eq(1)
            with m.If(self.done):
                m.d.sync += self._clear_set.eq(1)
                m.next = "CLEAR"
                with m.If(self._clear_set):
                    m.next = "BEGIN"

    def _begin(self, m):
        """Does the row need a threshold?"""
        job = self.jobs.payload
        special = (job.status != RowStatus.OK) | job.all
        with m.State("BEGIN"):
            m.d.comb += self.jobs.ready.eq(1)
            m.d.sync += [
                self._job.eq(job),
                self._threshold.eq(0),
                self._decided.eq(0),
                self._take.eq(Mux(job.status == RowStatus.OUT_OF_STEP, Take.EVERY, Take.COUNTED)),
            ]
            with m.If(self.jobs.valid):
                m.next = "TOTAL"
                with m.If(job.no_row | (job.clusters == 0)):
                    m.next = "HAND_OVER"
                with m.Elif(special):
                    m.next = "CROSS"  # which also clears the sums

    def _by_first_digit(self, m):
        """The octave, or in mode ``weight`` the first digit, in which the threshold lies."""
        with m.State("TOTAL"):
            self._scan_first(m, Purpose.TOTAL)
            m.d.comb += self.start.eq(1)
            m.next = "TOTALLING"
        with m.State("TOTALLING"):
            self._scan_first(m, Purpose.TOTAL)
            m.d.sync += self._total.eq(self.total)
            with m.If(self.done):
                m.d.comb += self._fraction.start.eq(1)
                m.next = "MULTIPLYING"
        with m.State("MULTIPLYING"):
            m.d.sync += [
                self._decided.eq(self._total != 0),
                self._take.eq(Mux(self._total != 0, Take.ABOVE, Take.NONE)),
            ]
            self._scan_first(m, Purpose.CROSS)
            with m.If(self._fraction.done):
                m.d.comb += self.start.eq(1)
                m.next = "CROSSING"
        with m.State("CROSS"):
            self._scan_first(m, Purpose.CROSS)
            m.d.comb += self.start.eq(1)
            m.next = "CROSSING"
        with m.State("CROSSING"):
            self._scan_first(m, Purpose.CROSS)
            if self._head_start:  # the replay follows: nothing shall be in its way
                m.d.comb += self._hold.eq(~self.scan & ~is_again(self._config, self._job))
            with m.If(self.done):
                m.d.comb += self.begin_lists.eq(1)
                m.d.sync += self._left.eq(self._job.clusters)
                self._prepare_replay(m)
                self._note_digit(m, Level.FIRST, self.found_octave)
                m.next = "REPLAY"
                if self._config.reads_twice:
                    with m.If(self._job.again):
                        self._read_again(m)

    def _scan_first(self, m, purpose):
        """What the scanner is told while it scans first digits."""
        weight = self._job.weight
        places = 2 ** (OCTAVE_PLACE_BITS - 1)
        _, most = DIGITS[Level.FIRST].pairs
        # A TOTAL may leave out what weighs nothing; a CROSS clears all.
        pairs = places if purpose is Purpose.CROSS else Mux(weight, most, OCTAVES // 2 + 1)
        m.d.comb += [
            self.purpose.eq(purpose),
            self.doubling.eq(~weight),
            self.top.eq(Mux(weight, most - 1, self._job.E[1:OCTAVE_PLACE_BITS])),
            self.pairs.eq(pairs),
            self.begin.eq(1),
            self.load_need.eq(1),
        ]

    def _by_later_digits(self, m):
        """The rest of the threshold's key, then how much of those that equal it is needed."""
        self._go_through(m, "REPLAY", self.replay, self._left <= self._config.lanes, "SETTLE")
        with m.State("SETTLE"), self._settled(m):
            m.next = "SECOND"
            with m.If(~self._decided):
                m.next = "HAND_OVER"
        with self._seeking(m, Level.SECOND):
            self._prepare_replay(m)
            m.next = "LISTS"
            if self._config.reads_twice:
                with m.If(self._job.again & ~self.passed):
                    m.d.comb += self.changed.eq(1)
                    m.next = "FORGET"
        self._go_through(
            m, "LISTS", self.replay_list, ~self.more, "SETTLE_LISTS", blocked=self.emitting
        )
        with m.State("SETTLE_LISTS"), self._settled(m):
            m.next = "THIRD"
        with self._seeking(m, Level.THIRD):
            m.d.comb += self._divider.start.eq(1)
            m.next = "DIVIDING"
        with m.State("DIVIDING"), m.If(self._divider.done):
            m.next = "HAND_OVER"

    def _by_second_reading(self, m):
        """Instead of a replay. What is lost, or is not what was read first, selects all."""
        with m.State("SECOND_READING"):
            self._read_again(m)
        purpose = [self.purpose.eq(Purpose.CLEAR), self.pairs.eq(PAIRS)]
        with m.State("FORGET"):
            m.d.comb += [self.start.eq(1), *purpose]
            self._prepare_replay(m)
            m.d.sync += [
                self._job.status.eq(RowStatus.OUT_OF_STEP),
                self._take.eq(Take.EVERY),
                self._decided.eq(0),
                self._left.eq(self._job.clusters),
            ]
            m.next = "FORGETTING"
        with m.State("FORGETTING"):
            m.d.comb += purpose
            with m.If(self.done):
                m.next = "REPLAY"

    def _read_again(self, m):
        m.d.comb += self.seeking.eq(1)
        m.next = "SECOND_READING"
        with m.If(self.seen):
            m.d.sync += self._wait.eq(self._settle_again)
            m.next = "SETTLE"
            with m.If(self.lost | (self._take == Take.EVERY)):
                m.next = "FORGET"

    def _prepare_replay(self, m):
        m.d.sync += self._beat.eq(0)

    def _go_through(self, m, state, strobe, last, then, blocked=None):
        """A state that issues beats, from when nothing is on its way from the streams any more."""
        free = [] if blocked is None else [~blocked]
        quiet = [self._still_loading == 0] if self._head_start else []
        with m.State(state):
            m.d.comb += self._hold.eq(Cat(1, *free).all())
            conditions = [*free, *quiet]
            with m.If(Cat(*conditions).all()) if conditions else nullcontext():
                m.d.comb += strobe.eq(1)
                m.d.sync += [
                    self._beat.eq(self._beat + 1),
                    self._left.eq(self._left - self._config.lanes),
                ]
                with m.If(last):
                    m.d.sync += self._wait.eq(self._settle)
                    m.next = then

    @contextmanager
    def _settled(self, m):
        """What is done when the last beat's entries are in their sums and lists."""
        m.d.sync += self._wait.eq(self._wait - 1)
        with m.If(self._wait == 0):
            yield

    @contextmanager
    def _seeking(self, m, level):
        """Two states that scan the sums of a digit and note it; then what is done."""
        exp, weight = DIGITS[level].pairs
        seeking = f"SEEKING_{level.name}"
        for state in (level.name, seeking):
            with m.State(state):
                m.d.comb += [
                    self.purpose.eq(Purpose.CROSS),
                    self.top.eq(Mux(self._job.weight, weight - 1, exp - 1)),
                    self.pairs.eq(Mux(self._job.weight, weight, exp)),
                ]
                if state != seeking:
                    m.d.comb += self.start.eq(1)
                    m.next = seeking
                else:
                    if self._head_start and level is Level.SECOND:
                        m.d.comb += self._hold.eq(~self.scan & ~self.emitting)
                    with m.If(self.done):
                        self._note_digit(m, level, self.found)
                        yield

    def _note_digit(self, m, level, exp):
        """The place found is the threshold's digit."""
        digit = DIGITS[level]
        with m.If(self._job.weight):
            m.d.sync += self._threshold[digit.weight].eq(self.found)
        with m.Else():
            m.d.sync += self._threshold[digit.exp].eq(exp)

    def _decision(self, m):
        job, decision = self._job, self.decisions.payload
        odd = job.E[0] & ~job.weight
        octaves = (job.E - self._threshold[8:])[:5]
        m.d.comb += [
            decision.job.eq(job),
            decision.decided.eq(self._decided),
            decision.threshold.eq(self._threshold[: len(decision.threshold)]),
            decision.each.eq(self._each),
            decision.quota.eq(self._divider.quotient),
            decision.above.eq(self.total),
            decision.octaves.eq(Mux(job.weight, 0, OCTAVES - octaves)),
            decision.total.eq(Mux(self._decided, Mux(odd, self._total >> 1, self._total), 0)),
            decision.passes.eq(Mux(self._decided, PASSES_OF_A_THRESHOLD, 1)),
        ]
