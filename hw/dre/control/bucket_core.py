"""The paper's way to threshold a row, between the WTU's loader and its emitter."""

from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from dre.control.bucket_decider import BucketDecider
from dre.control.bucket_loading import BucketLoading
from dre.control.bucket_passes import BucketPasses
from dre.wtu.row import decision_layout, job_layout

LOADING = ("begin_counts", "begin_row", "load", "beat", "weight", "K", "k")
FOUND = ("E", "finite", "saturated", "too_many_tokens")
PASSING = ("passing", "turn", "set", "counts_set", "E", "weight", "take", "threshold")
PASSED = ("done", "mass", "total", "passed")
MASKS = ("mask_en", "mask_address", "above")


class BucketCore(wiring.Component):
    """Whole buckets from the top, a pass over the row for each (spec D51 to D53).

    Every pass takes a cycle a beat, and the next one follows without a gap; rows are loaded
    meanwhile. Golden model: ``resv.wicsum_buckets``.

    Members
    -------
    begin_counts, begin_row, load, beat, weight, K, k : In
        As in `dre.wtu.entries.Entries`.
    E, finite, saturated, too_many_tokens : Out
        `dre.wtu.statistics.statistics_ports`.
    jobs : In(stream)
        Rows in order.
    decisions : Out(stream)
        One a job.
    mask_en, mask_address, above : In, Out
        As in `dre.wtu.entries.Entries`.
    """

    def __init__(self, config):
        self._config = config
        self._loading = BucketLoading(config)
        self._passes = BucketPasses(config)
        ports = {
            name: part.signature.members[name]
            for part, names in ((self._loading, (*LOADING, *FOUND)), (self._passes, MASKS))
            for name in names
        }
        super().__init__(
            {
                **ports,
                "jobs": In(stream.Signature(job_layout(config))),
                "decisions": Out(stream.Signature(decision_layout(config))),
            }
        )

    @property
    def key_latency(self):
        """Cycles from a score to its key."""
        return self._loading.key_latency

    @property
    def load_latency(self):
        """Cycles from a beat to what is known of its row."""
        return self._loading.latency

    def elaborate(self, platform):
        m = Module()
        m.submodules.loading = loading = self._loading
        m.submodules.passes = passes = self._passes
        m.submodules.decider = decider = BucketDecider(
            self._config, compare_latency=passes.compare_latency
        )
        wiring.connect(m, wiring.flipped(self.jobs), decider.jobs)
        wiring.connect(m, decider.decisions, wiring.flipped(self.decisions))
        m.d.comb += [
            decider.largest.eq(loading.largest),
            decider.smallest.eq(loading.smallest),
            passes.keys.eq(loading.keys),
            passes.counts.eq(loading.counts),
            passes.mask_en.eq(self.mask_en),
            passes.mask_address.eq(self.mask_address),
            self.above.eq(passes.above),
        ]
        for target, source, names in (
            (loading, self, LOADING),
            (self, loading, FOUND),
            (passes, decider, PASSING),
            (decider, passes, PASSED),
        ):
            for name in names:
                m.d.comb += getattr(target, name).eq(getattr(source, name))
        return m
