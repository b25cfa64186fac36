"""Addresses of several masters on one channel (spec D110, D111)."""

from functools import reduce
from operator import or_

from amaranth.hdl import Cat, Module, Mux, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from dre.bus import channels
from dre.bus.turns import Turns
from dre.skid import Skid


class Asking(wiring.Component):
    """Puts bursts on AR or AW, one a cycle, in turns; on the bus a cycle after they are taken.

    Parameters
    ----------
    config : ArbiterConfig
    ports : list of (int, BusPort)
        Who asks on this channel.

    Members
    -------
    asks : In(struct)
        By name of the port: ``valid``, ``room`` (another burst of its ID may be begun), and the
        ``request``, with the ID of the bus.
    go : In(1)
        Another burst may be begun.
    given : Out(struct)
        A bit a port: its burst is taken in this cycle.
    waiting : Out(1)
        The one taken last is not on the bus yet.
    o : Out(stream)
        The channel.
    """

    def __init__(self, config, ports):
        self._config, self._ports = config, ports
        self._request = channels.request(config)
        ask = data.StructLayout({"valid": 1, "room": 1, "request": self._request})
        names = [port.name for _, port in ports]
        super().__init__(
            {
                "asks": In(data.StructLayout(dict.fromkeys(names, ask))),
                "go": In(1),
                "given": Out(data.StructLayout(dict.fromkeys(names, 1))),
                "waiting": Out(1),
                "o": Out(stream.Signature(self._request)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.turns = turns = Turns(len(self._ports))
        m.submodules.channel = channel = Skid(self._request)
        asks = [self.asks[port.name] for _, port in self._ports]
        m.d.comb += [
            turns.asks.eq(Cat(ask.valid & ask.room for ask in asks)),
            turns.go.eq(self.go & channel.room),
            self.given.eq(turns.given),
            channel.push.eq(turns.given.any()),
            channel.word.eq(chosen(turns.given, [ask.request for ask in asks])),
            self.waiting.eq(~channel.room),
            self.o.valid.eq(channel.valid),
            self.o.payload.eq(channel.head),
            channel.take.eq(self.o.ready),
        ]
        return m


def chosen(bits, values):
    """The value whose bit is 1; 0 if there is none."""
    pairs = zip(bits, values, strict=True)
    return reduce(or_, [Mux(bit, Value.cast(value), 0) for bit, value in pairs])


def ask(m, asking, number, port, master, channel, account):
    """Let a master ask on an address channel, for so many bursts as its account has room for."""
    mine, given = asking.asks[port.name], asking.given[port.name]
    own = {name: getattr(master, channel + name) for name in channels.REQUEST}
    m.d.comb += [
        mine.valid.eq(getattr(master, f"{channel}valid")),
        mine.room.eq(account.room),
        mine.request.id.own.eq(own.pop("id")),
        mine.request.id.port.eq(number),
        *(mine.request[name].eq(signal) for name, signal in own.items()),
        getattr(master, f"{channel}ready").eq(given),
        account.asked.eq(getattr(master, f"{channel}id")),
        account.opens.eq(given),
    ]


def drive(m, asking, bus, channel):
    """Put what is asked for on an address channel of the bus."""
    request = asking.o.payload
    m.d.comb += [
        getattr(bus, f"{channel}valid").eq(asking.o.valid),
        asking.o.ready.eq(getattr(bus, f"{channel}ready")),
        *(getattr(bus, channel + name).eq(request[name]) for name in channels.REQUEST),
    ]
