"""A WTU that is wrong on purpose, in one of several ways that a replay must notice."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring

from dre import WTU
from dre.layouts import CONTEXT_BITS

FIRST = 2_000  # the context of the first fault; other contexts meet none
FAULTS = ("mask", "row", "changes", "withdraws", "no header", "part", "read")


def context_of(fault):
    """The context whose chunks meet a fault."""
    return FIRST + FAULTS.index(fault)


class BrokenWTU(wiring.Component):
    """In place of `dre.WTU`; the context number says which of ``FAULTS`` a chunk meets.

    Of ``rows``, "mask" turns a bit of each mask over, "row" numbers the rows wrongly, "changes"
    changes a beat while it waits, "withdraws" takes it back, "no header" forgets ``first``. "part"
    turns a bit over in what ``selected`` says, "read" asks for another row.

    Parameters
    ----------
    config : dre.WTUConfig
    """

    def __init__(self, config):
        self._inner = WTU(config)
        super().__init__(self._inner.signature)

    def elaborate(self, platform):
        m = Module()
        m.submodules.inner = inner = self._inner
        for name in ("chunks", "counts", "scores"):
            wiring.connect(m, wiring.flipped(getattr(self, name)), getattr(inner, name))
        for name in ("settings", "clear"):
            m.d.comb += getattr(inner, name).eq(getattr(self, name))
        for name in ("status", "counters"):
            m.d.comb += getattr(self, name).eq(getattr(inner, name))
        for name in ("reads", "rows", "selected"):
            good, shown = getattr(inner, name), getattr(self, name)
            m.d.comb += [
                shown.valid.eq(good.valid),
                shown.payload.eq(good.payload),
                good.ready.eq(shown.ready),
            ]
        self._spoil_rows(m)
        shown = self.selected.payload
        with m.If(self._is(m, "selected", "part") & ~shown.first & ~shown.last):
            m.d.comb += shown.data.part.mask[0].eq(~inner.selected.payload.data.part.mask[0])
        with m.If(inner.reads.payload.context == context_of("read")):
            m.d.comb += self.reads.payload.row.eq(inner.reads.payload.row + 1)
        return m

    def _is(self, m, port, fault):
        """Whether the packet on an output belongs to a chunk with this fault."""
        good = getattr(self._inner, port)
        kept, now = Signal(CONTEXT_BITS), Signal(CONTEXT_BITS)
        m.d.comb += now.eq(Mux(good.payload.first, good.payload.data.header.context, kept))
        with m.If(good.valid & good.ready):
            m.d.sync += kept.eq(now)
        return now == context_of(fault)

    def _spoil_rows(self, m):
        good, shown = self._inner.rows, self.rows
        first, last = good.payload.first, good.payload.last
        waited = Signal()
        m.d.sync += waited.eq(shown.valid & ~shown.ready)
        with m.If(self._is(m, "rows", "mask") & ~first & ~last):
            m.d.comb += shown.payload.data.mask[0].eq(~good.payload.data.mask[0])
        with m.If(self._is(m, "rows", "row") & first):
            m.d.comb += shown.payload.data.header.row.eq(good.payload.data.header.row + 1)
        with m.If(self._is(m, "rows", "changes") & waited):
            m.d.comb += shown.payload.data.eq(~good.payload.data.as_value())
        with m.If(self._is(m, "rows", "withdraws") & waited):
            m.d.comb += [shown.valid.eq(0), good.ready.eq(0)]
        with m.If(self._is(m, "rows", "no header") & first):
            m.d.comb += shown.payload.first.eq(0)
