"""Takes chunks and asks for their rows, one after the other."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from dre.layouts import ScoreMode
from dre.wtu.beats import load_layout
from dre.wtu.row import job_layout, row_status
from dre.wtu.row_reader import RowReader
from dre.wtu.statistics import statistics_ports
from dre.wtu.tree import delayed

NAMES = ("context", "chunk", "clusters")
"""What of a chunk is said of each of its rows."""


class RowLoader(wiring.Component):
    """Loads a row while the one before it is decided.

    A row begins when the row before it has been handed over: then the set of two rows before is
    free. One that is too long to be kept on the chip is read again at once, while it is decided.

    Members
    -------
    settings, chunks, reads, counts, scores
        As in `WTU`.
    hold : In(1)
        No beat may be taken in this cycle; with registers between, in the next one.
    keep_counts : In(1)
        The same of a beat with counts: those that are kept are still needed.
    seeking : In(1)
        Beats of the second reading may be taken.
    seen, lost : Out(1)
        The second reading is over; not as expected. Taken with ``seeking``.
    begin_counts, begin_row, load, beat : Out
        To `Entries`.
    weight, K, k : Out
        Mode and scale of the row that is loaded.
    E, finite, saturated, too_many_tokens : In
        From `Entries`.
    jobs : Out(stream)
        Rows that have been loaded, and chunks without rows.
    counts_out_of_step, scores_out_of_step : Out(1)
        Events (spec D28).
    """

    def __init__(self, config, *, key_latency, load_latency):
        self._config = config
        self._key_latency = key_latency
        self._load_latency = load_latency
        super().__init__(
            {
                "settings": In(config.settings),
                "chunks": In(stream.Signature(config.chunk)),
                "reads": Out(stream.Signature(config.row_request)),
                "counts": In(stream.Signature(config.entries_packet)),
                "scores": In(stream.Signature(config.entries_packet)),
                "hold": In(1),
                "keep_counts": In(1),
                "seeking": In(1),
                "seen": Out(1),
                "lost": Out(1),
                "begin_counts": Out(1),
                "begin_row": Out(1),
                "load": Out(1),
                "beat": Out(load_layout(config)),
                "weight": Out(1),
                "K": Out(16),
                "k": Out(5),
                **{name: In(port.shape) for name, port in statistics_ports(config).items()},
                "jobs": Out(stream.Signature(job_layout(config))),
                "counts_out_of_step": Out(1),
                "scores_out_of_step": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        self._late = 1 if self._config.timing.registered_sums else 0
        m.submodules.reader = self._reader = RowReader(self._config)
        self._keep()
        self._find(m)
        self._read(m)
        if self._config.variant == "bucket":
            self._alternate_counts(m)
        with m.If(self.reads.valid & self.reads.ready):
            m.d.sync += self.reads.valid.eq(0)
        with m.FSM():
            with m.State("CHUNK"):
                self._take_chunk(m)
            with m.State("ROW"):
                self._begin_row(m)
            with m.State("LOAD"):
                self._load(m)
            with m.State("HAND_OVER"):
                self._hand_over(m)
            if self._late:
                with m.State("CHECK"):
                    m.next = "ROW"
                with m.State("NEXT"):
                    self._go_on(m)
        return m

    def _keep(self):
        """What is kept of the chunk and the row at hand."""
        config = self._config
        self._chunk = Signal(config.chunk, reset_less=True)
        self._settings = Signal(config.settings, reset_less=True)
        self._row = Signal(range(config.max_rows + 1), reset_less=True)
        self._is_first = Signal(reset_less=True)  # of its chunk
        self._faults = Signal(3, reset_less=True)  # of the chunk's configuration
        self._rowless, self._clusterless = (Signal(reset_less=True) for _ in range(2))
        self._set = Signal()
        self._left = Signal(range(config.beats * config.lanes + 1), reset_less=True)
        self._number = Signal(range(config.list_depth), reset_less=True)  # of the next beat
        self._settled = self._load_latency - 2 + self._late  # its status comes a cycle later
        self._since = Signal(range(self._settled + 1))
        # The row is read twice; and this is the second time.
        self._long = self._again = Const(0)
        if config.reads_twice:
            self._long, self._again = Signal(reset_less=True), Signal()

    def _find(self, m):
        """What follows from that."""
        m.d.comb += [
            self.weight.eq(self._settings.mode == ScoreMode.WEIGHT),
            self.K.eq(self._settings.K),
            self.k.eq(self._settings.k),
        ]
        self._with_counts = Signal()
        m.d.comb += self._with_counts.eq(self._is_first | self._long)
        bad = self._faults.any()
        nothing = bad | self._rowless | self._clusterless  # to be asked for
        self._bad = delayed(m, "bad", bad, self._late)
        self._no_row = delayed(m, "no_row", bad | self._rowless, self._late)
        self._nothing = delayed(m, "nothing", nothing, self._late)
        is_last = (self._row + 1 == self._chunk.rows) | self._no_row
        # It is looked at two cycles after the row has begun, at the earliest.
        self._is_last = delayed(m, "is_last", is_last, self._late)
        lost, finite, too_many = self._reader.lost, self.finite, self.too_many_tokens
        status = row_status(m, self._bad, self._nothing, lost, finite, too_many)
        self._status = delayed(m, "status", status, self._late)

    def _read(self, m):
        """What the row's packets look like, and when their beats may be taken."""
        reader, expected = self._reader, self._reader.expected
        for name in ("scores", "counts"):
            wiring.connect(m, wiring.flipped(getattr(self, name)), getattr(reader, name))
        m.d.comb += [
            *(expected[name].eq(self._chunk[name]) for name in NAMES),
            expected.row.eq(self._row),
            reader.with_counts.eq(self._with_counts),
            reader.final.eq(self._left <= self._config.lanes),
            reader.waits.eq(
                self.hold
                | (self._again & ~self.seeking)
                | (self._with_counts & ~self._again & self.keep_counts)
            ),
            self.load.eq(reader.load),
            self.scores_out_of_step.eq(reader.scores_out_of_step),
            self.counts_out_of_step.eq(reader.counts_out_of_step),
        ]

    def _take_chunk(self, m):
        """Note a chunk, and check it (spec D49)."""
        chunk = self.chunks.payload
        faults = (
            chunk.clusters > self._config.max_clusters,
            chunk.rows > self._config.max_rows,
            ~self.settings.K[-1],
        )
        m.d.comb += [self.chunks.ready.eq(1), self.begin_counts.eq(1)]
        m.d.sync += [
            self._chunk.eq(chunk),
            self._settings.eq(self.settings),
            self._row.eq(0),
            self._is_first.eq(1),
            self._faults.eq(Cat(faults)),
            self._rowless.eq(chunk.rows == 0),
            self._clusterless.eq(chunk.clusters == 0),
        ]
        if self._config.reads_twice:
            m.d.sync += self._long.eq(chunk.clusters > self._config.on_chip_clusters)
        with m.If(self.chunks.valid):
            m.next = "CHECK" if self._late else "ROW"

    def _alternate_counts(self, m):
        """Chunk by chunk."""
        which = Signal(name="counts_set")
        with m.If(self.chunks.valid & self.chunks.ready):
            m.d.sync += which.eq(~which)
        m.d.comb += [self.beat.counts_set.eq(which), self.jobs.payload.counts_set.eq(which)]

    def _begin_row(self, m):
        """Ask for the next row, if there is anything to ask for."""
        chunk, request = self._chunk, self.reads.payload
        m.d.comb += self.begin_row.eq(1)
        with m.If(self._long):
            m.d.comb += self.begin_counts.eq(1)
        m.d.sync += [self._left.eq(chunk.clusters), self._number.eq(0)]
        if self._late:  # of the readers it is not yet known that they have begun
            m.d.sync += self._since.eq(0)
        with m.If(self._nothing):
            m.next = "HAND_OVER"
        with m.Elif(~self.reads.valid):
            m.d.comb += self._reader.start.eq(1)
            m.d.sync += [
                self.reads.valid.eq(1),
                *(request[name].eq(chunk[name]) for name in NAMES),
                request.row.eq(self._row),
                request.counts.eq(self._with_counts),
            ]
            m.next = "LOAD"

    def _load(self, m):
        """What is known of the beat, and when the row is over."""
        config, beat, reader = self._config, self.beat, self._reader
        # Cycles since the last beat, as far as they matter.
        settled, since = self._settled, self._since
        m.d.comb += [
            beat.scores.eq(reader.scores_entries),
            beat.counts.eq(reader.counts_entries),
            beat.beat.eq(self._number),
            beat.set.eq(self._set),
            beat.with_counts.eq(self._with_counts),
        ]
        if config.reads_twice:
            m.d.comb += beat.again.eq(self._again)
        for n in range(config.lanes):
            m.d.comb += beat.valid[n].eq(self._left > n)
        with m.If(self.load):
            m.d.sync += [
                self._number.eq(self._number + 1),
                self._left.eq(self._left - config.lanes),
                since.eq(0),
            ]
        with m.Elif(since != settled):
            m.d.sync += since.eq(since + 1)
        with m.Elif(reader.over & ~self._again):
            m.next = "HAND_OVER"
        if config.reads_twice:
            self._end_second_reading(m)

    def _hand_over(self, m):
        """The row's end: what became of it."""
        chunk, job = self._chunk, self.jobs.payload
        m.d.comb += [
            self.jobs.valid.eq(1),
            *(job[name].eq(chunk[name]) for name in NAMES),
            job.row.eq(self._row),
            job.first.eq(self._is_first),
            job.last.eq(self._is_last),
            job.no_row.eq(self._no_row),
            job.nothing.eq(self._nothing),
            job.set.eq(self._set),
            job.TH.eq(self._settings.TH),
            job.all.eq(self._settings.all),
            job.weight.eq(self.weight),
            job.E.eq(self.E),
            job.saturated.eq(Mux(self._nothing, 0, self.saturated)),
            job.status.eq(self._status),
        ]
        if self._config.reads_twice:
            again = self._long & ~self._no_row
            m.d.comb += job.again.eq(again)
            with m.If(self.jobs.ready & again):
                m.d.sync += self._again.eq(1)
                m.next = "ROW"
            with m.Elif(self.jobs.ready):
                self._end_row(m)
        else:
            with m.If(self.jobs.ready):
                self._end_row(m)

    def _end_second_reading(self, m):
        """What became of it; then the row is over, and its last beat needs its settings no more."""
        over = self._reader.over & self._again
        if self._key_latency:
            over &= self._since >= self._key_latency
        over &= ~(self.seen & self.seeking) if self._late else 1
        m.d.comb += [
            self.seen.eq(delayed(m, "is_seen", over, self._late, resets=True)),
            self.lost.eq(self._reader.lost),
        ]
        with m.If(self.seen & self.seeking):
            m.d.sync += self._again.eq(0)
            self._end_row(m)

    def _end_row(self, m):
        if self._late:  # for clock speed a cycle later
            m.next = "NEXT"
        else:
            self._go_on(m)

    def _go_on(self, m):
        m.d.sync += [self._row.eq(self._row + 1), self._is_first.eq(0), self._set.eq(~self._set)]
        m.next = "ROW"
        with m.If(self._is_last):
            m.next = "CHUNK"
