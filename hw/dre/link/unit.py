"""The serial link (spec section 21)."""

from amaranth.hdl import Cat, Module, ResetInserter
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from dre.link.commander import Commander
from dre.link.config import BAD_FRAMES, LinkConfig
from dre.link.line import LineReceiver, LineSender
from dre.link.master import LiteMaster
from dre.link.queues import Entry, Exit
from dre.link.receiver import FrameReceiver
from dre.link.sender import FrameSender
from dre.registers.lite import port


class Link(wiring.Component):
    """Registers and streams of a unit over two wires.

    An answer begins about 10 cycles a byte after its command's end, and ``timeout`` later if
    registers are silent. Golden codec of the host's side: ``dre.host.codec``.

    Parameters
    ----------
    config : LinkConfig
        Build parameters.

    Members
    -------
    rx : In(1), tx : Out(1)
        The wires; ``rx`` is of no clock.
    bus : Out(AXI4-Lite)
        Of the registers.
    sinks, sources : struct of streams, by name
        Into the unit, and out of it; there if the build has any.
    hold : In(1)
        Their queues are in reset.
    busy : Out(1)
        An answer is being sent.
    events : Out(struct)
        A bit for each of `BAD_FRAMES`, 1 in the cycle in which one ends.

    Raises
    ------
    TypeError
        If ``config`` is not a `LinkConfig`.
    """

    def __init__(self, config):
        if not isinstance(config, LinkConfig):
            raise TypeError(f"config must be a LinkConfig, not {config!r}")
        self._config = config
        ports = {
            "rx": In(1, init=1),
            "tx": Out(1, init=1),
            "bus": Out(port(config.address_bits)),
            "hold": In(1),
            "busy": Out(1),
            "events": Out(data.StructLayout(dict.fromkeys(BAD_FRAMES, 1))),
        }
        for name, flow in (("sinks", Out), ("sources", In)):
            if streams := getattr(config, name):
                ways = {one: flow(stream.Signature(shape)) for one, shape in streams.items()}
                ports[name] = Out(wiring.Signature(ways))
        super().__init__(ports)

    def elaborate(self, platform):
        m, config = Module(), self._config
        m.submodules.line_receiver = line_in = LineReceiver(config.divisor)
        m.submodules.line_sender = line_out = LineSender(config.divisor)
        m.submodules.receiver = receiver = FrameReceiver()
        m.submodules.sender = sender = FrameSender()
        m.submodules.master = master = LiteMaster(config.address_bits, config.timeout)
        m.submodules.commander = commander = Commander(config)
        wiring.connect(m, receiver.o, commander.i)
        wiring.connect(m, commander.o, sender.i)
        wiring.connect(m, sender.o, line_out.i)
        wiring.connect(m, commander.access, master.access)
        wiring.connect(m, master.bus, wiring.flipped(self.bus))
        m.d.comb += [
            line_in.rx.eq(self.rx),
            self.tx.eq(line_out.tx),
            receiver.byte.eq(line_in.byte),
            receiver.there.eq(line_in.there),
            receiver.bad.eq(line_in.bad),
            sender.aside.eq(commander.aside),
            sender.again.eq(commander.again),
            commander.busy.eq(sender.busy),
            self.busy.eq(sender.busy),
            self.events.eq(receiver.events),
        ]
        self._connect_sinks(m, commander)
        self._connect_sources(m, commander)
        return m

    def _connect_sinks(self, m, commander):
        entries = []
        for number, (name, shape) in enumerate(self._config.sinks.items()):
            entry = Entry(shape, self._config.depth)
            m.submodules[f"sink_{name}"] = ResetInserter(self.hold)(entry)
            wiring.connect(m, entry.o, wiring.flipped(getattr(self.sinks, name)))
            m.d.comb += [
                entry.byte.eq(commander.byte),
                entry.put.eq(commander.put[number]),
                entry.drop.eq(commander.drop[number]),
            ]
            entries.append(entry)
        for number, entry in enumerate(entries):  # on hold there is no room, even for a part
            m.d.comb += [
                commander.completes[number].eq(entry.completes | self.hold),
                commander.room[number].eq(entry.room & ~self.hold),
            ]

    def _connect_sources(self, m, commander):
        exits = []
        for number, (name, shape) in enumerate(self._config.sources.items()):
            leaves = Exit(shape, self._config.depth)
            m.submodules[f"source_{name}"] = ResetInserter(self.hold)(leaves)
            wiring.connect(m, wiring.flipped(getattr(self.sources, name)), leaves.i)
            m.d.comb += leaves.next.eq(commander.next[number])
            exits.append(leaves)
        m.d.comb += [
            commander.there.eq(Cat(leaves.there for leaves in exits)),
            commander.ends.eq(Cat(leaves.ends for leaves in exits)),
            commander.bytes.eq(Cat(leaves.byte for leaves in exits)),
        ]
