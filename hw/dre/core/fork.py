"""A stream for two."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out


class Fork(wiring.Component):
    """Gives each beat to both, to each as soon as it is ready; the next one when both have it.

    Parameters
    ----------
    shape : ShapeLike

    Members
    -------
    i : In(stream)
    a, b : Out(stream)
    """

    def __init__(self, shape):
        payload = stream.Signature(shape)
        super().__init__({"i": In(payload), "a": Out(payload), "b": Out(payload)})

    def elaborate(self, platform):
        m = Module()
        over = []
        for name, port in (("a", self.a), ("b", self.b)):
            has = Signal(name=f"{name}_has")
            m.d.comb += [port.valid.eq(self.i.valid & ~has), port.payload.eq(self.i.payload)]
            m.d.sync += has.eq((has | (port.valid & port.ready)) & ~self.i.ready)
            over.append(has | port.ready)
        m.d.comb += self.i.ready.eq(self.i.valid & over[0] & over[1])
        return m
