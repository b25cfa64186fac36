"""What goes out: addresses of grants, packets of deliveries, results (spec D82, D83)."""

from amaranth.hdl import Signal

from dre.kvmu.keeper.routine import Routine, shapes
from dre.kvmu.layouts import KVStatus


def outlet(m, name, timing, port, fields):
    """A routine that puts a payload into the register before a stream.

    Parameters
    ----------
    m : Module
    name : str
    timing : Preset
    port : stream
    fields : struct
        The part of the payload that the routine's arguments are.
    """
    put = Routine(m, f"put_{name}", timing, **shapes(fields.shape()))
    free = ~port.valid | port.ready
    m.d.comb += put.done.eq(put.go & free)
    with m.If(free):
        m.d.sync += port.valid.eq(put.go)
        m.d.sync += [fields[key].eq(getattr(put, key)) for key, _ in fields.shape()]
    return put


class Delivering:
    """Packets of deliveries.

    Attributes
    ----------
    header, token, trailer : Routine
        Beats. The trailer has ``lost``, ``status`` and ``more``; it knows how many tokens went.
    count : Signal
        Tokens of the packet.
    """

    def __init__(self, m, port, command, config):
        beat = port.payload
        parts = beat.data
        self.count = Signal(config.tokens, name="delivered", reset_less=True)
        self.header = Routine(m, "deliver_header", config.timing)
        address = parts.token.address.shape()
        self.token = Routine(
            m, "deliver_token", config.timing, token=config.position, address=address
        )
        self.trailer = Routine(
            m, "deliver_trailer", config.timing, lost=config.tokens, status=KVStatus, more=1
        )
        free = Signal(name="deliveries_free")
        routines = self.header, self.token, self.trailer
        going = self.header.go | self.token.go | self.trailer.go
        m.d.comb += [free.eq(~port.valid | port.ready)]
        m.d.comb += [routine.done.eq(routine.go & free) for routine in routines]
        with m.If(free):
            m.d.sync += [
                port.valid.eq(going),
                beat.first.eq(self.header.go),
                beat.last.eq(self.trailer.go),
            ]
            with m.If(self.header.go):
                m.d.sync += [
                    parts.header.context.eq(command.context),
                    parts.header.chunk.eq(command.chunk),
                    self.count.eq(0),
                ]
            with m.If(self.token.go):
                m.d.sync += [
                    parts.token.token.eq(self.token.token),
                    parts.token.address.eq(self.token.address),
                    self.count.eq(self.count + 1),
                ]
            with m.If(self.trailer.go):
                m.d.sync += [
                    parts.trailer.tokens.eq(self.count),
                    parts.trailer.lost.eq(self.trailer.lost),
                    parts.trailer.status.eq(self.trailer.status),
                    parts.trailer.more.eq(self.trailer.more),
                ]
