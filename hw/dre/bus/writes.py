"""Channels AW, W and B of several masters (spec section 17)."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import Out

from dre.bus import channels
from dre.bus.answering import Answering
from dre.bus.asking import Asking, ask, chosen, drive
from dre.bus.config import WRITES_AHEAD
from dre.bus.line import Line
from dre.layouts import index
from dre.skid import Skid


class WriteSide(wiring.Component):
    """A burst asked for, a word written and an acknowledgement handed on in each cycle.

    Parameters
    ----------
    config : ArbiterConfig
        With a port that writes.

    Members
    -------
    The ports of the arbiter, of which only AW, W and B are used.

    stray : Out(1)
        An acknowledgement has come that is nobody's.
    """

    def __init__(self, config):
        self._config = config
        super().__init__({**channels.ports(config, reads=False), "stray": Out(1)})

    def elaborate(self, platform):
        m = Module()
        config, bus = self._config, self.out
        m.submodules.asking = asking = Asking(config, config.writers)
        m.submodules.answering = answering = Answering(
            config, config.writers, lambda port: port.writes, channels.acknowledgement(config)
        )
        drive(m, asking, bus, "aw")
        m.d.comb += [
            answering.valid.eq(bus.bvalid),
            bus.bready.eq(answering.ready),
            answering.payload.id.eq(bus.bid),
            answering.payload.resp.eq(bus.bresp),
            answering.over.eq(1),
            self.stray.eq(answering.stray),
        ]
        for number, port in config.writers:
            master, given = getattr(self, port.name), answering.given
            ask(m, asking, number, port, master, "aw", answering.accounts[port.name])
            m.d.comb += [
                master.bvalid.eq(answering.to[port.name]),
                answering.taken[port.name].eq(master.bready),
                master.bid.eq(given.id.own),
                master.bresp.eq(given.resp),
            ]
        self._send(m, asking)
        return m

    def _send(self, m, asking):
        """Words, burst by burst in the order of addresses; none is before its address."""
        config, bus = self._config, self.out
        writers = config.writers
        burst = data.StructLayout({"port": index(len(writers)), "lane": self._lane_bits})
        m.submodules.bursts = bursts = Line(burst, WRITES_AHEAD)
        m.submodules.words = words = Skid(channels.word(config))
        given = Cat(asking.given[port.name] for _, port in writers)
        there = Signal()
        m.d.comb += [
            asking.go.eq(bursts.level != WRITES_AHEAD),
            bursts.push.eq(given.any()),
            bursts.last.eq(chosen(given, [self._burst(n) for n in range(len(writers))])),
            # The youngest burst is the one whose address may not be there yet.
            there.eq(bursts.level > asking.waiting),
        ]
        passed = Signal(self._lane_bits)  # words of the burst, as a number of lanes
        offered, turns = Signal(len(writers)), Signal(len(writers))
        for place, (_, port) in enumerate(writers):
            master = getattr(self, port.name)
            m.d.comb += [
                turns[place].eq(there & (bursts.first.port == place)),
                master.wready.eq(turns[place] & words.room),
                offered[place].eq(turns[place] & master.wvalid),
            ]
        lane = (bursts.first.lane + passed)[: self._lane_bits]
        m.d.comb += [
            words.push.eq(offered.any() & words.room),
            words.word.eq(chosen(turns, [self._word(port, lane) for _, port in writers])),
            bursts.pop.eq(words.push & words.word.last),
            bus.wvalid.eq(words.valid),
            words.take.eq(bus.wready),
            *(getattr(bus, f"w{name}").eq(words.head[name]) for name in ("data", "strb", "last")),
        ]
        with m.If(bursts.pop):
            m.d.sync += passed.eq(0)
        with m.Elif(words.push):
            m.d.sync += passed.eq(passed + 1)

    @property
    def _lane_bits(self):
        """Of the narrowest port that writes; at least 1."""
        return max(1, *(self._config.lane_bits(port) for _, port in self._config.writers))

    def _burst(self, place):
        """What is kept of the burst that a port asks for: the port's place, and the first lane."""
        _, port = self._config.writers[place]
        address, bits = getattr(self, port.name).awaddr, self._config.lane_bits(port)
        number = Const(place, index(len(self._config.writers)))
        return Cat(number, address[port.beat_shift :][:bits])

    def _word(self, port, lane):
        """What a port's word is on the bus: in every lane, and to be written in one."""
        master, bits = getattr(self, port.name), self._config.lane_bits(port)
        lanes = range(1 << bits)
        strobes = [Mux(lane[:bits] == n, master.wstrb, 0) for n in lanes]
        return Cat(master.wdata.replicate(len(lanes)), *strobes, master.wlast)
