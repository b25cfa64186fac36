"""Who promised what: chunks that have been taken and not yet answered, and where the answer is.

Built from ports only.
"""

from amaranth.hdl import Mux, Signal, Value
from amaranth.lib import data

from dre.layouts import RowStatus
from verification.ghosts import Queue
from wtu.properties.inside import is_long

FIELDS = ("context", "chunk", "clusters")


def fits(config, chunk, settings):
    """Spec D49, written a second time."""
    return (
        (chunk.clusters <= config.max_clusters)
        & (chunk.rows <= config.max_rows)
        & (settings.K >= 2**15)
    )


class Promises(Queue):
    """Chunks taken whose trailers have not gone: ``chunk``, ``settings``, whether it ``fits``."""

    DEPTH = 4

    def __init__(self, harness):
        unit, m = harness.unit, harness.m
        chunk, settings = unit.chunks.payload, unit.settings
        shape = {"chunk": chunk.shape(), "settings": settings.shape(), "fits": 1}
        new = Signal(data.StructLayout(shape), name="new_promise")
        m.d.comb += [
            new.chunk.eq(chunk),
            new.settings.eq(settings),
            new.fits.eq(fits(unit._build, chunk, settings)),
        ]
        taken = unit.chunks.valid & unit.chunks.ready
        gone = unit.selected.valid & unit.selected.ready & unit.selected.payload.last
        super().__init__(harness, "promise", new.shape(), self.DEPTH, taken, new, gone)

    @staticmethod
    def has_rows(promise):
        """Whether the chunk has packets on ``rows``."""
        return promise.fits & (promise.chunk.rows != 0)


class ReadPromises(Queue):
    """Chunks whose rows have not all been asked for, of those that have anything to ask for.

    Attributes
    ----------
    at : Signal
        What is asked for next: twice the row, and one more for the second reading of a long one.
    next : Value
        The same behind that; ``2 * rows`` at the end.
    """

    DEPTH = 2

    def __init__(self, harness):
        unit, m = harness.unit, harness.m
        chunk, port = unit.chunks.payload, unit.reads
        self._build = unit._build
        self.at = Signal(len(port.payload.row) + 2, name="asked_for")
        taken = unit.chunks.valid & unit.chunks.ready
        some = (chunk.rows != 0) & (chunk.clusters != 0)
        asked = port.valid & port.ready
        final = Signal(name="last_row_asked_for")
        fit = fits(unit._build, chunk, unit.settings)
        value = chunk
        super().__init__(
            harness, "to_read", chunk.shape(), self.DEPTH, taken & some & fit, value, asked & final
        )
        self.next = self.after(self.oldest, self.at)
        m.d.comb += final.eq(self.next == self.oldest.rows << 1)
        with m.If(asked):
            m.d.sync += self.at.eq(Mux(final, 0, self.next))

    def after(self, chunk, at):
        """What is asked for after something of a chunk."""
        return at + Mux(is_long(self._build, chunk.clusters), 1, 2)


class Seen:
    """The packets that are leaving: what of them has been taken at the ports.

    Attributes
    ----------
    in_row, in_chunk : Signal
        A header has gone on ``rows``, on ``selected``, its trailer not yet.
    masks : Signal
        Mask beats of the row that have gone.
    rows : Signal
        Trailers of the chunk's rows that have gone.
    status : Signal
        The largest of these rows.
    worst : Value
        The same, with a trailer that is offered.
    is_mask, is_part, header, row_ends, ends : Value
        What is offered: a mask; a part, a header or trailer of ``rows``, a trailer of ``selected``.
    offered : Value
        Mask beats of the row that have been offered, up to now.
    mask : Value
        The mask offered last.
    """

    def __init__(self, harness):
        m, unit = harness.m, harness.unit
        config = unit._build
        rows, selected = unit.rows, unit.selected
        beat, part = rows.payload, selected.payload
        self.in_row, self.in_chunk = Signal(name="in_row"), Signal(name="in_chunk")
        self.masks = Signal(range(2 * config.beats + 2), name="masks_gone")
        self.rows = Signal(range(2 * config.max_rows + 2), name="rows_gone")
        self.status = Signal(RowStatus, name="status_gone")
        self.is_mask = rows.valid & ~beat.first & ~beat.last
        self.is_part = selected.valid & ~part.first & ~part.last
        self.header = rows.valid & beat.first
        self.row_ends, self.ends = rows.valid & beat.last, selected.valid & part.last
        self.offered = Mux(self.header, 0, self.masks + self.is_mask)
        status = Value.cast(beat.data.trailer.status)
        worst = Mux(status > Value.cast(self.status), status, Value.cast(self.status))
        self.worst = Mux(self.row_ends, worst, Value.cast(self.status))
        last_mask = Signal(config.lanes, name="last_mask")
        self.mask = Mux(self.is_mask, beat.data.mask, last_mask)
        with m.If(rows.valid & rows.ready):
            m.d.sync += [self.in_row.eq(~beat.last), self.masks.eq(self.offered)]
            with m.If(beat.last):
                m.d.sync += [self.rows.eq(self.rows + 1), Value.cast(self.status).eq(self.worst)]
        with m.If(self.is_mask):
            m.d.sync += last_mask.eq(beat.data.mask)
        with m.If(selected.valid & selected.ready):
            m.d.sync += self.in_chunk.eq(~part.last)
            with m.If(part.last):
                m.d.sync += [self.rows.eq(0), self.status.eq(RowStatus.OK)]
