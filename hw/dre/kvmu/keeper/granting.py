"""Slots for the tokens of a chunk (spec D61)."""

from amaranth.hdl import Mux, Signal

from dre.kvmu.keeper.routine import Routine, pause, settled, soon
from dre.kvmu.layouts import KVStatus


class Granting:
    """GRANT.

    Parameters
    ----------
    m : Module
    book : Book
    slots : Pool
    command : View
    grants : Routine
        Gives an ``address``.
    places : Places

    Attributes
    ----------
    grant : Routine
    status : Signal
    """

    def __init__(self, m, book, slots, command, grants, places):
        self._book, self._slots, self._command = book, slots, command
        self._grants, self._places = grants, places
        self.grant = Routine(m, "grant", book.config.timing)
        self.status = Signal(KVStatus, name="grant_status", reset_less=True)
        self._left = Signal(book.config.chunk_tokens, name="grant_left", reset_less=True)
        self._sinks = Signal(book.config.chunk_tokens, name="grant_sinks", reset_less=True)
        self._slot = Signal(book.config.slot, name="grant_slot", reset_less=True)
        self._position = Signal(book.config.position, name="grant_position", reset_less=True)
        self._first = Signal(name="grant_first", reset_less=True)  # not a sink, of the chunk
        self._foresee(m)
        self._define(m)

    def _foresee(self, m):
        """How many sinks are to come; whether a chunk cannot be granted, or not yet; whether it has
        the only young tokens.
        """
        now, config, tokens = self._book.now, self._book.config, self._command.tokens
        rest = Signal(now.sink_tokens.shape(), name="sinks_left")
        m.d.comb += rest.eq(Mux(now.tokens < now.sink_tokens, now.sink_tokens - now.tokens, 0))
        self._rest = settled(m, "grant_rest", config.timing, rest)
        need = Signal.like(tokens, name="grant_need")
        m.d.comb += need.eq(tokens - self._sinks)
        bad = (
            (tokens == 0)
            | (tokens > now.max_chunk)
            | (now.granted != 0)
            | (now.tokens + tokens > config.max_tokens)
        )
        self._bad = settled(m, "grant_bad", config.timing, bad)
        room = settled(m, "grant_room", config.timing, now.capacity - now.slots)
        self._no_room = settled(m, "grant_no_room", config.timing, need > room)
        self._none_young = settled(m, "none_young", config.timing, now.slots == now.held)

    def _define(self, m):
        book, now, grant, slots = self._book, self._book.now, self.grant, self._slots
        sinks, slot, timing = self._sinks, self._slot, book.config.timing
        none_left = settled(m, "grant_none_left", timing, self._left == 0)
        some_sinks = settled(m, "grant_some_sinks", timing, sinks != 0)
        with m.FSM(name="grant"):
            with m.State("SINKS"), m.If(grant.go):
                self._count_sinks(m)
                m.next = soon(timing, "CHECK")
            pause(m, timing, "CHECK")
            pause(m, timing, "TOKEN")
            with m.State("CHECK"):
                self._check(m)
            with m.State("END"):
                m.d.comb += grant.done.eq(1)
                m.next = "SINKS"
            with m.State("TOKEN"):
                with m.If(none_left):
                    m.next = "END"
                with m.Elif(some_sinks):
                    with self._grants.call(m, address=self._places.slot(now.sink_next)):
                        m.d.sync += sinks.eq(sinks - 1)
                        m.next = "SINK"
                with m.Else(), slots.take.call(m):
                    m.d.sync += slot.eq(slots.number)
                    m.next = "GIVE"
            with m.State("SINK"):
                with book.read(m, "slot", now.sink_next) as record:
                    m.d.sync += now.sink_next.eq(record.link)
                    self._next(m)
            with m.State("GIVE"):
                with self._grants.call(m, address=self._places.slot(slot)):
                    m.next = "SELF"
            with m.State("SELF"):
                with book.write(m, "slot", slot, position=self._position):
                    m.next = "LINK"
            with m.State("LINK"):
                self._link(m)

    def _count_sinks(self, m):
        """How many of the next positions are sinks."""
        now, tokens, rest = self._book.now, self._command.tokens, self._rest
        m.d.sync += [
            self._sinks.eq(Mux(rest < tokens, rest, tokens)),
            self._position.eq(now.tokens),
        ]

    def _check(self, m):
        now, tokens = self._book.now, self._command.tokens
        with m.If(self._bad):
            m.d.sync += self.status.eq(KVStatus.BAD_COMMAND)
            m.next = "END"
        with m.Elif(self._no_room):
            m.d.sync += self.status.eq(KVStatus.REFUSED)
            m.next = "END"
        with m.Else():
            m.d.sync += [
                self.status.eq(KVStatus.OK),
                self._left.eq(tokens),
                self._first.eq(1),
                now.granted.eq(tokens),
                now.chunk.eq(self._command.chunk),
            ]
            m.next = soon(self._book.config.timing, "TOKEN")

    def _next(self, m):
        m.d.sync += [self._left.eq(self._left - 1), self._position.eq(self._position + 1)]
        m.next = soon(self._book.config.timing, "TOKEN")

    def _link(self, m):
        """Behind the youngest; the chunk's first one is remembered."""
        now, book = self._book.now, self._book
        with m.If(self._none_young):
            m.d.sync += now.age_first.eq(self._slot)
            self._linked(m)
        with m.Else(), book.change(m, "slot", now.age_last, link=self._slot):
            self._linked(m)

    def _linked(self, m):
        now = self._book.now
        m.d.sync += [now.age_last.eq(self._slot), now.slots.eq(now.slots + 1)]
        with m.If(self._first):
            m.d.sync += now.granted_first.eq(self._slot)
        m.d.sync += self._first.eq(0)
        self._next(m)
