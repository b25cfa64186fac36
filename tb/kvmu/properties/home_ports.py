"""What holds at the ports of a store in near memory: AXI4 with one ID, and which words (D90)."""

from amaranth.hdl import Mux, ResetSignal, Signal
from amaranth.utils import ceil_log2

from axi.properties import PAGE_BYTES, Reads, any_of, legal, offered, stays
from verification.claims import implies
from verification.ghosts import Queue

LINE_BYTES, WORD_BYTES, POSTED = 64, 8, 8
LINE_WORDS = LINE_BYTES // WORD_BYTES
PAGE_BITS, LINE_BITS = ceil_log2(PAGE_BYTES), ceil_log2(LINE_BYTES)


class Ports:
    """Rules of the bus, and what has been seen.

    Attributes
    ----------
    reads : Reads
    beats : Signal
        Of the read under way that have come.
    address_first, word_first : Signal
        Of a write the address has been taken and the word has not, and the other way round.
    lines : Queue
        Of writes that have been offered and not acknowledged, oldest first; one that is `new` is
        not in it yet.
    new : Value
        A write is offered, for the first cycle.
    line : Value
        Of it.
    """

    def __init__(self, harness):
        self._harness, self.port = harness, harness.unit.home
        self._assume_user()
        self.reads = Reads(harness, self.port, 1, LINE_WORDS)
        self._assume_lengths()
        self._write_words()
        self._claim_addresses()

    def _assume_user(self):
        """An access stays until it is done; the array lies where it did, and is addressable."""
        harness, unit, m = self._harness, self._harness.unit, self._harness.m
        access = unit.access
        held, was_reset = Signal(name="access_held"), Signal(name="was_reset", reset_less=True)
        m.d.sync += [held.eq(access.en & ~access.done), was_reset.eq(ResetSignal())]
        asked = [getattr(access, name) for name in ("en", "write", "address", "data")]
        for signal in (*asked, unit.base):
            before = Signal.like(signal, name=f"{signal.name}_before", reset_less=True)
            m.d.sync += before.eq(signal)
            free = was_reset if signal is unit.base else ~held
            harness.assume(free | (signal == before))
        end = (unit.base << PAGE_BITS) + unit._words * WORD_BYTES
        harness.assume(end <= 1 << unit._address_bits)
        harness.assume(access.address < unit._words)

    def _assume_lengths(self):
        """The last beat comes at the latest where it must."""
        harness, port = self._harness, self.port
        self.beats = Signal(range(LINE_WORDS + 1), name="beats")
        with harness.m.If(port.rvalid & port.rready):
            harness.m.d.sync += self.beats.eq(Mux(port.rlast, 0, self.beats + 1))
        harness.assume(implies(port.rvalid, port.rlast | (self.beats < LINE_WORDS - 1)))
        harness.cover(port.rvalid & port.rlast & (self.beats == LINE_WORDS - 1))

    def _write_words(self):
        harness, port, m = self._harness, self.port, self._harness.m
        stays(harness, port, "aw")
        stays(harness, port, "w")
        legal(harness, port, "aw", 1, 1)
        self.new = offered(harness, port, "aw")
        self.line = port.awaddr >> LINE_BITS
        address, word = port.awvalid & port.awready, port.wvalid & port.wready
        self.address_first = Signal(name="address_first")
        self.word_first = Signal(name="word_first")
        both = (address | self.address_first) & (word | self.word_first)
        m.d.sync += [
            self.address_first.eq((address | self.address_first) & ~both),
            self.word_first.eq((word | self.word_first) & ~both),
        ]
        ends = port.bvalid & port.bready
        shape = len(port.awaddr) - LINE_BITS
        self.lines = Queue(harness, "line", shape, POSTED, self.new, self.line, ends)
        self.offered = (
            port.awvalid | self.address_first | port.wvalid | self.word_first
        )  # not taken whole
        harness.assume(implies(port.bvalid, self.lines.count > (self.offered & ~self.new)))
        harness.claim(self.lines.count + self.new <= POSTED)
        harness.claim(port.bready)
        # One after the other, a word each, and no word before its address.
        harness.claim(implies(port.awvalid, ~self.address_first))
        word = (port.awvalid | self.address_first) & ~self.word_first
        harness.claim(implies(port.wvalid, word & port.wlast & port.wstrb.all()))
        harness.cover(self.lines.count == POSTED)
        harness.cover(self.address_first & port.wvalid)
        harness.cover(self.word_first & port.awvalid)

    def _claim_addresses(self):
        """Within the array; a line is not asked for while a word of it is on its way."""
        harness, unit, port = self._harness, self._harness.unit, self.port
        end = (unit.base << PAGE_BITS) + unit._words * WORD_BYTES
        first = unit.base << PAGE_BITS
        within = (port.araddr >= first) & (port.araddr < end)
        whole = (port.araddr[:LINE_BITS] == 0) & (port.arlen == LINE_WORDS - 1)
        harness.claim(implies(port.arvalid, within & whole))
        harness.claim(implies(self.new, (port.awaddr >= first) & (port.awaddr < end)))
        line = port.araddr >> LINE_BITS
        pending = any_of(
            (self.lines.count > n) & (entry == line) for n, entry in enumerate(self.lines.entries)
        )
        harness.claim(implies(port.arvalid, ~pending & ~self.new))
        harness.cover(port.arvalid & (self.lines.count > 2))


def at_the_ports(harness):
    """All of it."""
    return Ports(harness)
