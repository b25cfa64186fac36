"""Writes bursts that have landed to where they go (spec D74)."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from dre.kvmu.layouts import landed_burst, numbered, opened_burst, request
from dre.layouts import index
from dre.memory import SyncMemory


class Writer(wiring.Component):
    """A beat a cycle, without a gap between bursts; an address is offered before its first word.

    Members
    -------
    opened : In(struct)
        Where a burst will go.
    landed : In(stream)
    live : In
        By ID, whether its job still waits for the burst.
    expiring : In(1)
        A burst may be given up in this cycle: none is begun.
    requests : Out(stream), words : Out(stream)
        Channels AW and W.
    read_en, read_address, read_data
        Of the landing buffers.
    started : Out(struct)
        A burst is put on the bus from the next cycle on.
    skipped : Out(struct), skip_taken : In(1)
        One is not, since it has failed or nobody waits for it.
    """

    def __init__(self, config):
        self._config = config
        self._latency = config.timing.memory_latency
        word = data.StructLayout({"data": config.data_bits, "last": 1})
        super().__init__(
            {
                "opened": In(opened_burst(config)),
                "landed": In(stream.Signature(landed_burst(config))),
                "live": In(config.outstanding),
                "expiring": In(1),
                "requests": Out(stream.Signature(request(config))),
                "words": Out(stream.Signature(word)),
                "read_en": Out(1),
                "read_address": Out(index(config.outstanding * config.burst_beats)),
                "read_data": In(config.data_bits),
                "started": Out(numbered(config.identity)),
                "skipped": Out(numbered(config.identity)),
                "skip_taken": In(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config, landed = self._config, self.landed.payload
        goal = data.StructLayout({"place": config.place, "length": range(config.burst_beats)})
        m.submodules.goals = goals = SyncMemory(shape=goal, depth=config.outstanding, latency=1)
        looked, dropped, start = (Signal(name=name) for name in ("looked", "dropped", "start"))
        expired = Signal()  # what is known of ``live`` is a cycle old
        free = self._stream_words(m, start, goals.read_data.length)
        m.d.comb += [
            goals.write_en.eq(self.opened.valid),
            goals.write_address.eq(self.opened.id),
            goals.write_data.place.eq(self.opened.target),
            goals.write_data.length.eq(self.opened.length),
            goals.read_en.eq(1),
            goals.read_address.eq(landed.id),
            start.eq(
                looked
                & ~dropped
                & ~(self.expiring | expired)
                & free
                & (~self.requests.valid | self.requests.ready)
            ),
            self.started.valid.eq(start),
            self.started.index.eq(landed.id),
            self.skipped.valid.eq(looked & dropped),
            self.skipped.index.eq(landed.id),
            self.landed.ready.eq(start | self.skip_taken),
        ]
        m.d.sync += [
            looked.eq(self.landed.valid & ~self.landed.ready),
            dropped.eq(landed.failed | ~self.live.bit_select(landed.id, 1)),
            expired.eq(self.expiring),
        ]
        with m.If(self.requests.ready):
            m.d.sync += self.requests.valid.eq(0)
        with m.If(start):
            m.d.sync += [
                self.requests.valid.eq(1),
                self.requests.payload.id.eq(landed.id),
                self.requests.payload.place.eq(goals.read_data.place),
                self.requests.payload.length.eq(goals.read_data.length),
            ]
        return m

    def _stream_words(self, m, start, length):
        """A burst's words, from the cycle after its start on; returns whether one may start."""
        config = self._config
        active, step = (Signal(name=name) for name in ("active", "step"))
        final = Signal(reset_less=True)  # this is the last word
        place, end = (
            Signal(range(config.burst_beats), name=name, reset_less=True)
            for name in ("place", "end")
        )
        number = Signal(config.identity, reset_less=True)
        m.d.comb += [
            step.eq(~self.words.valid | self.words.ready),
            self.read_en.eq(step),
            self.read_address.eq(Cat(place, number)),
        ]
        with m.If(step):
            following = (place + 1)[: len(place)]
            m.d.sync += [place.eq(following), final.eq(following == end)]
            with m.If(final):
                m.d.sync += active.eq(0)
        with m.If(start):
            m.d.sync += [
                active.eq(1),
                place.eq(0),
                end.eq(length),
                final.eq(length == 0),
                number.eq(self.landed.payload.id),
            ]
        valid, last = active, final
        for stage in range(self._latency):
            later_valid, later_last = Signal(name=f"valid_{stage}"), Signal(name=f"last_{stage}")
            with m.If(step):
                m.d.sync += [later_valid.eq(valid), later_last.eq(last)]
            valid, last = later_valid, later_last
        m.d.comb += [
            self.words.valid.eq(valid),
            self.words.payload.last.eq(last),
            self.words.payload.data.eq(self.read_data),
        ]
        return ~active | (step & final)
