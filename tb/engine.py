"""A behavioural LLM engine: what surrounds the DRE, as far as the benches need it.

It offers chunks of hash words, keeps the hash tables in "near memory", answers passes over them
after a latency, applies what the hardware assigns (spec D23, D24), and notes when it happened.
Later units add mean keys, K and V writes, scores and releases here.
"""

from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from dre.layouts import NO_CAP, ChunkStatus
from dre.packing import pack, unpack
from streams import Beat, Cycles, Receiver, Sender, Stalls, fork


@dataclass
class Table:
    """One context's hash table in near memory: hash words as numbers, members."""

    words: list[int] = field(default_factory=list)
    members: list[int] = field(default_factory=list)


@dataclass
class Job:
    """One chunk to be clustered.

    ``words`` is uint8 [T, hash_bits / 8]. The faults change what is sent: the beats of the hash
    packet, and the beats of a pass (both as lists of nested dictionaries).
    """

    context: int
    words: np.ndarray
    Th_hd: int = 7
    max_clusters: int = 1024
    cluster_cap: int | None = None
    hash_fault: Callable | None = None
    table_fault: Callable | None = None

    @property
    def settings(self):
        cap = NO_CAP if self.cluster_cap is None else self.cluster_cap
        return {"Th_hd": self.Th_hd, "max_clusters": self.max_clusters, "cluster_cap": cap}


@dataclass
class Answer:
    """What the hardware said of one chunk, and when."""

    job: Job
    number: int
    clusters_before: int
    header: dict | None = None
    tokens: list[dict] = field(default_factory=list)
    clusters: int | None = None
    status: ChunkStatus | None = None
    header_sent: int | None = None
    words_sent: list[int] = field(default_factory=list)
    ended: int | None = None

    def cycles(self, lanes):
        """From the last word of the first group, when the search can begin, to the trailer."""
        return self.ended - self.words_sent[min(lanes, len(self.words_sent)) - 1]


class HashBeat(Beat):
    """A beat of a chunk; ``opens`` marks its first."""

    answer: Answer
    opens: bool


class Engine:
    """Drives an HCU, with table as a stream or on the chip.

    Parameters
    ----------
    dut : cocotb handle
        The unit.
    build : dre.HCUConfig
        Its parameters.
    rng : random.Random
        Source of all randomness.
    stalls : dict of str to Stalls
        By stream; missing ones never stall.
    table_latency : int
        Cycles from a pass request to its header.
    """

    def __init__(self, dut, build, rng, stalls=None, table_latency=0):
        stalls = defaultdict(Stalls, stalls or {})
        self._dut, self._build, self.table_latency = dut, build, table_latency
        self.hash_bits = Sender(dut, "hash_bits", fork(rng), stalls["hash_bits"])
        self.assignments = Receiver(dut, "assignments", fork(rng), stalls["assignments"])
        agents = [self.hash_bits, self.assignments]
        if build.table == "stream":
            self.passes = Receiver(dut, "passes", fork(rng), stalls["passes"])
            self.table = Sender(dut, "table", fork(rng), stalls["table"])
            agents += [self.passes, self.table]
        self._rng = fork(rng)
        self._cycles = Cycles(dut, [*agents, self])
        self.tables: dict[int, Table] = defaultdict(Table)
        dut.clear.value = 0
        dut.settings.value = 0
        self.reset()

    @property
    def now(self):
        return self._cycles.now

    @property
    def busy(self):
        """Whether a chunk still waits or is under way."""
        return bool(self._waiting or self._under_way)

    async def restart(self):
        """Reset the device and forget chunks under way; tables in memory stay."""
        await self._cycles.reset()

    def reset(self):
        self._waiting, self._under_way = deque(), deque()
        self.number = self._rng.getrandbits(16)  # numbers wrap (spec D27): begin anywhere
        self._answer = None
        self.answers: list[Answer] = []
        self.entries_read = 0

    def offer(self, *jobs):
        """Queue chunks; each is sent when its context has none under way (spec D23)."""
        self._waiting.extend(jobs)

    async def finish(self, limit=200_000):
        """Run until every chunk has been answered; return the answers, in order."""
        start = self.now
        while self.busy:
            await self._cycles.step()
            assert self.now - start < limit, (
                f"no end after {limit} cycles: {len(self._under_way)} chunks under way"
            )
        answers, self.answers = self.answers, []
        return answers

    async def idle(self, cycles):
        """Let time pass."""
        await self._cycles.step(cycles)

    def drive(self, now):
        busy = {answer.job.context for answer in self._under_way}
        while self._waiting and self._waiting[0].context not in busy:
            job = self._waiting.popleft()
            busy.add(job.context)
            self._send(job)
        if self._build.table == "stream":
            while self.passes.beats:
                self._serve(now, unpack(self._build.pass_request, self.passes.beats.popleft()[1]))

    def observe(self, now):
        for when, beat in self.hash_bits.sent:
            if beat.opens:
                beat.answer.header_sent = when
            else:
                beat.answer.words_sent.append(when)
        self.hash_bits.sent.clear()
        while self.assignments.beats:
            when, payload = self.assignments.beats.popleft()
            self._note(when, unpack(self._build.assignment_packet, payload))

    def _send(self, job):
        answer = Answer(job, self.number, len(self.tables[job.context].words))
        self.number = (self.number + 1) % 2**16
        header = {
            "context": job.context,
            "chunk": answer.number,
            "clusters": answer.clusters_before,
            "tokens": len(job.words),
        }
        beats = [{"first": 1, "last": 0, "data": {"header": header}}]
        for word in job.words:
            value = int.from_bytes(word.tobytes(), "little")
            beats.append({"first": 0, "last": 0, "data": {"word": value}})
        beats[-1]["last"] = 1
        if job.hash_fault:
            beats = job.hash_fault(beats)
        settings = {"settings": pack(self._build.settings, job.settings)}
        for n, beat in enumerate(beats):
            # Settings count with the header only; elsewhere they are rubbish.
            beside = settings if beat["first"] else {"settings": self._rubbish()}
            beat = HashBeat(pack(self._build.hash_packet, beat), beside)
            beat.answer, beat.opens = answer, n == 0
            self.hash_bits.queue.append(beat)
        self._under_way.append(answer)

    def _serve(self, now, request):
        table = self.tables[request["context"]]
        beats = [{"first": 1, "last": 0, "data": {"header": request}}]
        for word, members in zip(table.words, table.members, strict=True):
            entry = {"word": word, "members": members}
            beats.append({"first": 0, "last": 0, "data": {"entry": entry}})
        beats[-1]["last"] = 1
        self.entries_read += len(table.words)
        answer = next((a for a in self._under_way if a.number == request["chunk"]), None)
        if answer and answer.job.table_fault:
            beats = answer.job.table_fault(request["group"], beats)
        for beat in beats:
            self.table.queue.append(
                Beat(pack(self._build.table_packet, beat), not_before=now + self.table_latency)
            )

    def _note(self, when, beat):
        """A beat of ``assignments``: header, token or trailer."""
        if beat["first"]:
            assert self._answer is None, "a header inside a packet"
            assert self._under_way, "a chunk that was never offered"
            self._answer = self._under_way[0]
            self._answer.header = beat["data"]["header"]
            return
        answer = self._answer
        assert answer is not None, "a beat before its header"
        if not beat["last"]:
            answer.tokens.append(beat["data"]["token"])
            return
        answer.clusters = beat["data"]["trailer"]["clusters"]
        answer.status = ChunkStatus(beat["data"]["trailer"]["status"])
        answer.ended = when
        self._under_way.popleft()
        self._answer = None
        self.answers.append(answer)
        if answer.status == ChunkStatus.OK:
            self._apply(self.tables[answer.job.context], answer.tokens)

    def _apply(self, table, tokens):
        for token in tokens:
            if token["founded"]:
                assert token["cluster"] == len(table.words), "a gap in the table"
                table.words.append(token["word"])
                table.members.append(1)
            else:
                table.members[token["cluster"]] += 1

    def _rubbish(self):
        return self._rng.getrandbits(len(self._dut.settings))
