"""Several ranges of registers behind one AXI4-Lite port (spec D179)."""

from amaranth.hdl import Module, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from dre.registers.lite import SLVERR, port


class LiteSplit(wiring.Component):
    """One access at a time goes to whoever has its address; to nobody: SLVERR.

    Parameters
    ----------
    address_bits : int
    parts : dict of str to tuple of int
        First address and address bits of each; the first address is a multiple of the size.

    Members
    -------
    bus : In(AXI4-Lite)
    off : In(struct)
        A bit for each part: it is as if it were not there.
    <part> : Out(AXI4-Lite)
    """

    def __init__(self, address_bits, parts):
        self._parts = parts
        super().__init__(
            {
                "bus": In(port(address_bits)),
                "off": In(data.StructLayout(dict.fromkeys(parts, 1))),
                **{name: Out(port(bits)) for name, (_, bits) in parts.items()},
            }
        )

    def elaborate(self, platform):
        m, bus = Module(), self.bus
        chosen = {name: Signal(name=f"chosen_{name}") for name in self._parts}
        address, kind = Signal.like(bus.awaddr), Signal.like(bus.awprot)
        word, lanes, there = Signal.like(bus.wdata), Signal.like(bus.wstrb), Signal()
        asked, given = Signal(), Signal()  # what has been passed on of an access
        with m.If(bus.wvalid & bus.wready):  # a word may come before its address
            m.d.sync += [word.eq(bus.wdata), lanes.eq(bus.wstrb), there.eq(1)]
        with m.FSM():
            with m.State("IDLE"):
                m.d.comb += bus.wready.eq(~there)
                m.d.sync += [asked.eq(0), given.eq(0)]
                for valid, channel, state in (
                    (bus.arvalid, "ar", "READ"),
                    (bus.awvalid & ~bus.arvalid, "aw", "WRITE"),
                ):
                    with m.If(valid):
                        m.d.comb += getattr(bus, f"{channel}ready").eq(1)
                        m.d.sync += [
                            address.eq(getattr(bus, f"{channel}addr")),
                            kind.eq(getattr(bus, f"{channel}prot")),
                        ]
                        self._choose(m, chosen, getattr(bus, f"{channel}addr"))
                        m.next = state
            with m.State("READ"):
                self._pass(m, chosen, "ar", 1, asked, addr=address, prot=kind)
                self._answer(m, chosen, "r", 1, ("data", "resp"))
            with m.State("WRITE"):
                m.d.comb += bus.wready.eq(~there)
                self._pass(m, chosen, "aw", 1, asked, addr=address, prot=kind)
                self._pass(m, chosen, "w", there, given, data=word, strb=lanes)
                with self._answer(m, chosen, "b", there, ("resp",)):
                    m.d.sync += there.eq(0)
        return m

    def _choose(self, m, chosen, address):
        for name, (first, bits) in self._parts.items():
            m.d.sync += chosen[name].eq((address[bits:] == first >> bits) & ~self.off[name])

    def _pass(self, m, chosen, channel, valid, done, **payload):
        """What is asked or given, once, to the part that is chosen."""
        for name, is_chosen in chosen.items():
            part = getattr(self, name)
            for field, value in payload.items():
                m.d.comb += getattr(part, channel + field).eq(value)
            with m.If(is_chosen):
                offered = getattr(part, f"{channel}valid")
                m.d.comb += offered.eq(valid & ~done)
                with m.If(offered & getattr(part, f"{channel}ready")):
                    m.d.sync += done.eq(1)

    def _answer(self, m, chosen, channel, asked, payload):
        """What the part says, or nobody; a block for the cycle in which that is taken."""
        bus = self.bus
        valid, ready = getattr(bus, f"{channel}valid"), getattr(bus, f"{channel}ready")
        m.d.comb += [valid.eq(asked), getattr(bus, f"{channel}resp").eq(SLVERR)]
        for name, is_chosen in chosen.items():
            part = getattr(self, name)
            with m.If(is_chosen):
                m.d.comb += [
                    valid.eq(getattr(part, f"{channel}valid")),
                    getattr(part, f"{channel}ready").eq(ready),
                ]
                for field in payload:
                    m.d.comb += getattr(bus, channel + field).eq(getattr(part, channel + field))
        with m.If(valid & ready):
            m.next = "IDLE"
        return m.If(valid & ready)
