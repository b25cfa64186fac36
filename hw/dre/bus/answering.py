"""Answers of one channel to several masters, by their IDs (spec D113)."""

from amaranth.hdl import Cat, Module
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from dre.bus.account import Account
from dre.skid import Skid


class Answering(wiring.Component):
    """Takes what comes on R or B; a port has it a cycle later. What is nobody's is dropped.

    Parameters
    ----------
    config : ArbiterConfig
    ports : list of (int, BusPort)
        Who gets answers on this channel.
    most : callable
        Of a `BusPort`: how many bursts of an ID may be under way.
    answer : StructLayout
        What the channel carries: ``id``, and what else.

    Members
    -------
    valid : In(1), ready : Out(1), payload : In(answer)
        The channel; ``ready`` from a register.
    given : Out(answer)
        The answer at hand.
    to, taken : Out(struct), In(struct)
        A bit a port: it is the port's; the port takes it, if it is. ``to`` from registers.
    over : In(1)
        It is the last one of its burst.
    stray : Out(1)
        It is nobody's, and dropped.
    """

    def __init__(self, config, ports, most, answer):
        self._ports = ports
        self._answer = answer
        self.accounts = {
            port.name: Account(port.ids, most(port), config.port_id_bits) for _, port in ports
        }
        bits = data.StructLayout(dict.fromkeys(self.accounts, 1))
        super().__init__(
            {
                "valid": In(1),
                "ready": Out(1),
                "payload": In(answer),
                "given": Out(answer),
                "to": Out(bits),
                "taken": In(bits),
                "over": In(1),
                "stray": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.channel = channel = Skid(self._answer)
        identity = channel.head.id
        m.d.comb += [
            self.ready.eq(channel.room),
            channel.push.eq(self.valid & channel.room),
            channel.word.eq(self.payload),
            self.given.eq(channel.head),
        ]
        for number, port in self._ports:
            name = port.name
            account, to = self.accounts[name], self.to[name]
            m.submodules[f"{name}_account"] = account
            m.d.comb += [
                account.answered.eq(identity.own),
                to.eq(channel.valid & (identity.port == number) & account.known),
                account.ends.eq(to & self.taken[name] & self.over),
            ]
        mine = Cat(self.to[name] for name in self.accounts)
        moves = Cat(self.to[name] & self.taken[name] for name in self.accounts)
        m.d.comb += [
            self.stray.eq(channel.valid & ~mine.any()),
            channel.take.eq(moves.any() | self.stray),
        ]
        return m
