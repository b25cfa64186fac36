"""Looks at a job before anything of it is put on a bus (spec D71)."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from dre.axi import PAGE_BYTES
from dre.kvmu.layouts import checked_job


class JobCheck(wiring.Component):
    """Finds out whether both ends of a job lie in their regions. Three cycles a job.

    Members
    -------
    jobs : In(stream)
        A job stays offered while it is looked at.
    regions : In(struct)
    hold : In(1)
        The job that is offered is not looked at yet.
    checked : Out(stream)
    idle : Out(1)
        No job is being looked at, or begins to be.
    """

    def __init__(self, config):
        self._config = config
        super().__init__(
            {
                "jobs": In(stream.Signature(config.job)),
                "regions": In(config.regions),
                "hold": In(1),
                "checked": Out(stream.Signature(checked_job(config))),
                "idle": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config, job, checked = self._config, self.jobs.payload, self.checked.payload
        shift = config.beat_shift
        beats = job.bytes >> shift
        odd = (job.source | job.target | job.bytes)[:shift].any()
        m.d.comb += [
            checked.source.eq(job.source >> shift),
            checked.target.eq(job.target >> shift),
            checked.beats.eq(beats),
            checked.tag.eq(job.tag),
        ]
        sides = (
            self._side(m, "source", checked.source, self.regions.source, beats),
            self._side(m, "target", checked.target, self.regions.target, beats),
        )
        with m.FSM():
            with m.State("ENDS"):
                with m.If(self.jobs.valid & ~self.hold):
                    m.next = "COMPARE"
                with m.Else():
                    m.d.comb += self.idle.eq(1)
            with m.State("COMPARE"):
                bad_size = odd | (job.bytes == 0) | (job.bytes > config.job_bytes)
                m.d.sync += checked.refused.eq(bad_size | sides[0] | sides[1])
                m.next = "GIVE"
            with m.State("GIVE"):
                m.d.comb += [self.checked.valid.eq(1), self.jobs.ready.eq(self.checked.ready)]
                with m.If(self.checked.ready):
                    m.next = "ENDS"
        return m

    def _side(self, m, name, first, region, beats):
        """Whether a side lies outside; known a cycle after the job is there."""
        to_page = ceil_log2(PAGE_BYTES) - self._config.beat_shift
        width = max(self._config.place, len(beats)) + 1  # whatever the longest job, nothing wraps
        last = Signal(width, name=f"last_{name}", reset_less=True)
        m.d.sync += last.eq(first + beats - 1)
        beyond = last[self._config.place :].any()  # whatever the limit: there is no such address
        outside = ((first >> to_page) < region.base) | ((last >> to_page) >= region.limit)
        return outside | beyond
