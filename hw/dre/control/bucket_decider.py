"""Finds the bucket in which the mass of a row passes its threshold."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from dre.control.bucket_edges import Edges
from dre.control.bucket_passes import pass_layout
from dre.layouts import MASS_BITS, RowStatus
from dre.wtu.arithmetic import Fraction
from dre.wtu.key import KEY_BITS
from dre.wtu.row import Take, decision_layout, job_layout


class BucketDecider(wiring.Component):
    """Sends each row through `BucketPasses`, a bucket a pass, until that is enough (spec D52).

    The first pass also gives the total, and with it the threshold. From then on a pass follows the
    other, as long as none is known to have passed it; beats that turn out to be too many are
    forgotten. Rows without a threshold are gone through once, for their masks.

    Members
    -------
    jobs : In(stream)
        Rows in order.
    largest, smallest : In(16)
        Of the row that is offered.
    passing, turn, set, counts_set, E, weight, take, threshold : Out
        To `BucketPasses`.
    done, mass, total, passed : In
        From it.
    decisions : Out(stream)
        One a job.
    """

    def __init__(self, config, *, compare_latency):
        self._config = config
        self._compare_latency = compare_latency
        super().__init__(
            {
                "jobs": In(stream.Signature(job_layout(config))),
                "largest": In(KEY_BITS),
                "smallest": In(KEY_BITS),
                "passing": Out(pass_layout(config)),
                "turn": Out(1),
                "set": Out(1),
                "counts_set": Out(1),
                "E": Out(8),
                "weight": Out(1),
                "take": Out(Take),
                "threshold": Out(MASS_BITS),
                "done": In(1),
                "mass": In(MASS_BITS),
                "total": In(MASS_BITS),
                "passed": In(1),
                "decisions": Out(stream.Signature(decision_layout(config))),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config = self._config
        self._job = Signal(job_layout(config), reset_less=True)
        self._take = Signal(Take, reset_less=True)
        self._searching = Signal(reset_less=True)  # there is a threshold to be found
        self._total = Signal(MASS_BITS, reset_less=True)
        self._mass = Signal(MASS_BITS, reset_less=True)
        self._gone = Signal(range(config.buckets + 1), reset_less=True)  # buckets gone through
        m.submodules.edges = self._edges = Edges(config)
        digit_bits = 2 if config.timing.registered_sums else 4
        m.submodules.fraction = self._fraction = Fraction(bits=MASS_BITS, digit_bits=digit_bits)
        self._connect(m)
        self._issue(m)
        with m.FSM():
            self._begin(m)
            self._first_bucket(m)
            self._other_buckets(m)
            with m.State("HAND_OVER"):
                m.d.comb += self.decisions.valid.eq(1)
                with m.If(self.decisions.ready):
                    m.next = "BEGIN"
        return m

    def _connect(self, m):
        job, decision = self._job, self.decisions.payload
        largest, smallest = (
            Signal(KEY_BITS, name=name, reset_less=True) for name in ("high", "low")
        )
        with m.If(self.jobs.ready):  # the next row is loaded as soon as this one is taken
            m.d.sync += [largest.eq(self.largest), smallest.eq(self.smallest)]
        m.d.comb += [
            self._edges.largest.eq(largest),
            self._edges.smallest.eq(smallest),
            self._edges.weight.eq(job.weight),
            self._fraction.number.eq(self._total),
            self._fraction.TH.eq(job.TH),
            self.threshold.eq(self._fraction.result),
            self.set.eq(job.set),
            self.counts_set.eq(job.counts_set),
            self.E.eq(job.E),
            self.weight.eq(job.weight),
            self.take.eq(self._take),
            decision.job.eq(job),
            decision.decided.eq(self._searching),
            decision.above.eq(self._mass),
            decision.total.eq(Mux(self._searching, self._total, 0)),
            decision.passes.eq(Mux(self._searching, 1 + self._gone, 1)),
            decision.early_exit.eq(self._searching & (self._gone != self._config.buckets)),
        ]

    def _issue(self, m):
        """Beats of a pass, from the cycle after ``_open_pass`` on."""
        config, passing, edges = self._config, self.passing, self._edges
        self._left = Signal(range(config.beats * config.lanes + 1))
        self._ends, self._open_pass = Signal(), Signal()
        beat = Signal(range(config.list_depth), reset_less=True)
        first, is_open = Signal(reset_less=True), Signal(reset_less=True)
        edge = Signal.like(edges.edge, reset_less=True, name="edge_at_hand")
        m.d.comb += [
            self._ends.eq(self._left <= config.lanes),  # nothing is left after this cycle
            passing.valid.eq(self._left != 0),
            passing.turn.eq(self.turn),
            passing.first.eq(first),
            passing.last.eq(self._ends),
            passing.beat.eq(beat),
            passing.edge.eq(edge),
            passing.open.eq(is_open),
        ]
        for n in range(config.lanes):
            m.d.comb += passing.inside[n].eq(self._left > n)
        with m.If(self._open_pass):
            m.d.comb += edges.take.eq(1)
            m.d.sync += [
                self._left.eq(self._job.clusters),
                beat.eq(0),
                first.eq(1),
                edge.eq(edges.edge),
                is_open.eq(edges.open | ~self._searching),
            ]
        with m.Elif(self._left != 0):
            m.d.sync += [
                self._left.eq(Mux(self._ends, 0, self._left - config.lanes)),
                beat.eq(beat + 1),
                first.eq(0),
            ]

    def _begin(self, m):
        """Does the row need a threshold?"""
        job = self.jobs.payload
        special = (job.status != RowStatus.OK) | job.all
        nothing = (self.smallest > self.largest) | (job.weight & (self.largest == 0))
        everything = Mux(job.status == RowStatus.OUT_OF_STEP, Take.EVERY, Take.COUNTED)
        searching = Signal()
        m.d.comb += searching.eq(~special & ~nothing & ~job.nothing)
        with m.State("BEGIN"):
            m.d.comb += self.jobs.ready.eq(1)
            m.d.sync += [
                self._job.eq(job),
                self._gone.eq(0),
                self._searching.eq(searching),
                self._take.eq(Mux(special, everything, Mux(nothing, Take.NONE, Take.ABOVE))),
            ]
            with m.If(self.jobs.valid):
                with m.If(searching):
                    m.d.comb += self._edges.start.eq(1)
                    m.next = "EDGE"
                with m.Elif(job.nothing):
                    m.next = "HAND_OVER"
                with m.Else():
                    m.next = "MASKS"
        with m.State("MASKS"):
            m.d.comb += self._open_pass.eq(1)
            m.next = "FIRST"

    def _first_bucket(self, m):
        """One pass, the total, the threshold."""
        with m.State("EDGE"):
            with m.If(self._edges.valid):
                m.d.comb += self._open_pass.eq(1)
                m.next = "FIRST"
        with m.State("FIRST"):
            m.d.sync += self._total.eq(self.total)
            with m.If(self.done):
                m.d.comb += self._fraction.start.eq(1)
                m.next = "MULTIPLY"
                with m.If(~self._searching):
                    self._decide(m)
        with m.State("MULTIPLY"):
            with m.If(self._fraction.done):
                if self._compare_latency:
                    m.next = "COMPARE"
                else:
                    self._compare(m)
        if self._compare_latency:
            with m.State("COMPARE"):
                self._compare(m)

    def _compare(self, m):
        """Was the first bucket enough?"""
        m.d.sync += self._gone.eq(1)
        m.next = "PASSES"
        with m.If(self.passed):
            self._decide(m)

    def _other_buckets(self, m):
        """Pass after pass; what is done is some cycles behind, at the last bucket too."""
        with m.State("PASSES"):
            with m.If(self._ends & self._edges.valid):
                m.d.comb += self._open_pass.eq(1)
            with m.If(self.done):
                m.d.sync += self._gone.eq(self._gone + 1)
                with m.If(self.passed):
                    self._decide(m)

    def _decide(self, m):
        """What is still under way of this row is of no use any more."""
        m.d.sync += [self.turn.eq(~self.turn), self._mass.eq(self.mass), self._left.eq(0)]
        m.next = "HAND_OVER"
