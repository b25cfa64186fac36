"""An engine that keeps to what it was asked for: each packet once, in order, and whole."""

from amaranth.hdl import Mux, Signal

from verification.claims import implies
from wtu.properties.inside import beats_of
from wtu.properties.order import FIELDS, Queue, fits


class Delivery:
    """Packets of ``scores``, or of ``counts``, that a well-behaved engine sends: it is assumed.

    Attributes
    ----------
    due : Queue
        The chunk whose packets are to be sent, if any.
    row, beat : Signal
        Of the packet that is sent or comes next; beats of it that have been taken.
    in_packet : Signal
        Its header has been taken.
    ends : Value
        Its last beat is taken.
    """

    def __init__(self, harness, name, whole_chunk):
        m, unit = harness.m, harness.unit
        config, port, chunk = unit._build, getattr(unit, name), unit.chunks.payload
        payload, header = port.payload, port.payload.data.header
        some = (chunk.rows != 0) & (chunk.clusters != 0) & fits(config, chunk, unit.settings)
        taken = port.valid & port.ready
        self.row = Signal.like(header.row, name=f"{name}_row")
        self.beat = Signal(range(config.beats + 1), name=f"{name}_beat")
        self.in_packet = Signal(name=f"in_{name}")
        self.ends = taken & self.in_packet & payload.last
        final = Signal(name=f"last_of_{name}")
        self.due = due = Queue(
            *(harness, f"due_{name}", chunk.shape(), 1),
            *(unit.chunks.valid & unit.chunks.ready & some, chunk, self.ends & final),
        )
        rows = due.oldest.rows if whole_chunk else 1
        m.d.comb += final.eq(self.row + 1 == rows)
        last = self.beat + 1 == beats_of(config, due.oldest.clusters)
        right = (payload.first == ~self.in_packet) & (payload.last == (self.in_packet & last))
        same = header.row == self.row
        for field in FIELDS:
            same &= header[field] == due.oldest[field]
        harness.assume(implies(port.valid, (due.count != 0) & right))
        harness.assume(implies(port.valid & payload.first, same))
        with m.If(taken):
            m.d.sync += [self.in_packet.eq(~payload.last), self.beat.eq(0)]
            with m.If(self.in_packet & ~payload.last):
                m.d.sync += self.beat.eq(self.beat + 1)
        with m.If(self.ends):
            m.d.sync += self.row.eq(Mux(final, 0, self.row + 1))


class Engine:
    """Both streams of one."""

    def __init__(self, harness):
        self.scores = Delivery(harness, "scores", whole_chunk=True)
        self.counts = Delivery(harness, "counts", whole_chunk=False)


def delivered(harness, inside, engine):
    """What a well-behaved engine has sent is what the loader has taken: nothing is out of step."""
    claim, loader, loading = harness.claim, inside.loader, inside.loading
    chunk, row = loader._chunk, loader._row
    work = ~loader._bad & (chunk.rows != 0) & (chunk.clusters != 0)
    to_come = inside.beats(loader._left)
    claim(implies(loading("LOAD"), loader._left <= chunk.clusters))
    for name, delivery, row_due in (
        ("scores_reader", engine.scores, row),
        ("counts_reader", engine.counts, 0),
    ):
        reading = harness.state("loader", name)
        due, has_row = delivery.due, (row == 0) if name == "counts_reader" else 1
        last = (row + 1 == chunk.rows) if name == "scores_reader" else 1
        expected = (due.count == 1) & (delivery.row == row_due)
        later = Mux(last, due.count == 0, (due.count == 1) & (delivery.row == row + 1))
        later &= ~delivery.in_packet
        claim(due.count <= 1)
        claim(implies(due.count == 0, ~delivery.in_packet & (delivery.row == 0)))
        claim(implies(~delivery.in_packet, delivery.beat == 0))
        for field in (*FIELDS, "rows"):
            claim(implies(due.count != 0, due.oldest[field] == chunk[field]))
        claim(reading.register < reading.count)
        claim(implies(loading("CHUNK"), due.count == 0))
        claim(implies(loading("ROW") & work & has_row, expected & ~delivery.in_packet))
        claim(implies(loading("ROW") & ~(work & has_row), due.count == 0))
        claim(implies(~loading("LOAD"), reading("OVER")))
        claim(implies(loading("HAND_OVER"), Mux(work, later, due.count == 0)))
        claim(implies(reading("MATCH"), has_row & expected & ~delivery.in_packet))
        claim(implies(reading("MATCH"), (to_come == inside.beats(chunk.clusters))))
        sent = delivery.beat + to_come == inside.beats(chunk.clusters)
        claim(implies(reading("READ"), has_row & expected & delivery.in_packet & sent))
        claim(implies(reading("READ"), loader._left != 0))
        over = loading("LOAD") & reading("OVER")
        claim(implies(over & has_row, later & (loader._left == 0)))
        claim(implies(over & ~Mux(has_row, 1, 0), due.count == 0))
