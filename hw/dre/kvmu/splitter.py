"""Splits jobs into bursts and asks for them (spec D72)."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from dre.kvmu.layouts import (
    MoveStatus,
    checked_job,
    numbered,
    opened_burst,
    request,
    splitting,
)


class Splitter(wiring.Component):
    """Three cycles a burst, and one a job.

    A burst ends where source or target reaches a multiple of ``burst_bytes``, so it needs no more
    than the low bits of addresses to be found, and crosses nothing on either side.

    Members
    -------
    checked : In(stream)
    ids : In(stream)
        Free ones.
    down : In(1)
        No burst may be asked for: what is left of a job fails.
    expired : In(struct)
        The ID of a burst that has taken too long.
    reads : Out(stream)
        Requests for AR.
    stuck : Out(1)
        A request that nobody takes has taken too long.
    opened : Out(struct)
        A burst gets its ID in this cycle.
    event : Out(struct), event_free : In(1)
        What happens to the job; only where it can be taken.
    idle : Out(1)
        No job is being split.
    """

    def __init__(self, config):
        self._config = config
        super().__init__(
            {
                "checked": In(stream.Signature(checked_job(config))),
                "ids": In(stream.Signature(config.identity)),
                "down": In(1),
                "expired": In(numbered(config.identity)),
                "reads": Out(stream.Signature(request(config))),
                "stuck": Out(1),
                "opened": Out(opened_burst(config)),
                "event": Out(splitting(config)),
                "event_free": In(1),
                "idle": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config, checked = self._config, self.checked.payload
        self._source = Signal(config.place, reset_less=True)
        self._target = Signal(config.place, reset_less=True)
        self._rest = Signal(range(config.job_beats + 1), reset_less=True)
        self._tag = Signal.like(checked.tag, reset_less=True)
        self._status = Signal(MoveStatus, reset_less=True)
        to_edge = Signal(range(config.burst_beats + 1), reset_less=True)
        self._beats = Signal(range(config.burst_beats + 1), reset_less=True)
        self._last = Signal(reset_less=True)
        self._watch_request(m)
        m.d.comb += self.event.tag.eq(self._tag)
        with m.FSM():
            with m.State("TAKE"):
                m.d.comb += [self.checked.ready.eq(1), self.idle.eq(1)]
                m.d.sync += [
                    self._source.eq(checked.source),
                    self._target.eq(checked.target),
                    self._rest.eq(checked.beats),
                    self._tag.eq(checked.tag),
                    self._status.eq(MoveStatus.REFUSED),
                ]
                with m.If(self.checked.valid):
                    m.next = "EDGE"
                    with m.If(checked.refused):
                        m.next = "FAIL"
            with m.State("EDGE"):
                m.d.sync += to_edge.eq(config.burst_beats - self._farther())
                m.next = "FIT"
            with m.State("FIT"):
                ends = self._rest <= to_edge
                m.d.sync += [self._last.eq(ends), self._beats.eq(Mux(ends, self._rest, to_edge))]
                m.next = "ASK"
            with m.State("ASK"):
                self._ask(m)
            with m.State("FAIL"):
                m.d.comb += [
                    self.event.valid.eq(self.event_free),
                    self.event.last.eq(1),
                    self.event.status.eq(self._status),
                ]
                with m.If(self.event_free):
                    m.next = "TAKE"
        return m

    def _farther(self):
        """The place of the side that is nearer to its edge, in beats from the edge before."""
        bits = (self._config.burst_beats - 1).bit_length()
        source, target = self._source[:bits], self._target[:bits]
        return Mux(source > target, source, target)

    def _ask(self, m):
        """Give the burst an ID, ask for it, and go on behind it."""
        go = Signal()
        free = ~self.reads.valid | self.reads.ready
        length = (self._beats - 1)[: len(self.opened.length)]
        m.d.comb += [
            go.eq(self.ids.valid & free & self.event_free & ~self.down),
            self.ids.ready.eq(go),
            self.opened.valid.eq(go),
            self.opened.id.eq(self.ids.payload),
            self.opened.tag.eq(self._tag),
            self.opened.target.eq(self._target),
            self.opened.length.eq(length),
            self.event.valid.eq(go),
            self.event.opens.eq(1),
            self.event.last.eq(self._last),
            self.event.status.eq(MoveStatus.OK),
        ]
        with m.If(self.down):
            m.d.sync += self._status.eq(MoveStatus.LINK_DOWN)
            m.next = "FAIL"
        with m.Elif(go):
            m.d.sync += [
                self.reads.valid.eq(1),
                self.reads.payload.id.eq(self.ids.payload),
                self.reads.payload.place.eq(self._source),
                self.reads.payload.length.eq(length),
                self._source.eq(self._source + self._beats),
                self._target.eq(self._target + self._beats),
                self._rest.eq(self._rest - self._beats),
            ]
            m.next = "EDGE"
            with m.If(self._last):
                m.next = "TAKE"

    def _watch_request(self, m):
        """A request goes when it is taken; one that has expired before that is stuck."""
        waits, expired = self.reads.valid, self.expired
        with m.If(self.reads.ready):
            m.d.sync += [self.reads.valid.eq(0), self.stuck.eq(0)]
        with m.Elif(waits & expired.valid & (expired.index == self.reads.payload.id)):
            m.d.sync += self.stuck.eq(1)
