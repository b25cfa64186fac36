"""Channels AR and R of several masters (spec section 17)."""

from amaranth.hdl import Const, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import Out

from dre.bus import channels
from dre.bus.answering import Answering
from dre.bus.asking import Asking, ask, drive
from dre.bus.line import Line


class ReadSide(wiring.Component):
    """A burst asked for and a beat handed on in each cycle.

    Parameters
    ----------
    config : ArbiterConfig
        With a port that reads.

    Members
    -------
    The ports of the arbiter, of which only AR and R are used.

    stray : Out(1)
        A beat has come that is nobody's.
    """

    def __init__(self, config):
        self._config = config
        super().__init__({**channels.ports(config, writes=False), "stray": Out(1)})

    def elaborate(self, platform):
        m = Module()
        config, bus = self._config, self.out
        m.submodules.asking = asking = Asking(config, config.readers)
        m.submodules.answering = answering = Answering(
            config, config.readers, lambda port: port.reads, channels.beat(config)
        )
        drive(m, asking, bus, "ar")
        m.d.comb += [
            asking.go.eq(1),
            answering.valid.eq(bus.rvalid),
            bus.rready.eq(answering.ready),
            answering.payload.id.eq(bus.rid),
            answering.payload.data.eq(bus.rdata),
            answering.payload.resp.eq(bus.rresp),
            answering.payload.last.eq(bus.rlast),
            answering.over.eq(answering.given.last),
            self.stray.eq(answering.stray),
        ]
        for number, port in config.readers:
            master, given = getattr(self, port.name), answering.given
            ask(m, asking, number, port, master, "ar", answering.accounts[port.name])
            lane = self._lane(m, port, asking, answering)
            m.d.comb += [
                master.rvalid.eq(answering.to[port.name]),
                answering.taken[port.name].eq(master.rready),
                master.rid.eq(given.id.own),
                master.rdata.eq(given.data.word_select(lane, port.data_bits)),
                master.rresp.eq(given.resp),
                master.rlast.eq(given.last),
            ]
        return m

    def _lane(self, m, port, asking, answering):
        """Where in the bus's beat the port's is: bursts of a narrow port are answered in order."""
        bits, name = self._config.lane_bits(port), port.name
        if not bits:
            return Const(0, 1)
        m.submodules[f"{name}_lanes"] = lanes = Line(bits, port.reads)
        passed = Signal(bits, name=f"{name}_passed")  # beats of the burst, as a number of lanes
        address = getattr(self, name).araddr
        moves = answering.to[name] & answering.taken[name]
        m.d.comb += [
            lanes.push.eq(asking.given[name]),
            lanes.last.eq(address[port.beat_shift :][:bits]),
            lanes.pop.eq(moves & answering.over),
        ]
        with m.If(lanes.pop):
            m.d.sync += passed.eq(0)
        with m.Elif(moves):
            m.d.sync += passed.eq(passed + 1)
        return (lanes.first + passed)[:bits]
