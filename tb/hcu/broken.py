"""An HCU that is wrong on purpose, in one of several ways that a replay must notice."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring

from dre import HCU

LATE = 20  # clusters at chunk start from which on it goes wrong
FAULTS = ("cluster", "changes", "withdraws", "stuck", "no header")


class BrokenHCU(wiring.Component):
    """In place of `dre.HCU`; the context number says which of ``FAULTS`` a chunk meets.

    "cluster" joins cluster 0 instead of another, "changes" changes a beat of ``assignments`` while
    it waits, "withdraws" takes it back, "stuck" offers none, "no header" forgets ``first``.

    Parameters
    ----------
    config : dre.HCUConfig
        The table must be a stream.
    """

    def __init__(self, config):
        self._inner = HCU(config)
        super().__init__(self._inner.signature)

    def elaborate(self, platform):
        m = Module()
        m.submodules.inner = inner = self._inner
        for name in ("hash_bits", "passes", "table"):
            wiring.connect(m, wiring.flipped(getattr(self, name)), getattr(inner, name))
        for name in ("settings", "clear"):
            m.d.comb += getattr(inner, name).eq(getattr(self, name))
        for name in ("status", "counters"):
            m.d.comb += getattr(self, name).eq(getattr(inner, name))
        good, shown = inner.assignments, self.assignments
        m.d.comb += [
            shown.valid.eq(good.valid),
            shown.payload.eq(good.payload),
            good.ready.eq(shown.ready),
        ]
        waited, late, fault = Signal(), Signal(), Signal(range(len(FAULTS)))
        m.d.sync += waited.eq(shown.valid & ~shown.ready)
        asked = self.hash_bits.payload.data.header
        with m.If(self.hash_bits.valid & self.hash_bits.ready & self.hash_bits.payload.first):
            m.d.sync += [late.eq(asked.clusters >= LATE), fault.eq(asked.context)]
        with m.If(late):
            self._spoil(m, good, fault, waited)
        return m

    def _spoil(self, m, good, fault, waited):
        """Do what is wrong to ``assignments``."""
        shown, first, last = self.assignments, good.payload.first, good.payload.last
        silence = [shown.valid.eq(0), good.ready.eq(0)]
        with m.Switch(fault):
            with m.Case(FAULTS.index("cluster")):
                with m.If(~first & ~last & ~good.payload.data.token.founded):
                    m.d.comb += shown.payload.data.token.cluster.eq(0)
            with m.Case(FAULTS.index("changes")), m.If(waited):
                m.d.comb += shown.payload.data.eq(~good.payload.data.as_value())
            with m.Case(FAULTS.index("withdraws")), m.If(waited):
                m.d.comb += silence
            with m.Case(FAULTS.index("stuck")):
                m.d.comb += silence
            with m.Case(FAULTS.index("no header")):
                m.d.comb += shown.payload.first.eq(0)
