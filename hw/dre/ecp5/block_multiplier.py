"""A multiplier in a DSP block of an ECP5, between its registers."""

from amaranth.hdl import ClockSignal, Const, Elaboratable, Instance, Module, Signal

FACTOR_BITS = 18

SETTINGS = {
    **{f"REG_{name}_CLK": "CLK0" for name in ("INPUTA", "INPUTB", "OUTPUT")},
    "GSR": "DISABLED",
    "RESETMODE": "SYNC",
}


class BlockMultiplier(Elaboratable):
    """Body of a `dre.multiplier.Multiplier` whose factors have up to 18 bits: one MULT18X18D."""

    def __init__(self, multiplier):
        self._multiplier = multiplier

    def elaborate(self, platform):
        m = Module()
        a, b, product = self._multiplier.a, self._multiplier.b, self._multiplier.product
        connections = {"i_CLK0": ClockSignal(), "i_CE0": Const(1), "i_RST0": Const(0)}
        for name in ("SIGNEDA", "SIGNEDB", "SOURCEA", "SOURCEB"):
            connections[f"i_{name}"] = Const(0)
        for n in range(FACTOR_BITS):
            connections[f"i_A{n}"] = a[n] if n < len(a) else Const(0)
            connections[f"i_B{n}"] = b[n] if n < len(b) else Const(0)
        for n in range(2 * FACTOR_BITS):
            unused = Signal(name=f"unused_{n}")
            connections[f"o_P{n}"] = product[n] if n < len(product) else unused
        settings = {f"p_{name}": value for name, value in SETTINGS.items()}
        m.submodules.block = Instance("MULT18X18D", **settings, **connections)
        return m
