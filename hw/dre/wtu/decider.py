"""Finds the threshold of one row after the other, digit by digit."""

from amaranth.hdl import Module, Mux

from dre.layouts import RowStatus
from dre.wtu.row import Level, Take, is_again
from dre.wtu.row_steps import RowSteps
from dre.wtu.scanner import Purpose
from dre.wtu.sums import PAIRS, SET_PAIRS
from dre.wtu.tree import delayed


class Decider(RowSteps):
    """Leads each row that has been loaded through its scans and replays (spec D42).

    In turn: the total of all octaves, the number to be passed, the octave that passes it; the row
    again for its next digit, the lists for the last one; then how many tokens of entries at the
    threshold itself are needed. Rows without a threshold are only gone through once, for their
    masks.

    Members
    -------
    jobs : In(stream)
        Rows in order.
    hold : Out(1)
        Nothing may be loaded.
    keep_counts : Out(1)
        The chunk's counts are still needed.
    seeking : Out(1)
        Instead of being replayed, the row is read again.
    seen, lost : In(1)
        It has been; not as expected.
    changed : Out(1)
        An event: what was read again is not what was read first.
    replay, replay_list, third, replay_beat, replay_valid, finding, take, begin_lists, more, full
        To and from `Entries`.
    start, purpose, scan_set, E, top, pairs, doubling, begin, load_need, number : Out
        To the `Scanner`.
    scan, total, need, found_octave, found, passed, done : In
        From it.
    decisions : Out(stream)
        One a job.
    emitting : In(1)
        Masks and lists are being read for the decision before: no others may come.
    give, given : Out(1), In(1)
        It may be given from where the row is kept; that is over.
    """

    def elaborate(self, platform):
        m = Module()
        self._keep(m)
        self._connect(m)
        with m.FSM() as fsm:
            self._clear(m)
            self._begin(m)
            self._by_first_digit(m)
            self._by_later_digits(m)
            if self._config.reads_twice:
                self._by_second_reading(m)
            with m.State("HAND_OVER"):
                m.d.comb += self.decisions.valid.eq(1)
                with m.If(self.decisions.ready):
                    m.d.sync += self.keep_counts.eq(0)
                    m.next = "BEGIN"
        if self._config.lists_fill:
            self._give_row(m, fsm.ongoing("DIVIDING"))
        return m

    def _clear(self, m):
        """After reset the sums hold anything."""
        with m.State("CLEAR"):
            m.d.comb += [self.start.eq(1), self.purpose.eq(Purpose.CLEAR), self.pairs.eq(PAIRS)]
            m.d.comb += [self.scan_set.eq(self._clear_set), self._hold.eq(1)]
            m.next = "CLEARING"
        with m.State("CLEARING"):
            m.d.comb += [self.purpose.eq(Purpose.CLEAR), self.scan_set.eq(self._clear_set)]
            m.d.comb += self._hold.eq(1)
            with m.If(self.done):
                m.d.sync += self._clear_set.eq(1)
                m.next = "CLEAR"
                with m.If(self._clear_set):
                    m.next = "BEGIN"

    def _begin(self, m):
        """Does the row need a threshold?"""
        job = self.jobs.payload
        special = (job.status != RowStatus.OK) | job.all
        with m.State("BEGIN"):
            m.d.comb += self.jobs.ready.eq(1)
            m.d.sync += [
                self._job.eq(job),
                self._left.eq(job.clusters),
                self._threshold.eq(0),
                self._decided.eq(0),
                self._take.eq(Mux(job.status == RowStatus.OUT_OF_STEP, Take.EVERY, Take.COUNTED)),
            ]
            with m.If(self.jobs.valid):
                # Of a row that is read again the counts come again, too.
                m.d.sync += self.keep_counts.eq(~job.nothing & ~is_again(self._config, job))
                m.next = "TOTAL"
                with m.If(job.nothing):
                    m.next = "HAND_OVER"
                with m.Elif(special):
                    m.next = "CROSS"  # which also clears the sums

    def _by_first_digit(self, m):
        """The octave, or in mode ``weight`` the first digit, in which the threshold lies."""
        with m.State("TOTAL"):
            self._scan_first(m, Purpose.TOTAL)
            m.d.comb += self.start.eq(1)
            m.next = "TOTALLING"
        with m.State("TOTALLING"):
            self._scan_first(m, Purpose.TOTAL)
            m.d.sync += self._total.eq(self.total)
            with m.If(self.done):
                m.d.comb += self._fraction.start.eq(1)
                m.next = "MULTIPLYING"
        with m.State("MULTIPLYING"):
            # With registers it is known after two cycles, and multiplying takes longer.
            some = delayed(m, "some", self._total != 0, 1 if self._head_start else 0)
            m.d.sync += [
                self._decided.eq(some),
                self._take.eq(Mux(some, Take.ABOVE, Take.NONE)),
            ]
            self._scan_first(m, Purpose.CROSS)
            with m.If(self._fraction.done):
                m.d.comb += self.start.eq(1)
                m.next = "CROSSING"
        with m.State("CROSS"):
            self._scan_first(m, Purpose.CROSS)
            m.d.comb += self.start.eq(1)
            m.next = "CROSSING"
        with m.State("CROSSING"):
            self._scan_first(m, Purpose.CROSS)
            if self._head_start:  # the replay follows: nothing shall be in its way
                again = is_again(self._config, self._job)
                m.d.comb += self._hold.eq(self._scanned & ~again & ~self.emitting)
            with m.If(self.done):
                m.d.comb += self.begin_lists.eq(1)
                m.d.sync += self._beat.eq(0)
                self._note_digit(m, Level.FIRST, self.found_octave)
                m.next = "REPLAY"
                if self._config.reads_twice:
                    with m.If(self._job.again):
                        self._read_again(m, at_once=not self._head_start)

    def _by_later_digits(self, m):
        """The rest of the threshold's key, then how much of those that equal it is needed."""
        self._go_through(m, "REPLAY", [self.replay], self._final, "SETTLE", blocked=self.emitting)
        with m.State("SETTLE"):
            if not self._config.lists_fill:
                m.d.sync += self.keep_counts.eq(0)
            self._keep_apart(m)
            with self._settled(m):
                m.next = "SECOND"
                with m.If(~self._decided):
                    m.next = "HAND_OVER"
        with self._seeking(m, Level.SECOND):
            m.next = "LISTS"
            if self._config.lists_fill:
                with m.If(self.full):
                    m.next = "ROW"
            if self._config.reads_twice:
                with m.If(self._job.again & ~self.passed):
                    m.d.comb += self.changed.eq(1)
                    m.next = "FORGET"
        listed = [self.replay_list, self.third]
        self._go_through(m, "LISTS", listed, ~self.more, "SETTLE_LISTS")
        if self._config.lists_fill:  # in place of lists that have not had room
            self._go_through(m, "ROW", [self.replay, self.third], self._final, "SETTLE_LISTS")
        with m.State("SETTLE_LISTS"), self._settled(m):
            m.next = "THIRD"
        with self._seeking(m, Level.THIRD):
            m.d.comb += self._divider.start.eq(1)
            m.next = "DIVIDING"
        with m.State("DIVIDING"), m.If(self._divider.done):
            m.next = "HAND_OVER"

    def _give_row(self, m, dividing):
        """A row whose lists have not had room is read while its masks are given."""
        offered = self.decisions.valid & self.decisions.payload.full
        with m.If(offered & self.decisions.ready):
            m.d.sync += self._giving.eq(1)
        with m.Elif(self.given):
            m.d.sync += self._giving.eq(0)
        with m.If(self._giving):
            m.d.comb += self._hold.eq(1)
        if self._head_start:  # nothing shall be in its way
            with m.If(offered | (dividing & self.full)):
                m.d.comb += self._hold.eq(1)
        m.d.comb += self.give.eq(self._giving & (self._quiet if self._head_start else 1))

    def _by_second_reading(self, m):
        """Instead of a replay. What is lost, or is not what was read first, selects all."""
        with m.State("SECOND_READING"):
            self._read_again(m, at_once=True)
        pairs = Mux(self._job.weight, PAIRS, SET_PAIRS)
        purpose = [self.purpose.eq(Purpose.CLEAR), self.pairs.eq(pairs), self.top.eq(pairs - 1)]
        with m.State("FORGET"):
            self._keep_apart(m)
            m.d.comb += [self.start.eq(1), *purpose]
            m.d.sync += [
                self._job.status.eq(RowStatus.OUT_OF_STEP),
                self._take.eq(Take.EVERY),
                self._decided.eq(0),
                self._left.eq(self._job.clusters),
            ]
            m.next = "FORGETTING"
        with m.State("FORGETTING"):
            self._keep_apart(m)
            m.d.comb += purpose
            with m.If(self.done):
                m.next = "REPLAY"

    def _read_again(self, m, *, at_once):
        """``at_once``: or in the next cycle, for clock speed."""
        m.next = "SECOND_READING"
        if not at_once:
            return
        m.d.comb += self.seeking.eq(~self.emitting)
        with m.If(self.seen & self.seeking):
            m.d.sync += self._wait.eq(self._settle_again)
            m.next = "SETTLE"
            with m.If(self.lost | (self._take == Take.EVERY)):
                m.next = "FORGET"
