"""A component by itself on a device that has fewer pads than it has ports."""

from amaranth.hdl import Const, Elaboratable, Module, Signal, Value
from amaranth.lib.wiring import Out


class SerialPorts(Elaboratable):
    """A unit whose inputs are a shift register, and whose outputs are added up in another one.

    A clock period then covers every path from and to its ports, and nothing is trimmed.

    Attributes
    ----------
    i, o : Signal
    """

    def __init__(self, unit):
        self._unit, self.i, self.o = unit, Signal(name="i"), Signal(name="o")

    def elaborate(self, platform):
        m = Module()
        m.submodules.unit = unit = self._unit
        given, taken = self.i, Const(0, 1)
        for path, member, port in unit.signature.flatten(unit):
            port, name = Value.cast(port), "_".join(map(str, path))
            for bit in range(len(port)):
                register = Signal(name=f"register_{name}_{bit}", reset_less=True)
                if member.flow is Out:
                    m.d.sync += register.eq(port[bit] ^ taken)
                    taken = register
                else:
                    m.d.sync += register.eq(given)
                    m.d.comb += port[bit].eq(register)
                    given = register
        m.d.comb += self.o.eq(taken)
        return m
