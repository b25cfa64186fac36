"""An engine that keeps to what it was asked for: each packet, in order and whole."""

from amaranth.hdl import Mux, Signal

from verification.claims import implies
from verification.ghosts import Queue
from wtu.properties.inside import beats_of, is_long
from wtu.properties.order import FIELDS, fits


class Delivery:
    """Packets of ``scores``, or of ``counts``, that a well-behaved engine sends: it is assumed.

    Attributes
    ----------
    due : Queue
        The chunk whose packets are to be sent, if any.
    row, again, beat : Signal
        Of the packet that is sent or comes next; whether it is sent for the second time; beats of
        it that have been taken.
    in_packet : Signal
        Its header has been taken.
    ends : Value
        Its last beat is taken.
    late : Value
        It is to come for the second time, and does not.
    """

    def __init__(self, harness, name, whole_chunk):
        m, unit = harness.m, harness.unit
        config, port, chunk = unit._build, getattr(unit, name), unit.chunks.payload
        payload, header = port.payload, port.payload.data.header
        some = (chunk.rows != 0) & (chunk.clusters != 0) & fits(config, chunk, unit.settings)
        taken = port.valid & port.ready
        self.row = Signal.like(header.row, name=f"{name}_row")
        self.again = Signal(name=f"{name}_again")
        self.beat = Signal(range(config.beats + 1), name=f"{name}_beat")
        self.in_packet = Signal(name=f"in_{name}")
        self.ends = taken & self.in_packet & payload.last
        final = Signal(name=f"last_of_{name}")
        self.due = due = Queue(
            *(harness, f"due_{name}", chunk.shape(), 1),
            *(unit.chunks.valid & unit.chunks.ready & some, chunk, self.ends & final),
        )
        long = is_long(config, due.oldest.clusters)
        rows = due.oldest.rows if whole_chunk else Mux(long, due.oldest.rows, 1)
        once_more = long & ~self.again
        m.d.comb += final.eq((self.row + 1 == rows) & ~once_more)
        last = self.beat + 1 == beats_of(config, due.oldest.clusters)
        right = (payload.first == ~self.in_packet) & (payload.last == (self.in_packet & last))
        same = header.row == self.row
        for field in FIELDS:
            same &= header[field] == due.oldest[field]
        harness.assume(implies(port.valid, (due.count != 0) & right))
        harness.assume(implies(port.valid & payload.first, same))
        self.late = (due.count != 0) & self.again & ~port.valid
        with m.If(taken):
            m.d.sync += [self.in_packet.eq(~payload.last), self.beat.eq(0)]
            with m.If(self.in_packet & ~payload.last):
                m.d.sync += self.beat.eq(self.beat + 1)
        with m.If(self.ends):
            m.d.sync += self.again.eq(once_more)
            with m.If(~once_more):
                m.d.sync += self.row.eq(Mux(final, 0, self.row + 1))


class Engine:
    """Both streams of one."""

    def __init__(self, harness):
        self.scores = Delivery(harness, "scores", whole_chunk=True)
        self.counts = Delivery(harness, "counts", whole_chunk=False)


def delivered(harness, inside, engine):
    """What a well-behaved engine has sent is what the loader has taken: nothing is out of step."""
    claim, loader, loading = harness.claim, inside.loader, inside.loading
    chunk, row, again = loader._chunk, loader._row, loader._again
    work = ~loader._bad & (chunk.rows != 0) & (chunk.clusters != 0)
    beats, to_come = inside.beats(chunk.clusters), inside.to_come
    once_more = loader._long & ~again
    for name, delivery, counts in (("scores", engine.scores, 0), ("counts", engine.counts, 1)):
        reading, due = inside.reading(name), delivery.due
        has_row = (row == 0) | loader._long if counts else loader._long | 1
        last = (row + 1 == chunk.rows) & ~once_more
        last |= ~loader._long & counts
        expected = (due.count == 1) & (delivery.row == row) & (delivery.again == again)
        following = (delivery.row == row + ~once_more) & (delivery.again == once_more)
        later = Mux(last, due.count == 0, (due.count == 1) & following) & ~delivery.in_packet
        none = ~delivery.in_packet & (delivery.row == 0) & ~delivery.again
        claim(due.count <= 1)
        claim(implies(due.count == 0, none))
        claim(implies(~delivery.in_packet, delivery.beat == 0))
        for field in (*FIELDS, "rows"):
            claim(implies(due.count != 0, due.oldest[field] == chunk[field]))
        claim(~inside.reader(name).failed)
        claim(implies(loading("CHUNK"), due.count == 0))
        claim(implies(loading("ROW") & work & has_row, expected & ~delivery.in_packet))
        claim(implies(loading("ROW") & ~(work & has_row), due.count == 0))
        claim(implies(loading("HAND_OVER"), Mux(work & has_row, later, due.count == 0)))
        claim(implies(reading("MATCH"), has_row & expected & ~delivery.in_packet))
        claim(implies(reading("MATCH"), to_come == beats))
        sent = delivery.beat + to_come == beats
        claim(implies(reading("READ"), has_row & expected & delivery.in_packet & sent))
        over = loading("LOAD") & reading("OVER")
        claim(implies(over & has_row, later & inside.all_has_come))
        claim(implies(over & ~has_row, due.count == 0))
