"""Where bursts land: a buffer for each ID (spec D73)."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from dre.flags import Flags
from dre.kvmu.layouts import landed_burst, numbered, opened_burst
from dre.memory import SyncMemory
from dre.queue import Queue


class Landing(wiring.Component):
    """Takes a beat a cycle, in any order of IDs, always: every burst asked for has its buffer.

    Members
    -------
    rvalid, rid, rdata, rresp, rlast : In
        Channel R, whose ``rready`` is 1.
    sweep : In(struct)
        After reset: the counts are made 0, one a cycle.
    opened : In(struct)
        A burst is going to be asked for.
    live : In
        By ID, whether its job still waits for the burst.
    landed : Out(stream)
        Bursts that are here whole, or have failed.
    read_en, read_address, read_data
        Of the buffers, as of a `dre.memory.SyncMemory`; {beat, ID}.
    late, stray : Out(1)
        Events: a beat of a burst for which nobody waits any more; one that was never asked for.
    """

    def __init__(self, config):
        self._config = config
        self.buffers = SyncMemory(
            shape=config.data_bits,
            depth=config.outstanding * config.burst_beats,
            latency=config.timing.memory_latency,
            apart=True,
        )
        super().__init__(
            {
                "rvalid": In(1),
                "rid": In(config.identity),
                "rdata": In(config.data_bits),
                "rresp": In(2),
                "rlast": In(1),
                "sweep": In(numbered(range(max(config.outstanding, config.jobs)))),
                "opened": In(opened_burst(config)),
                "live": In(config.outstanding),
                "landed": Out(stream.Signature(landed_burst(config))),
                "read_en": In(1),
                "read_address": In(self.buffers.read_address.shape()),
                "read_data": Out(config.data_bits),
                "late": Out(1),
                "stray": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config = self._config
        m.submodules.buffers = buffers = self.buffers
        m.submodules.landed = landed = Queue(landed_burst(config), config.outstanding)
        wiring.connect(m, landed.o, wiring.flipped(self.landed))
        reading = Flags(m, "reading", config.outstanding)
        beat = Signal(
            data.StructLayout(
                {"id": config.identity, "data": config.data_bits, "failed": 1, "last": 1}
            ),
            reset_less=True,
        )
        there, asked, final = Signal(), Signal(), Signal()
        m.d.sync += [
            there.eq(self.rvalid),
            beat.id.eq(self.rid),
            beat.data.eq(self.rdata),
            beat.failed.eq(self.rresp[1]),
            beat.last.eq(self.rlast),
        ]
        m.d.comb += [asked.eq(there & reading[beat.id]), final.eq(asked & beat.last)]
        place, failed = self._count(m, asked, beat)
        m.d.comb += [
            buffers.write_en.eq(asked),
            buffers.write_address.eq(Cat(place, beat.id)),
            buffers.write_data.eq(beat.data),
            buffers.read_en.eq(self.read_en),
            buffers.read_address.eq(self.read_address),
            self.read_data.eq(buffers.read_data),
            landed.push.eq(final),
            landed.i.id.eq(beat.id),
            landed.i.failed.eq(failed),
            self.late.eq(asked & ~self.live.bit_select(beat.id, 1)),
            self.stray.eq(there & ~asked),
        ]
        reading.write(final, beat.id, 0)
        reading.write(self.opened.valid, self.opened.id, 1)
        return m

    def _count(self, m, asked, beat):
        """The beat's place in its burst, and whether the burst has failed if this is its last.

        A burst has failed with any beat that says so, and if its last beat is not where it must
        be. Counts are looked up with the beat that comes, and written behind it; the beat between
        is known.
        """
        config = self._config
        shape = data.StructLayout({"place": range(config.burst_beats), "failed": 1})
        m.submodules.counts = counts = SyncMemory(shape=shape, depth=config.outstanding, latency=1)
        m.submodules.lengths = lengths = SyncMemory(
            shape=range(config.burst_beats), depth=config.outstanding, latency=1
        )
        count, following, before = (
            Signal(shape, name=name, reset_less=name == "before")
            for name in ("count", "following", "before")
        )
        again = Signal()  # the beat before was of the same burst
        failed = Signal()
        m.d.sync += [again.eq(asked & self.rvalid & (self.rid == beat.id)), before.eq(following)]
        m.d.comb += [
            count.eq(Mux(again, before, counts.read_data)),
            failed.eq(
                count.failed | beat.failed | (beat.last != (count.place == lengths.read_data))
            ),
            lengths.write_en.eq(self.opened.valid),
            lengths.write_address.eq(self.opened.id),
            lengths.write_data.eq(self.opened.length),
            counts.write_en.eq(asked | self.sweep.valid),
            counts.write_address.eq(Mux(self.sweep.valid, self.sweep.index, beat.id)),
            counts.write_data.eq(Mux(self.sweep.valid, 0, following)),
        ]
        for memory in (counts, lengths):
            m.d.comb += [memory.read_en.eq(1), memory.read_address.eq(self.rid)]
        with m.If(~beat.last):
            m.d.comb += [following.place.eq(count.place + 1), following.failed.eq(failed)]
        return count.place, failed
