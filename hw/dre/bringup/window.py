"""A window of addresses through which the host looks into a memory (spec D181)."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from dre.bringup.memory import access
from dre.registers.bank import WORD_SHIFT
from dre.registers.fields import WORD_BITS, WORD_BYTES
from dre.registers.lite import port


class Window(wiring.Component):
    """Words of a part of a memory behind AXI4-Lite; an access waits until the memory has time.

    Parameters
    ----------
    words, data_bits : int
        Of the memory.
    address_bits : int
        Of the window: it shows ``2**address_bits`` bytes.

    Members
    -------
    bus : In(AXI4-Lite)
    part : In
        Which part of the memory: it begins at a multiple of the window's size.
    memory : Out(`dre.bringup.memory.access`)
    """

    def __init__(self, words, data_bits, address_bits):
        self._address_bits, self._lanes = address_bits, data_bits // 8
        parts = max(1, words * self._lanes >> address_bits)
        super().__init__(
            {
                "bus": In(port(address_bits)),
                "part": In(range(max(2, parts))),
                "memory": Out(access(words, data_bits)),
            }
        )

    def elaborate(self, platform):
        m, bus, memory = Module(), self.bus, self.memory
        address = Signal(self._address_bits)
        shift = ceil_log2(self._lanes)
        which = address[WORD_SHIFT:shift]  # of the words that a word of memory has
        m.d.comb += memory.place.eq(Cat(address[shift:], self.part))
        with m.FSM():
            with m.State("IDLE"):
                with m.If(bus.awvalid & bus.wvalid):
                    m.d.comb += [bus.awready.eq(1), bus.wready.eq(1)]
                    m.d.sync += address.eq(bus.awaddr)
                    for number in range(self._lanes // WORD_BYTES):
                        its = bus.awaddr[WORD_SHIFT:shift] == number
                        m.d.sync += [
                            memory.data.word_select(number, WORD_BITS).eq(bus.wdata),
                            memory.lanes.word_select(number, WORD_BYTES).eq(Mux(its, bus.wstrb, 0)),
                        ]
                    m.next = "WRITE"
                with m.Elif(bus.arvalid):
                    m.d.comb += bus.arready.eq(1)
                    m.d.sync += address.eq(bus.araddr)
                    m.next = "READ"
            with m.State("WRITE"):
                m.d.comb += [memory.ask.eq(1), memory.writes.eq(1)]
                with m.If(memory.done):
                    m.next = "WRITTEN"
            with m.State("WRITTEN"):
                m.d.comb += bus.bvalid.eq(1)
                with m.If(bus.bready):
                    m.next = "IDLE"
            with m.State("READ"):
                m.d.comb += memory.ask.eq(1)
                with m.If(memory.done):
                    m.d.sync += bus.rdata.eq(memory.read.word_select(which, WORD_BITS))
                    m.next = "SHOWN"
            with m.State("SHOWN"):
                m.d.comb += bus.rvalid.eq(1)
                with m.If(bus.rready):
                    m.next = "IDLE"
        return m
