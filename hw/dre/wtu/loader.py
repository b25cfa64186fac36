"""Takes chunks and asks for their rows, one after the other."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from dre.layouts import RowStatus, ScoreMode
from dre.wtu.beats import load_layout
from dre.wtu.reader import PacketReader
from dre.wtu.row import job_layout
from dre.wtu.staged_reader import StagedReader
from dre.wtu.statistics import statistics_ports
from dre.wtu.tree import delayed


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
        self._read(m)
        self._keep()
        self._find(m)
        self._join(m)
        self._expect(m)
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

    def _read(self, m):
        """Who finds a row's packets on the streams."""
        config = self._config
        reader = StagedReader if self._late else PacketReader
        m.submodules.scores_reader = self._scores = reader(config)
        m.submodules.counts_reader = self._counts = reader(config)
        wiring.connect(m, wiring.flipped(self.scores), self._scores.packets)
        wiring.connect(m, wiring.flipped(self.counts), self._counts.packets)
        m.d.comb += [
            self.scores_out_of_step.eq(self._scores.out_of_step),
            self.counts_out_of_step.eq(self._counts.out_of_step),
        ]

    def _keep(self):
        """What is kept of the chunk and the row at hand."""
        config = self._config
        self._chunk = Signal(config.chunk, reset_less=True)
        self._settings = Signal(config.settings, reset_less=True)
        self._row = Signal(range(config.max_rows + 1), reset_less=True)
        self._is_first = Signal(reset_less=True)  # of its chunk
        self._faults = Signal(3, reset_less=True)  # of the chunk's configuration
        self._rowless, self._clusterless = (Signal(reset_less=True) for _ in range(2))
        self._set, self._counts_set = Signal(), Signal()
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
        self._with_counts, self._lost = Signal(), Signal()
        m.d.comb += [
            self._with_counts.eq(self._is_first | self._long),
            # The counts' packet stays lost until the next one is expected.
            self._lost.eq(self._counts.failed | self._scores.failed),
        ]
        bad = self._faults.any()
        nothing = bad | self._rowless | self._clusterless  # to be asked for
        self._bad = delayed(m, "bad", bad, self._late)
        self._no_row = delayed(m, "no_row", bad | self._rowless, self._late)
        self._nothing = delayed(m, "nothing", nothing, self._late)
        is_last = (self._row + 1 == self._chunk.rows) | self._no_row
        # It is looked at two cycles after the row has begun, at the earliest.
        self._is_last = delayed(m, "is_last", is_last, self._late)
        self._status = delayed(m, "status", self._judge(m), self._late)

    def _expect(self, m):
        """What a row's packets look like."""
        chunk = self._chunk
        for reader in (self._scores, self._counts):
            m.d.comb += [
                reader.expected.context.eq(chunk.context),
                reader.expected.chunk.eq(chunk.chunk),
                reader.expected.clusters.eq(chunk.clusters),
                reader.expected.row.eq(self._row),
                reader.final.eq(self._left <= self._config.lanes),
                reader.take.eq(self.load),
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
            m.d.sync += self._counts_set.eq(~self._counts_set)
            m.next = "CHECK" if self._late else "ROW"

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
            m.d.comb += [self._scores.start.eq(1), self._counts.start.eq(self._with_counts)]
            m.d.sync += [
                self.reads.valid.eq(1),
                request.context.eq(chunk.context),
                request.chunk.eq(chunk.chunk),
                request.clusters.eq(chunk.clusters),
                request.row.eq(self._row),
                request.counts.eq(self._with_counts),
            ]
            m.next = "LOAD"

    def _join(self, m):
        """A beat of scores with the counts beside it, as long as both are as expected."""
        scores, counts = self._scores, self._counts
        some = scores.beat | counts.beat
        both = (scores.beat | scores.over) & (counts.beat | counts.over)
        self._over = delayed(m, "both_over", scores.over & counts.over, self._late)
        waits = self.hold | (self._again & ~self.seeking)
        m.d.comb += self.load.eq(some & both & ~delayed(m, "waits", waits, self._late))

    def _load(self, m):
        """What is known of the beat, and when the row is over."""
        config, beat = self._config, self.beat
        scores, counts = self._scores, self._counts
        # Cycles since the last beat, as far as they matter.
        settled = self._settled
        since = self._since
        m.d.comb += [
            beat.scores.eq(scores.entries),
            beat.counts.eq(counts.entries),
            beat.beat.eq(self._number),
            beat.set.eq(self._set),
            beat.counts_set.eq(self._counts_set),
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
        with m.Elif(self._over & ~self._again):
            m.next = "HAND_OVER"
        if config.reads_twice:
            self._end_second_reading(m)

    def _hand_over(self, m):
        """The row's end: what became of it."""
        chunk, job = self._chunk, self.jobs.payload
        m.d.comb += [
            self.jobs.valid.eq(1),
            job.context.eq(chunk.context),
            job.chunk.eq(chunk.chunk),
            job.clusters.eq(chunk.clusters),
            job.row.eq(self._row),
            job.first.eq(self._is_first),
            job.last.eq(self._is_last),
            job.no_row.eq(self._no_row),
            job.nothing.eq(self._nothing),
            job.set.eq(self._set),
            job.counts_set.eq(self._counts_set),
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

    def _judge(self, m):
        """The row's status, when it has been loaded."""
        status = Signal(RowStatus, init=RowStatus.OK)
        with m.If(self._bad):
            m.d.comb += status.eq(RowStatus.BAD_CONFIG)
        with m.Elif(~self._nothing):
            with m.If(self._lost):
                m.d.comb += status.eq(RowStatus.OUT_OF_STEP)
            with m.Elif(~self.finite):
                m.d.comb += status.eq(RowStatus.NOT_FINITE)
            with m.Elif(self.too_many_tokens):
                m.d.comb += status.eq(RowStatus.TOO_MANY_TOKENS)
        return status

    def _end_second_reading(self, m):
        """What became of it; then the row is over, and its last beat needs its settings no more."""
        over = self._over & self._again
        if self._key_latency:
            over &= self._since >= self._key_latency
        over &= ~(self.seen & self.seeking) if self._late else 1
        m.d.comb += [
            self.seen.eq(delayed(m, "is_seen", over, self._late, resets=True)),
            self.lost.eq(self._lost),
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
