"""Channels AW and W of changed numbers: nothing beside them is written (spec D99)."""

from amaranth.hdl import Cat, Const, Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from dre import axi
from dre.table.config import COUNT_BYTES


class Write(wiring.Component):
    """Writes a number, or an entry, in a burst of its own.

    Parameters
    ----------
    config : TableConfig

    Members
    -------
    i : In(stream)
        ``place``, in beats of the bus; ``lane``, the byte in it; the ``number``; with ``entry``,
        also the ``word`` that follows it.
    busy : Out(1)
        Something is on the bus.
    bus : Out(AXI4 write channels)
        Without what is to be done with B.
    """

    def __init__(self, config):
        self._config = config
        what = data.StructLayout(
            {
                "place": config.address_bits - config.beat_shift,
                "lane": config.beat_shift,
                "number": 8 * COUNT_BYTES,
                "entry": 1,
                "word": config.hash_bits,
            }
        )
        super().__init__(
            {
                "i": In(stream.Signature(what)),
                "busy": Out(1),
                "bus": Out(axi.writes(config.data_bits, config.address_bits, config.update_id)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config, bus, what = self._config, self.bus, self.i.payload
        size = config.entry_bytes
        beats = max(1, size // config.beat_bytes)
        place = Signal(what.place.shape(), reset_less=True)
        taken, last = Signal(), Signal(range(max(beats, 2)), reset_less=True)
        m.d.comb += [
            self.busy.eq(bus.awvalid | bus.wvalid),
            self.i.ready.eq(~self.busy),
            taken.eq(self.i.valid & ~self.busy),
            bus.awaddr.eq(place << config.beat_shift),
            bus.awlen.eq(last),
            *axi.drive_kind(bus, "aw", config.beat_shift),
        ]
        with m.If(bus.awready):
            m.d.sync += bus.awvalid.eq(0)
        with m.If(taken):
            m.d.sync += [
                bus.awvalid.eq(1),
                bus.wvalid.eq(1),
                place.eq(what.place),
                last.eq(what.entry * (beats - 1)),
            ]
        self._put(m, taken, beats)
        return m

    def _put(self, m, taken, beats):
        """The words of the burst: one, or those of an entry that is wider than the bus."""
        config, bus, what = self._config, self.bus, self.i.payload
        size, width = config.entry_bytes, config.beat_bytes
        entry = Cat(what.number, what.word, Const(0, 8 * size - 16 - config.hash_bits))
        spread = Cat(what.number for _ in range(width // COUNT_BYTES))
        first = Cat(entry for _ in range(width // size)) if size < width else entry[: 8 * width]
        own = (1 << min(size, width)) - 1
        with m.If(taken):
            m.d.sync += [
                bus.wdata.eq(spread),
                bus.wstrb.eq(((1 << COUNT_BYTES) - 1) << what.lane),
                bus.wlast.eq(1),
            ]
            with m.If(what.entry):
                m.d.sync += [bus.wdata.eq(first), bus.wstrb.eq(own << what.lane)]
                m.d.sync += bus.wlast.eq(beats == 1)
        if beats == 1:
            with m.If(~taken & bus.wready):
                m.d.sync += bus.wvalid.eq(0)
            return
        left = Signal(range(beats), reset_less=True)
        rest = Signal(8 * (size - width), reset_less=True)
        with m.If(taken):
            m.d.sync += [left.eq(what.entry * (beats - 1)), rest.eq(entry[8 * width :])]
        with m.Elif(bus.wready):
            m.d.sync += [
                bus.wvalid.eq(bus.wvalid & (left != 0)),
                bus.wlast.eq(left == 1),
                bus.wdata.eq(rest[: 8 * width]),
                rest.eq(rest >> (8 * width)),
                left.eq(left - (left != 0)),
            ]
