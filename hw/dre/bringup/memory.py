"""Near or far memory of a board: block RAM behind AXI4, with a window (spec D180)."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from dre.axi import PAGE_BYTES
from dre.layouts import index
from dre.memory import ByteMemory

OKAY, DECERR = 0, 3


def access(words, data_bits):
    """What whoever looks into a memory has: it stays, from ``ask`` on, until ``done``.

    ``read`` is there with ``done``.
    """
    return wiring.Signature(
        {
            "ask": Out(1),
            "writes": Out(1),
            "place": Out(index(words)),
            "lanes": Out(data_bits // 8),
            "data": Out(data_bits),
            "done": In(1),
            "read": In(data_bits),
        }
    )


class AXIMemory(wiring.Component):
    """A memory that answers bursts of whole beats, one after the other, a beat a cycle.

    Reads and writes go beside each other. Bursts outside of it are answered with DECERR, and
    change nothing. Whoever else looks into it gets its turn between two bursts.

    Parameters
    ----------
    port : Signature
        Of the master: all five channels of AXI4.
    first_page, pages : int
        Where it lies. ``pages``: a power of two.

    Members
    -------
    port : In(AXI4)
    window : In(`access`)
    """

    def __init__(self, port, *, first_page, pages):
        self._first, self._pages = first_page, pages
        self._bits = port.members["rdata"].shape
        self.words = pages * PAGE_BYTES * 8 // self._bits
        self._looked = Signal()
        super().__init__({"port": In(port), "window": In(access(self.words, self._bits))})

    def elaborate(self, platform):
        m = Module()
        m.submodules.bytes = memory = ByteMemory(bits=self._bits, depth=self.words)
        self._read(m, memory)
        self._write(m, memory)
        return m

    def _found(self, address):
        """Word at an address, and whether there is none."""
        beat = self._bits // 8
        page = address[PAGE_BYTES.bit_length() - 1 :]
        place = address[beat.bit_length() - 1 :] - self._first * PAGE_BYTES // beat
        outside = (page < self._first) | (page >= self._first + self._pages)
        return place[: ceil_log2(self.words)], outside

    def _read(self, m, memory):
        """Two stages behind the address, as the memory has; all stand still if R does."""
        port, window = self.port, self.window
        stage = data.StructLayout(
            {"valid": 1, "looks": 1, "id": port.rid.shape(), "last": 1, "outside": 1}
        )
        reading, left, looking = Signal(), Signal(8), Signal()
        place, now = Signal(index(self.words)), Signal(stage)
        first, second, moves = Signal(stage), Signal(stage), Signal()
        found, outside = self._found(port.araddr)
        m.d.comb += [
            moves.eq(~port.rvalid | port.rready),
            port.arready.eq(~reading),
            now.last.eq(left == 0),
            port.rvalid.eq(second.valid & ~second.looks),
            port.rid.eq(second.id),
            port.rlast.eq(second.last),
            port.rresp.eq(OKAY),
            window.read.eq(port.rdata),
        ]
        with m.If(second.outside):
            m.d.comb += port.rresp.eq(DECERR)
        with m.If(port.arvalid & port.arready):
            m.d.sync += [
                reading.eq(1),
                place.eq(found),
                left.eq(port.arlen),
                now.id.eq(port.arid),
                now.outside.eq(outside),
            ]
        with m.Elif(moves & reading):
            m.d.sync += [place.eq(place + 1), left.eq(left - 1), reading.eq(left != 0)]
        with m.If(moves):
            m.d.sync += [second.eq(first), first.eq(now), first.valid.eq(reading)]
            m.d.sync += first.looks.eq(0)
            with m.If(~reading & window.ask & ~window.writes & ~looking):
                m.d.sync += [first.valid.eq(1), first.looks.eq(1), looking.eq(1)]
        m.d.comb += self._looked.eq(second.valid & second.looks)
        with m.If(self._looked):
            m.d.sync += looking.eq(0)
        m.d.comb += [
            memory.read_en.eq(moves),
            memory.read_address.eq(Mux(reading, place, window.place)),
            port.rdata.eq(memory.read_data),
        ]

    def _write(self, m, memory):
        port, window = self.port, self.window
        place, outside = Signal(index(self.words)), Signal()
        found, outside_now = self._found(port.awaddr)
        enable, written, word = Signal(self._bits // 8), Signal.like(place), Signal(self._bits)
        changed = Signal()
        m.d.comb += [
            written.eq(place),
            word.eq(port.wdata),
            port.bresp.eq(Cat(outside, outside)),
            window.done.eq(changed | self._looked),
        ]
        with m.FSM():
            with m.State("ADDRESS"):
                m.d.comb += port.awready.eq(1)
                with m.If(window.ask & window.writes):
                    m.d.comb += [
                        enable.eq(window.lanes),
                        written.eq(window.place),
                        word.eq(window.data),
                        changed.eq(1),
                    ]
                with m.If(port.awvalid):
                    m.d.sync += [place.eq(found), outside.eq(outside_now), port.bid.eq(port.awid)]
                    m.next = "DATA"
            with m.State("DATA"):
                m.d.comb += port.wready.eq(1)
                with m.If(port.wvalid):
                    m.d.comb += enable.eq(port.wstrb & ~outside.replicate(self._bits // 8))
                    m.d.sync += place.eq(place + 1)
                    with m.If(port.wlast):
                        m.next = "ANSWER"
            with m.State("ANSWER"):
                m.d.comb += port.bvalid.eq(1)
                with m.If(port.bready):
                    m.next = "ADDRESS"
        m.d.comb += [
            memory.write_en.eq(enable),
            memory.write_address.eq(written),
            memory.write_data.eq(word),
        ]
