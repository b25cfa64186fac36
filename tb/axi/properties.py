"""What AXI4 asks of a master, at its ports; peers keep to it too, that is assumed.

Of a peer: it answers a burst only when it has taken its address, and a write only when it has taken
its last word, too; an ID at most once for each burst. How late, in which order, with which response
and after how many beats it says the last is its own affair.
"""

from functools import reduce
from operator import or_
from types import SimpleNamespace

from amaranth.hdl import Cat, Mux, Signal
from amaranth.lib import data
from amaranth.utils import ceil_log2

from verification import claims
from verification.claims import implies
from verification.ghosts import Queue

PAGE_BYTES = 4096
INCREMENTING = 1


def channel(port, name, leaving_out=()):
    """A channel as a stream: ``valid``, ``ready``, and the others as its ``payload``."""
    rest = (f"{name}valid", f"{name}ready", *leaving_out)
    payload = Cat(
        getattr(port, member)
        for member in port.signature.members
        if member.startswith(name) and member not in rest
    )
    valid, ready = (getattr(port, signal) for signal in rest[:2])
    return SimpleNamespace(valid=valid, ready=ready, payload=payload)


def any_of(values):
    """Whether one of them is 1."""
    return reduce(or_, values, 0)


def stays(harness, port, name, leaving_out=()):
    """A channel stays until it is taken, and is not there in the cycle after reset."""
    stream = channel(port, name, leaving_out)
    after_reset = Signal(name=f"{name}_after_reset", init=1)
    harness.m.d.sync += after_reset.eq(0)
    harness.claim(claims.stays(harness, stream, name))
    harness.claim(implies(after_reset, ~stream.valid))
    waits, _ = claims.waiting(harness, stream, f"{name}_cover")
    harness.cover(waits & stream.valid & stream.ready)


def legal(harness, port, name, ids, longest):
    """A burst is of whole beats, increments, and crosses no page; ``longest``: its most beats."""
    signal = {word: getattr(port, name + word) for word in ("valid", "id", "addr", "len")}
    beat_bytes = len(getattr(port, "rdata" if name == "ar" else "wdata")) // 8
    shift = ceil_log2(beat_bytes)
    low = signal["addr"][: ceil_log2(PAGE_BYTES)]
    right = (
        (getattr(port, f"{name}size") == shift)
        & (getattr(port, f"{name}burst") == INCREMENTING)
        & (signal["addr"][:shift] == 0)
        & (low + ((signal["len"] + 1) << shift) <= PAGE_BYTES)
        & (signal["len"] < longest)
        & (signal["id"] < ids)
    )
    harness.claim(implies(signal["valid"], right))


def offered(harness, port, name):
    """An address is offered, not in the cycle before."""
    stream = channel(port, name)
    before = Signal(name=f"{name}_before")
    harness.m.d.sync += before.eq(stream.valid & ~stream.ready)
    return stream.valid & ~before


class Reads:
    """Channels AR and R: rules, and by ID whether a burst has been asked for and not answered.

    Attributes
    ----------
    asked : Signal
        A bit an ID.
    new : Value
        An address is offered, for the first cycle.
    """

    def __init__(self, harness, port, ids, longest):
        m = harness.m
        stays(harness, port, "ar")
        legal(harness, port, "ar", ids, longest)
        self.asked = Signal(ids, name="ids_read")
        self.new = offered(harness, port, "ar")
        taken, ends = port.arvalid & port.arready, port.rvalid & port.rready & port.rlast
        for number in range(ids):
            with m.If(taken & (port.arid == number)):
                m.d.sync += self.asked[number].eq(1)
            with m.Elif(ends & (port.rid == number)):
                m.d.sync += self.asked[number].eq(0)
        harness.assume(implies(port.rvalid, self.of(port.rid)))
        harness.claim(implies(port.arvalid, ~self.of(port.arid)))
        harness.claim(implies(self.asked.any(), port.rready))
        harness.cover(ends & self.asked.all())

    def of(self, identity):
        """Whether a burst of an ID is asked for."""
        return any_of((identity == n) & bit for n, bit in enumerate(self.asked))


class Writes:
    """Channels AW, W and B: rules, and what is under way.

    Attributes
    ----------
    asked : Signal
        A bit an ID: its address has been taken, and its answer has not come.
    bursts : list of View
        With ``id`` and ``length``: of which the last word has not been taken, oldest first; the
        youngest may be offered in this cycle for the first time. There are `count`.
    sent : Signal
        Words of the oldest that have been taken.
    new : Value
        As in `Reads`.
    """

    DEPTH = 4

    def __init__(self, harness, port, ids, longest, leaving_out=()):
        m = harness.m
        stays(harness, port, "aw")
        stays(harness, port, "w", leaving_out)
        legal(harness, port, "aw", ids, longest)
        self.asked = Signal(ids, name="ids_written")
        self.sent = Signal(range(longest + 1), name="words_sent")
        self.new = offered(harness, port, "aw")
        shape = data.StructLayout({"id": len(port.awid), "length": len(port.awlen)})
        burst = Signal(shape, name="burst_offered")
        m.d.comb += [burst.id.eq(port.awid), burst.length.eq(port.awlen)]
        taken = port.wvalid & port.wready
        pops = taken & port.wlast
        queue = Queue(harness, "due", shape, self.DEPTH, self.new, burst, pops)
        m.d.sync += self.sent.eq(Mux(pops, 0, self.sent + taken))
        self.count = queue.count + self.new
        self.bursts = [
            data.View(shape, Mux(self.new & (queue.count == n), burst.as_value(), entry.as_value()))
            for n, entry in enumerate(queue.entries)
        ]
        self._answered(harness, port, ids)
        reused = self.of(port.awid) | any_of(
            (queue.count > n) & (entry.id == port.awid) for n, entry in enumerate(queue.entries)
        )
        harness.claim(implies(self.new, ~reused))
        harness.claim(self.count <= self.DEPTH)
        right = port.wlast == (self.sent == self.bursts[0].length)
        harness.claim(implies(port.wvalid, (self.count != 0) & right & port.wstrb.all()))
        harness.cover(pops & (self.sent != 0) & (self.count > 1))

    def _answered(self, harness, port, ids):
        m = harness.m
        for number in range(ids):
            with m.If(port.awvalid & port.awready & (port.awid == number)):
                m.d.sync += self.asked[number].eq(1)
            with m.Elif(port.bvalid & port.bready & (port.bid == number)):
                m.d.sync += self.asked[number].eq(0)
        harness.assume(implies(port.bvalid, self.of(port.bid) & ~self.has_words(port.bid)))
        harness.claim(implies(self.asked.any(), port.bready))
        harness.cover(port.bvalid & self.asked.all())

    def of(self, identity):
        """Whether the address of an ID has been taken."""
        return any_of((identity == n) & bit for n, bit in enumerate(self.asked))

    def has_words(self, identity):
        """Whether words of an ID are still to be taken."""
        return any_of(self.held(identity))

    def held(self, identity):
        """By burst in order, whether it is the ID's."""
        return [(self.count > n) & (burst.id == identity) for n, burst in enumerate(self.bursts)]
