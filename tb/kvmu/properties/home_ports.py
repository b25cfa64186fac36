"""What holds at the ports of a store in near memory: AXI4 with one ID, and which words (D90)."""

from amaranth.hdl import Mux, ResetSignal, Signal
from amaranth.utils import ceil_log2

from axi.properties import PAGE_BYTES, any_of, legal, offered, stays
from verification.claims import implies
from verification.ghosts import Queue

LINE_BYTES, WORD_BYTES, POSTED, FILLS = 32, 8, 8, 4
LINE_WORDS = LINE_BYTES // WORD_BYTES
PAGE_BITS, LINE_BITS = ceil_log2(PAGE_BYTES), ceil_log2(LINE_BYTES)


class Ports:
    """Rules of the bus, and what has been seen.

    Of one line of the array, any one that stays the same, it is known when it is on its way.

    Attributes
    ----------
    watched : Signal
        That line, numbered from the array's first one.
    fills : Queue
        Reads that have been offered and not come to their end, oldest first: whether they are of
        that line. One that is `asks` is not in it yet.
    asks : Value
        A read is offered, for the first cycle.
    asked : Value
        It is of that line, as long as it is offered.
    beats : Signal
        Of the oldest read that have come.
    address_first, word_first : Signal
        Of a write the address has been taken and the word has not, and the other way round.
    words : Queue
        Writes that have been offered and not acknowledged, oldest first: whether they are to that
        line. One that is `new` is not in it yet.
    new : Value
        A write is offered, for the first cycle.
    to_it : Value
        It is to that line.
    """

    def __init__(self, harness):
        self._harness, self.port = harness, harness.unit.home
        self._assume_user()
        self._watch()
        self._read_lines()
        self._assume_lengths()
        self._write_words()
        self._claim_addresses()
        self._claim_apart()

    def _assume_user(self):
        """An access stays until it is done; the array lies where it did, and is addressable."""
        harness, unit, m = self._harness, self._harness.unit, self._harness.m
        access = unit.access
        held, was_reset = Signal(name="access_held"), Signal(name="was_reset", reset_less=True)
        m.d.sync += [held.eq(access.en & ~access.done), was_reset.eq(ResetSignal())]
        asked = [getattr(access, name) for name in ("en", "write", "hint", "address", "data")]
        for signal in (*asked, unit.base):
            before = Signal.like(signal, name=f"{signal.name}_before", reset_less=True)
            m.d.sync += before.eq(signal)
            free = was_reset if signal is unit.base else ~held
            harness.assume(free | (signal == before))
        end = (unit.base << PAGE_BITS) + unit._words * WORD_BYTES
        harness.assume(end <= 1 << unit._address_bits)
        harness.assume(access.address < unit._words)
        harness.assume(~(access.write & access.hint))

    def _offset(self, address):
        """In the array; of an address before it beyond all that are in it."""
        return (address - (self._harness.unit.base << PAGE_BITS))[: len(address)]

    def _watch(self):
        """Any line: what is on the address in a cycle of reset says which."""
        address = self._harness.unit.access.address
        line = address >> (LINE_BITS - ceil_log2(WORD_BYTES))
        self.watched = Signal(line.shape(), name="watched", reset_less=True)
        with self._harness.m.If(ResetSignal()):
            self._harness.m.d.sync += self.watched.eq(line)

    def _is_watched(self, address):
        """Whether a word of that line has this address."""
        return self._offset(address)[LINE_BITS:] == self.watched

    def _read_lines(self):
        """Lines are asked for one behind the other, and come in that order."""
        harness, port = self._harness, self.port
        stays(harness, port, "ar")
        legal(harness, port, "ar", 1, LINE_WORDS)
        self.asks, self.asked = offered(harness, port, "ar"), self._is_watched(port.araddr)
        ends = port.rvalid & port.rready & port.rlast
        self.fills = Queue(harness, "fill", 1, FILLS, self.asks, self.asked, ends)
        harness.assume(implies(port.rvalid, self.fills.count > (port.arvalid & ~self.asks)))
        harness.claim(self.fills.count + self.asks <= FILLS)
        harness.claim(port.rready)
        harness.cover((self.fills.count == FILLS) & ~port.arvalid & ends)
        harness.cover(ends & self.asks)

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
        self.to_it = self._is_watched(port.awaddr)
        address, word = port.awvalid & port.awready, port.wvalid & port.wready
        self.address_first = Signal(name="address_first")
        self.word_first = Signal(name="word_first")
        both = (address | self.address_first) & (word | self.word_first)
        m.d.sync += [
            self.address_first.eq((address | self.address_first) & ~both),
            self.word_first.eq((word | self.word_first) & ~both),
        ]
        ends = port.bvalid & port.bready
        self.words = Queue(harness, "word", 1, POSTED, self.new, self.to_it, ends)
        self.offered = (
            port.awvalid | self.address_first | port.wvalid | self.word_first
        )  # not taken whole
        harness.assume(implies(port.bvalid, self.words.count > (self.offered & ~self.new)))
        harness.claim(self.words.count + self.new <= POSTED)
        harness.claim(port.bready)
        # One after the other, a word each, and no word before its address.
        harness.claim(implies(port.awvalid, ~self.address_first))
        word = (port.awvalid | self.address_first) & ~self.word_first
        harness.claim(implies(port.wvalid, word & port.wlast & port.wstrb.all()))
        harness.cover(self.words.count == POSTED)
        harness.cover(self.address_first & port.wvalid)
        harness.cover(self.word_first & port.awvalid)

    def _claim_addresses(self):
        """Within the array."""
        harness, unit, port = self._harness, self._harness.unit, self.port
        end = unit._words * WORD_BYTES
        whole = (port.araddr[:LINE_BITS] == 0) & (port.arlen == LINE_WORDS - 1)
        harness.claim(implies(port.arvalid, (self._offset(port.araddr) < end) & whole))
        harness.claim(implies(self.new, self._offset(port.awaddr) < end))

    def _claim_apart(self):
        """No line is read while a word of it is written, from the offer of each to its end."""
        harness, reads, writes = self._harness, self.fills, self.words
        read = _some(reads) | (self.asks & self.asked)
        written = _some(writes) | (self.new & self.to_it)
        harness.claim(~(read & written))
        harness.cover(self.asks & (writes.count > 2))
        harness.cover(self.new & (reads.count > 2))
        harness.cover(read & (reads.count == FILLS))
        harness.cover(written & (writes.count == POSTED))


def _some(queue):
    """Whether one of those in a queue is 1."""
    return any_of((queue.count > n) & entry for n, entry in enumerate(queue.entries))


def at_the_ports(harness):
    """All of it."""
    return Ports(harness)
