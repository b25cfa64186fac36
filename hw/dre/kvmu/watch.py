"""Finds bursts that take too long (spec D77)."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from dre.flags import Flags
from dre.kvmu.layouts import numbered, opened_burst


class Watch(wiring.Component):
    """Visits one ID after the other, each once in ``timeout`` cycles.

    A burst found at two visits has taken ``timeout`` cycles at least, and twice that at most.

    Members
    -------
    opened : In(struct)
        An ID gets a burst.
    overdue : Out(struct), overdue_taken : In(1)
        The ID of a burst that has taken too long. Or one without a burst, or a dead one: that is
        not known here.
    """

    def __init__(self, config):
        self._config = config
        super().__init__(
            {
                "opened": In(opened_burst(config)),
                "overdue": Out(numbered(config.identity)),
                "overdue_taken": In(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config = self._config
        period = -(-config.timeout // config.outstanding)
        wait = Signal(range(period))
        visit, old = Signal(), Signal()
        number = Signal(config.identity)
        found, pending = Signal.like(number, reset_less=True), Signal()
        aged = Flags(m, "aged", config.outstanding)
        m.d.comb += [
            visit.eq((wait == 0) & ~pending),
            old.eq(aged[number]),
            # A burst that has just ended may have left its ID to another one, which is young.
            self.overdue.valid.eq(pending & aged[found]),
            self.overdue.index.eq(found),
        ]
        with m.If(wait != 0):
            m.d.sync += wait.eq(wait - 1)
        with m.If(visit):
            m.d.sync += [
                wait.eq(period - 1),
                number.eq(Mux(number == config.outstanding - 1, 0, number + 1)),
                found.eq(number),
                pending.eq(old),
            ]
        with m.If(pending & (self.overdue_taken | ~self.overdue.valid)):
            m.d.sync += pending.eq(0)
        aged.write(visit, number, 1)
        aged.write(self.opened.valid, self.opened.id, 0)
        return m
