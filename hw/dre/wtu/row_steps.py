"""What the states of the WTU's decider are made of."""

from contextlib import contextmanager, nullcontext

from amaranth.hdl import Cat, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from dre.wtu.arithmetic import Divider, Fraction
from dre.wtu.beats import last_ahead
from dre.wtu.mass import staged_weight_of, weight_of
from dre.wtu.row import (
    DIGITS,
    PASSES_OF_A_THRESHOLD,
    QUOTA_BITS,
    WEIGHT_BITS,
    Level,
    Take,
    decision_layout,
    finding_layout,
    job_layout,
)
from dre.wtu.scanner import NEED_BITS, OCTAVES, TOTAL_BITS, Purpose
from dre.wtu.staged_arithmetic import StagedDivider, StagedFraction
from dre.wtu.sums import OCTAVE_PLACE_BITS, PAIR_BITS, PAIRS
from dre.wtu.tree import delayed


class RowSteps(wiring.Component):
    """Ports, registers and steps of `dre.wtu.decider.Decider`: a scan, a replay, a digit noted."""

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
                "keep_counts": Out(1),
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
                "full": In(1),
                "third": Out(1),
                "give": Out(1),
                "given": In(1),
                "more": In(1),
                "start": Out(1),
                "purpose": Out(Purpose),
                "scan_set": Out(1),
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

    def _keep(self, m):
        """What is kept of the row at hand."""
        config = self._config
        self._job = Signal(job_layout(config), reset_less=True)
        self._threshold = Signal.like(self.finding.threshold, reset_less=True)
        registered = config.timing.registered_sums
        fraction, divider = (StagedFraction, StagedDivider) if registered else (Fraction, Divider)
        m.submodules.fraction = self._fraction = fraction(bits=TOTAL_BITS)
        m.submodules.divider = self._divider = divider(
            divisor_bits=WEIGHT_BITS, quotient_bits=QUOTA_BITS
        )
        if registered:  # stays long enough
            each = staged_weight_of(m, self._threshold, self._job.weight)
            self._each = delayed(m, "each", each, 1)
        else:
            self._each = weight_of(self._threshold, self._job.weight)
        self._total = Signal(TOTAL_BITS, reset_less=True)
        self._decided = Signal(reset_less=True)  # there is a threshold
        self._take = Signal(Take, reset_less=True)
        self._beat = Signal(range(config.list_depth + 1), reset_less=True)
        self._left = Signal(range(config.beats * config.lanes + 1), reset_less=True)
        self._wait = Signal(range(self._settle + 1))
        self._clear_set = Signal()
        self._hold = Signal()
        self._giving = Signal()  # the row before, from where it is kept

    def _connect(self, m):
        """What the parts around are told of it."""
        config, job = self._config, self._job
        registered = config.timing.registered_sums
        m.d.comb += [
            self.finding.threshold.eq(self._threshold),
            self.finding.weight.eq(job.weight),
            self.take.eq(self._take),
            self.replay_beat.eq(self._beat),
            self.scan_set.eq(job.set),
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
        self._final = self._left <= config.lanes  # the next beat replayed is the row's last
        if registered:
            self._final = last_ahead(m, self.replay, self._left, config.lanes)
        m.d.comb += self.hold.eq(self._hold)
        if self._head_start:
            self._hold_ahead(m)
        self._decision(m)

    def _hold_ahead(self, m):
        """When nothing that was taken from the streams is on its way any more.

        Who takes it hears of the hold a cycle late.
        """
        self._still_loading = left = Signal(range(self._head_start + 2))
        self._quiet = Signal()
        m.d.sync += self._quiet.eq(self._hold & (left <= 1))
        # All pairs of the scan at hand have been read.
        some, self._scanned = Signal(), Signal()
        m.d.sync += [
            some.eq(~self.start & (some | self.scan)),
            self._scanned.eq(~self.start & some & ~self.scan),
        ]
        with m.If(~self._hold):
            m.d.sync += left.eq(self._head_start + 1)
        with m.Elif(left != 0):
            m.d.sync += left.eq(left - 1)

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

    def _go_through(self, m, state, strobes, last, then, blocked=None):
        """A state that issues beats, from when nothing is on its way from the streams any more."""
        free = [] if blocked is None else [~blocked]
        quiet = [self._quiet] if self._head_start else []
        with m.State(state):
            m.d.comb += self._hold.eq(Cat(1, *free).all())
            conditions = [*free, *quiet]
            with m.If(Cat(*conditions).all()) if conditions else nullcontext():
                m.d.comb += [strobe.eq(1) for strobe in strobes]
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

    def _keep_apart(self, m):
        """Nothing is loaded beside sums that both sets share (see `dre.wtu.sums.LaneSums`)."""
        with m.If(self._job.weight & self._job.set):
            m.d.comb += self._hold.eq(1)

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
                    m.d.sync += [self._beat.eq(0), self._left.eq(self._job.clusters)]
                    m.next = seeking
                elif self._head_start and level is Level.SECOND:
                    m.d.comb += self._hold.eq(self._scanned)
                if level is Level.SECOND:
                    self._keep_apart(m)
                    if self._config.lists_fill:
                        m.d.sync += self.keep_counts.eq(self.full)
                if state == seeking:
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
        if self._config.lists_fill:
            m.d.comb += decision.full.eq(self._decided & self.full)
