"""A behavioural engine around the WTU: what offers chunks, sends counts and scores, takes rows.

It answers ``reads`` after a latency or, ``in_order``, sends every row of every chunk once, or twice
if it is long, in order, and looks at no read (spec D45). It never computes what is expected;
`wtu.golden` does.
"""

from collections import defaultdict, deque

from dre.layouts import RowStatus
from dre.packing import pack, unpack
from streams import Beat, Cycles, Receiver, Sender, Stalls, fork
from wtu.chunks import Answer, RowAnswer
from wtu.packets import bits, entries_packet

SENT = ("chunks", "counts", "scores")
TAKEN = ("reads", "rows", "selected")


class LastBeat(Beat):
    """The last beat of a row's scores; it is noted when it has been taken."""

    answer: Answer
    row: int


class ScoreEngine:
    """Drives a WTU.

    Parameters
    ----------
    dut : cocotb handle
        The unit.
    build : dre.WTUConfig
        Its parameters.
    rng : random.Random
        Source of all randomness.
    stalls : dict of str to Stalls
        By stream; missing ones never stall.
    latency : int
        Cycles from a read to its header.
    in_order : bool
        Send rows without being asked.
    """

    def __init__(self, dut, build, rng, stalls=None, latency=0, in_order=False):
        stalls = defaultdict(Stalls, stalls or {})
        self._dut, self._build = dut, build
        self.latency, self.in_order = latency, in_order
        for kind, names in ((Sender, SENT), (Receiver, TAKEN)):
            for name in names:
                setattr(self, name, kind(dut, name, fork(rng), stalls[name]))
        self._rng = fork(rng)
        agents = [getattr(self, name) for name in (*SENT, *TAKEN)]
        self._cycles = Cycles(dut, [*agents, self])
        dut.clear.value = 0
        dut.settings.value = 0
        self.reset()

    @property
    def now(self):
        return self._cycles.now

    @property
    def busy(self):
        """Whether a chunk is under way, or a read has not come."""
        return bool(self._under_way or self._reads_due)

    @property
    def under_way(self):
        """Answers that are not complete yet, in order."""
        return list(self._under_way)

    async def restart(self):
        """Reset the device and forget chunks under way."""
        await self._cycles.reset()

    def reset(self):
        self._under_way, self._reads_due = deque(), deque()
        self.number = self._rng.getrandbits(16)  # numbers wrap (spec D27): begin anywhere
        self._moved = 0
        self._row = self._chunk = None  # answers whose packets are being taken
        self.answers: list[Answer] = []

    def offer(self, *jobs):
        """Queue chunks."""
        for job in jobs:
            self._offer(job)

    async def finish(self, patience=3_000):
        """Run until every chunk has been answered; return the answers, in order.

        AssertionError if no beat moves on any stream for ``patience`` cycles and ten times those
        of the longest row.
        """
        patience += 10 * self._build.beats
        self._moved = self.now
        while self.busy:
            await self._cycles.step()
            assert self.now - self._moved < patience, (
                f"nothing moves for {patience} cycles: {len(self._under_way)} chunks under way, "
                f"{len(self._reads_due)} reads due"
            )
        answers, self.answers = self.answers, []
        return answers

    async def idle(self, cycles):
        """Let time pass."""
        await self._cycles.step(cycles)

    def drive(self, now):
        if not self.chunks.offering:  # settings count with a chunk's beat only
            self._dut.settings.value = self._rng.getrandbits(len(self._dut.settings))
        while self.reads.beats:
            self._serve(now, unpack(self._build.row_request, self.reads.beats.popleft()[1]))

    def observe(self, now):
        for when, beat in self.scores.sent:
            if isinstance(beat, LastBeat):
                beat.answer.scores_sent.setdefault(beat.row, when)
        for sender in (self.chunks, self.counts, self.scores):
            if sender.sent:
                self._moved = now
            sender.sent.clear()
        if self.rows.beats or self.selected.beats or self.reads.beats:
            self._moved = now
        while self.rows.beats:
            when, payload = self.rows.beats.popleft()
            self._note_row(when, unpack(self._build.row_packet, payload))
        while self.selected.beats:
            when, payload = self.selected.beats.popleft()
            self._note_selected(when, unpack(self._build.selected_packet, payload))
        while self._under_way and self._under_way[0].complete:
            self.answers.append(self._under_way.popleft())

    # -- what is sent ------------------------------------------------------------------------------

    def _offer(self, job):
        sizes, bad = job.sizes, job.is_bad(self._build)
        answer = Answer(job, self.number, 0 if bad else sizes["rows"])
        self.number = (self.number + 1) % 2**16
        beat = {"context": job.context, "chunk": answer.number, **sizes}
        beside = {"settings": pack(self._build.settings, job.settings)}
        self.chunks.queue.append(Beat(pack(self._build.chunk, beat), beside))
        self._under_way.append(answer)
        if bad or not sizes["clusters"]:
            return
        readings = job.readings(self._build)
        for row in range(sizes["rows"]):
            request = self._header(answer, row) | {"counts": int(row == 0 or readings == 2)}
            for reading in range(readings):
                self._reads_due.append((request, reading))
                if self.in_order:
                    self._send(answer, request, reading, 0)

    def _header(self, answer, row):
        return {
            "context": answer.job.context,
            "chunk": answer.number,
            "clusters": answer.job.sizes["clusters"],
            "row": row,
        }

    def _serve(self, now, request):
        """A read: each row once or twice, in their order (spec D45)."""
        assert self._reads_due, f"a read too many: {request}"
        due, reading = self._reads_due.popleft()
        assert request == due, f"read {request}, not {due}"
        if not self.in_order:
            answer = next(a for a in self._under_way if a.number == request["chunk"])
            self._send(answer, request, reading, now + self.latency)

    def _send(self, answer, request, reading, not_before):
        """Queue the packets that answer a read."""
        job, row = answer.job, request["row"]
        header = self._header(answer, row)
        faulty = job.faulty in (None, reading)
        if request["counts"]:
            beats = entries_packet(self._build, header, job.token_count, self._rng)
            if job.counts_fault and faulty and row == 0:
                beats = job.counts_fault(beats)
            self.send(self.counts, beats, not_before)
        beats = entries_packet(self._build, header, job.rows[row], self._rng)
        if job.scores_fault and faulty:
            beats = job.scores_fault(row, beats)
        self.send(self.scores, beats, not_before)
        if beats:
            last = LastBeat(self.scores.queue.pop(), not_before=not_before)
            last.answer, last.row = answer, row
            self.scores.queue.append(last)

    def send(self, sender, beats, not_before=0):
        """Queue beats of ``counts`` or ``scores``."""
        for beat in beats:
            sender.queue.append(Beat(bits(self._build, beat), not_before=not_before))

    # -- what is taken -----------------------------------------------------------------------------

    def _note_row(self, when, beat):
        """A beat of ``rows``: header, mask or trailer."""
        if beat["first"]:
            assert self._row is None, "a row's header inside a packet"
            assert not beat["last"], "a row without trailer"
            header = beat["data"]["header"]
            answer = next((a for a in self._under_way if not a.rows_complete), None)
            assert answer is not None, f"a row of a chunk that has all of its rows: {header}"
            assert header["chunk"] == answer.number, f"a row of chunk {header['chunk']} too early"
            self._row = RowAnswer(header)
            answer.rows.append(self._row)
            return
        row = self._row
        assert row is not None, "a beat of a row before its header"
        if not beat["last"]:
            if not row.masks:
                row.first_mask = when
            row.masks.append(beat["data"]["mask"])
            return
        row.trailer, row.ended = beat["data"]["trailer"], when
        self._row = None

    def _note_selected(self, when, beat):
        """A beat of ``selected``: header, part or trailer."""
        if beat["first"]:
            assert self._chunk is None, "a chunk's header inside a packet"
            assert not beat["last"], "a selection without trailer"
            self._chunk = next((a for a in self._under_way if a.status is None), None)
            assert self._chunk is not None, "a selection for a chunk that was never offered"
            self._chunk.header = beat["data"]["header"]
            return
        answer = self._chunk
        assert answer is not None, "a part of a selection before its header"
        if not beat["last"]:
            part = beat["data"]["part"]
            answer.parts.append((part["beat"], part["mask"]))
            answer.parts_taken.append(when)
            return
        trailer = beat["data"]["trailer"]
        answer.entries, answer.status = trailer["entries"], RowStatus(trailer["status"])
        answer.ended = when
        self._chunk = None
