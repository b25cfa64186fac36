"""Finds the threshold of one row after the other, digit by digit."""

from contextlib import nullcontext

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from dre.layouts import RowStatus
from dre.wtu.arithmetic import Divider, Fraction
from dre.wtu.entries import Take
from dre.wtu.mass import weight_of
from dre.wtu.row import (
    PASSES_OF_A_THRESHOLD,
    QUOTA_BITS,
    WEIGHT_BITS,
    decision_layout,
    finding_layout,
    job_layout,
)
from dre.wtu.scanner import NEED_BITS, OCTAVES, TOTAL_BITS, Purpose
from dre.wtu.sums import PAIR_BITS, PAIRS


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
    replay, replay_list, replay_beat, replay_valid, finding, take, begin_lists, more
        To and from `Entries`.
    start, purpose, scan_set, counts_set, E, top, pairs, doubling, begin, load_need, number : Out
        To the `Scanner`.
    total, need, found_octave, found, done : In
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
        self._digit_bits = 2 if config.timing.registered_sums else 4
        super().__init__(
            {
                "jobs": In(stream.Signature(job_layout(config))),
                "hold": Out(1),
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
                "total": In(TOTAL_BITS),
                "need": In(NEED_BITS),
                "found_octave": In(8),
                "found": In(PAIR_BITS + 1),
                "done": In(1),
                "decisions": Out(stream.Signature(decision_layout(config))),
                "emitting": In(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config = self._config
        self._job = job = Signal(job_layout(config), reset_less=True)
        m.submodules.fraction = self._fraction = Fraction(
            bits=TOTAL_BITS, digit_bits=self._digit_bits
        )
        m.submodules.divider = self._divider = Divider(
            divisor_bits=WEIGHT_BITS, quotient_bits=QUOTA_BITS, digit_bits=self._digit_bits
        )
        self._threshold = Signal.like(self.finding.threshold, reset_less=True)
        self._total = Signal(TOTAL_BITS, reset_less=True)
        self._decided = Signal(reset_less=True)  # there is a threshold
        self._take = Signal(Take, reset_less=True)
        self._beat = Signal(range(config.list_depth + 1), reset_less=True)
        self._left = Signal(range(config.beats * config.lanes + 1), reset_less=True)
        self._wait = Signal(range(self._settle + self._head_start + 1))
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
            self._fraction.number.eq(self._total),
            self._fraction.TH.eq(job.TH),
            self._divider.number.eq(self.need),
            self._divider.divisor.eq(weight_of(self._threshold, job.weight)),
        ]
        for n in range(config.lanes):
            m.d.comb += self.replay_valid[n].eq(self._left > n)
        self._decision(m)
        with m.FSM():
            self._clear(m)
            self._begin(m)
            self._by_first_digit(m)
            self._by_later_digits(m)
            with m.State("HAND_OVER"):
                m.d.comb += self.decisions.valid.eq(1)
                with m.If(self.decisions.ready):
                    m.next = "BEGIN"
        return m

    def _clear(self, m):
        """After reset the sums hold anything."""
        with m.State("CLEAR"):
            m.d.comb += [self.start.eq(1), self.purpose.eq(Purpose.CLEAR), self.pairs.eq(PAIRS)]
            m.d.comb += [self.scan_set.eq(self._clear_set), self.hold.eq(1)]
            m.next = "CLEARING"
        with m.State("CLEARING"):
            m.d.comb += [self.purpose.eq(Purpose.CLEAR), self.scan_set.eq(self._clear_set)]
            m.d.comb += self.hold.eq(1)
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
        job = self._job

        def scan(purpose):
            m.d.comb += [
                self.purpose.eq(purpose),
                self.doubling.eq(~job.weight),
                self.top.eq(Mux(job.weight, 15, job.E[1:5])),
                # All 32 places, except that nothing is to be cleared below what counts.
                self.pairs.eq(
                    16 if purpose is Purpose.CROSS else Mux(job.weight, 16, OCTAVES // 2 + 1)
                ),
                self.begin.eq(1),
                self.load_need.eq(1),
            ]

        with m.State("TOTAL"):
            scan(Purpose.TOTAL)
            m.d.comb += self.start.eq(1)
            m.next = "TOTALLING"
        with m.State("TOTALLING"):
            scan(Purpose.TOTAL)
            m.d.sync += self._total.eq(self.total)
            with m.If(self.done):
                m.d.comb += self._fraction.start.eq(1)
                m.next = "MULTIPLYING"
        with m.State("MULTIPLYING"):
            m.d.sync += [
                self._decided.eq(self._total != 0),
                self._take.eq(Mux(self._total != 0, Take.ABOVE, Take.NONE)),
            ]
            with m.If(self._fraction.done):
                scan(Purpose.CROSS)
                m.d.comb += self.start.eq(1)
                m.next = "CROSSING"
        with m.State("CROSS"):
            scan(Purpose.CROSS)
            m.d.comb += self.start.eq(1)
            m.next = "CROSSING"
        with m.State("CROSSING"):
            scan(Purpose.CROSS)
            with m.If(self.done):
                m.next = "REPLAY"
                self._begin_replay(m)
                with m.If(job.weight):
                    m.d.sync += self._threshold[11:].eq(self.found)
                with m.Else():
                    m.d.sync += self._threshold[8:].eq(self.found_octave)

    def _begin_replay(self, m):
        m.d.comb += self.begin_lists.eq(1)
        m.d.sync += [
            self._beat.eq(0),
            self._left.eq(self._job.clusters),
            self._wait.eq(self._head_start),
        ]

    def _after_head_start(self, m, condition):
        """What is done when nothing is on its way from the streams any more."""
        if self._head_start:
            with condition(self._wait != 0):
                m.d.sync += self._wait.eq(self._wait - 1)
        elif condition == m.If:
            return nullcontext()
        return m.Else()

    def _by_later_digits(self, m):
        job, lanes = self._job, self._config.lanes

        def scan(exp_pairs, weight_pairs):
            m.d.comb += [
                self.purpose.eq(Purpose.CROSS),
                self.top.eq(Mux(job.weight, weight_pairs - 1, exp_pairs - 1)),
                self.pairs.eq(Mux(job.weight, weight_pairs, exp_pairs)),
            ]

        with m.State("REPLAY"):
            m.d.comb += self.hold.eq(1)
            with self._after_head_start(m, m.If):
                m.d.comb += self.replay.eq(1)
                m.d.sync += [self._beat.eq(self._beat + 1), self._left.eq(self._left - lanes)]
                with m.If(self._left <= lanes):
                    m.d.sync += self._wait.eq(self._settle)
                    m.next = "SETTLE"
        with m.State("SETTLE"):
            m.d.sync += self._wait.eq(self._wait - 1)
            with m.If(self._wait == 0):
                m.next = "SECOND"
                with m.If(~self._decided):
                    m.next = "HAND_OVER"
        with m.State("SECOND"):
            scan(8, 32)
            m.d.comb += self.start.eq(1)
            m.next = "SEEKING_SECOND"
        with m.State("SEEKING_SECOND"):
            scan(8, 32)
            m.d.sync += [self._beat.eq(0), self._wait.eq(self._head_start)]
            with m.If(self.done):
                m.next = "LISTS"
                with m.If(job.weight):
                    m.d.sync += self._threshold[5:11].eq(self.found)
                with m.Else():
                    m.d.sync += self._threshold[4:8].eq(self.found)
        with m.State("LISTS"):
            m.d.comb += self.hold.eq(~self.emitting)
            with m.If(self.emitting):
                pass
            with self._after_head_start(m, m.Elif):
                m.d.comb += self.replay_list.eq(1)
                m.d.sync += self._beat.eq(self._beat + 1)
                with m.If(~self.more):
                    m.d.sync += self._wait.eq(self._settle)
                    m.next = "SETTLE_LISTS"
        with m.State("SETTLE_LISTS"):
            m.d.sync += self._wait.eq(self._wait - 1)
            with m.If(self._wait == 0):
                m.next = "THIRD"
        with m.State("THIRD"):
            scan(8, 16)
            m.d.comb += self.start.eq(1)
            m.next = "SEEKING_THIRD"
        with m.State("SEEKING_THIRD"):
            scan(8, 16)
            with m.If(self.done):
                m.d.comb += self._divider.start.eq(1)
                m.next = "DIVIDING"
                with m.If(job.weight):
                    m.d.sync += self._threshold[:5].eq(self.found)
                with m.Else():
                    m.d.sync += self._threshold[:4].eq(self.found)
        with m.State("DIVIDING"):
            with m.If(self._divider.done):
                m.next = "HAND_OVER"

    def _decision(self, m):
        job, decision = self._job, self.decisions.payload
        odd = job.E[0] & ~job.weight
        octaves = (job.E - self._threshold[8:])[:5]
        m.d.comb += [
            decision.job.eq(job),
            decision.decided.eq(self._decided),
            decision.threshold.eq(self._threshold[: len(decision.threshold)]),
            decision.each.eq(self._divider.divisor),
            decision.quota.eq(self._divider.quotient),
            decision.above.eq(self.total),
            decision.octaves.eq(Mux(job.weight, 0, OCTAVES - octaves)),
            decision.total.eq(Mux(self._decided, Mux(odd, self._total >> 1, self._total), 0)),
            decision.passes.eq(Mux(self._decided, PASSES_OF_A_THRESHOLD, 1)),
        ]
