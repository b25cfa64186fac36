"""The end of a chunk: tokens become far tokens, by age alone (spec D62)."""

from amaranth.hdl import Mux, Signal

from dre.kvmu.keeper.delivering import outlet
from dre.kvmu.keeper.routine import Routine, pause, settled, soon


class Aging:
    """Moves what has become old enough to the held entries of its cluster.

    Parameters
    ----------
    m : Module
    book : Book
    growth : Growth
    told : stream or None
        Where it is said of each; all of it has been taken when the routine is done.

    Attributes
    ----------
    age : Routine
        ``founded``: clusters that there are now.
    """

    def __init__(self, m, book, growth, told=None):
        config = book.config
        self._told = told
        self._tell = outlet(m, "aged", config.timing, told, told.payload) if told else None
        self._book, self._growth = book, growth
        self.age = Routine(m, "age", config.timing, founded=config.clusters)
        self._young = Signal(config.tokens, name="young", reset_less=True)  # from here on
        self._slot = Signal(config.slot, name="aging_slot", reset_less=True)
        self._cluster = Signal(config.cluster, name="aging_cluster", reset_less=True)
        self._define(m)

    def _define(self, m):
        book, now, age = self._book, self._book.now, self.age
        timing = book.config.timing
        none_old = settled(m, "none_old", timing, now.old >= self._young)
        with m.FSM(name="age"):
            with m.State("COUNT"), m.If(age.go):
                m.d.sync += [
                    now.tokens.eq(now.tokens + now.granted),
                    now.granted.eq(0),
                    now.founded.eq(age.founded),
                    now.old.eq(Mux(now.old < now.sink_tokens, now.sink_tokens, now.old)),
                ]
                m.next = "LIMIT"
            with m.State("LIMIT"):
                m.d.sync += self._young.eq(
                    Mux(now.tokens < now.recent_tokens, 0, now.tokens - now.recent_tokens)
                )
                m.next = soon(timing, "NEXT")
            pause(m, timing, "NEXT")
            with m.State("NEXT"):
                with m.If(none_old):
                    self._end(m)
                with m.Else(), book.read(m, "slot", now.age_first) as record:
                    m.d.sync += [
                        self._slot.eq(now.age_first),
                        self._cluster.eq(record.cluster),
                        now.age_first.eq(record.link),
                    ]
                    m.next = "HOLD"
            with m.State("HOLD"):
                entry = {"slot": self._slot, "cluster": self._cluster}
                with self._growth.hold.call(m, **entry):
                    m.d.sync += now.old.eq(now.old + 1)
                    m.next = "TELL" if self._told else soon(timing, "NEXT")
            if self._told:
                with m.State("TELL"):
                    token = {"context": book.context, "cluster": self._cluster}
                    with self._tell.call(m, **token):
                        m.next = "NEXT"

    def _end(self, m):
        over = ~self._told.valid | self._told.ready if self._told else 1
        with m.If(over):
            m.d.comb += self.age.done.eq(1)
            m.next = "COUNT"
