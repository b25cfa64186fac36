"""What every bench of the table unit begins with: device, memory, streams, and their judge."""

import json
import os
import random
from collections import Counter, defaultdict, deque

import cocotb
from cocotb.clock import Clock

from axi.memory import Habits
from axi.space import Region
from dre.layouts import ChunkStatus
from dre.packing import pack, unpack
from dre.table import TableConfig, TableUnit
from monitored import Monitored
from streams import Beat, Cycles, Receiver, Sender, Stalls, fork
from table.memory_table import Fetches, Reads, Writes, changed, fetched
from table.plain_table import PAGE_BYTES, Layout, Plain
from table.requests_table import Requests

BUILD = TableConfig(**json.loads(os.environ["BUILD_CONFIG"]))
PORTS = TableUnit(BUILD).signature.members
LAYOUT = Layout(BUILD)


class Scene(Monitored):
    """A table unit in its memory.

    Attributes
    ----------
    rng : random.Random
    plain : Plain
        The tables as they must be.
    passes, tallies : Requests
        What has been asked for, and what must come.
    words_port, tallies_port, reads_port, writes_port
        The memory.
    """

    def __init__(self, dut, stalls=None, habits=None):
        self.rng = random.Random(cocotb.RANDOM_SEED)
        super().__init__(dut, PORTS, self)
        stalls = defaultdict(Stalls, stalls or {})
        habits = habits or Habits(latency=(0, 3))
        pages = -(-LAYOUT.size // PAGE_BYTES)
        most = 2**BUILD.address_bits // PAGE_BYTES - pages
        base = self.rng.choice([0, most, self.rng.randint(0, most)])
        self.space = Region(base * PAGE_BYTES, bytearray(self.rng.randbytes(pages * PAGE_BYTES)))
        self._make_memory(dut, habits)
        for name in ("passes", "reads", "assignments", "aged"):
            setattr(self, f"{name}_in", Sender(dut, name, fork(self.rng), stalls[name]))
        for name in ("table", "counts", "assigned"):
            setattr(self, f"{name}_out", Receiver(dut, name, fork(self.rng), stalls[name]))
        streams = [getattr(self, name) for name in vars(self) if name.endswith(("_in", "_out"))]
        self.cycles = Cycles(dut, [*streams, *self._memory, self])
        self.plain, self._chunk = Plain(), 0
        self.image = bytearray(self.space.content)  # memory as it must be, all of it
        self.passes = Requests(BUILD, self.words_port, LAYOUT.entry_bytes, 1)
        self.tallies = Requests(BUILD, self.tallies_port, 2 * BUILD.lanes, BUILD.lanes)
        self._deciding, self._aging = deque(), deque()
        dut.base.value, dut.clear.value = base, 0

    def _make_memory(self, dut, habits):
        fetch, change = fetched(BUILD), changed(BUILD, LAYOUT.entry_bytes)
        self.words_port, self.tallies_port = (
            Fetches(dut, name, fetch, self.space, fork(self.rng), habits)
            for name in ("words", "tallies")
        )
        self.reads_port, self.writes_port = (
            kind(dut, "changes", change, self.space, fork(self.rng), habits)
            for kind in (Reads, Writes)
        )
        self._memory = [self.words_port, self.tallies_port, self.reads_port, self.writes_port]

    # As an agent of the cycles, and as the engine of `Monitored`.

    def reset(self):
        """Everything that was under way is forgotten."""

    def drive(self, now):
        """The scene only looks."""

    async def idle(self, cycles):
        await self.cycles.step(cycles)

    def observe(self, now):
        while self.table_out.beats:
            self.passes.see(unpack(BUILD.table_packet, self.table_out.beats.popleft()[1]))
        while self.counts_out.beats:
            self.tallies.see(unpack(BUILD.entries_packet, self.counts_out.beats.popleft()[1]))
        while self.assigned_out.beats:
            self._see_assigned(self.assigned_out.beats.popleft()[1])
        while self._aging and len(self.aged_in.queue) < len(self._aging):
            context, cluster = self._aging.popleft()
            if context is not None:
                self.plain.age(context, cluster)
                self.counts["aged"] += 1

    def _see_assigned(self, beat):
        """Beats come as they were sent; a chunk counts when its trailer is seen."""
        sent, counts = self._deciding.popleft()
        assert beat == sent, f"assigned: {beat:#x}, not {sent:#x}"
        if counts:
            context, tokens = counts
            self.plain.apply(context, tokens)
            self.counts["chunks"] += 1
            self.counts["tokens"] += len(tokens)

    # What is done.

    def ask_pass(self, context, clusters=None, group=0):
        """A pass over what there is, or over so many clusters."""
        entries = self.plain.entries[context]
        clusters = len(entries) if clusters is None else clusters
        request = self._request(context, clusters, group=group)
        self.passes.expect(request, [tuple(entry) for entry in entries[:clusters]])
        self.passes_in.queue.append(Beat(pack(BUILD.pass_request, request)))

    def ask_counts(self, context, clusters=None, row=0):
        """Counts of what there is, or of so many clusters."""
        counts = self.plain.counts[context]
        clusters = len(counts) if clusters is None else clusters
        request = self._request(context, clusters, row=row)
        counts = counts[:clusters]
        beats = [counts[n : n + BUILD.lanes] for n in range(0, len(counts), BUILD.lanes)]
        self.tallies.expect(request, beats)
        self.reads_in.queue.append(Beat(pack(BUILD.row_request, {**request, "counts": 1})))

    def ask_empty(self, context, clusters=1):
        """Requests of both kinds that get packets without payload."""
        request = self._request(context, clusters, group=0)
        self.passes.expect(request, [None] * clusters, empty=True)
        self.passes_in.queue.append(Beat(pack(BUILD.pass_request, request)))
        request = self._request(context, clusters, row=0)
        self.tallies.expect(request, [None] * clusters, empty=True)
        self.reads_in.queue.append(Beat(pack(BUILD.row_request, {**request, "counts": 1})))

    def ask_nothing(self, context):
        """A request of a row without counts."""
        request = self._request(context, len(self.plain.counts[context]), row=0)
        self.reads_in.queue.append(Beat(pack(BUILD.row_request, request)))

    def _request(self, context, clusters, **more):
        self._chunk = (self._chunk + 1) % 2**16
        return {"context": context, "chunk": self._chunk, "clusters": clusters, **more}

    def decide(
        self, context, tokens, status=ChunkStatus.OK, counts=True, change=lambda beats: beats
    ):
        """The packet of a chunk; ``counts``: it changes the table; ``change``: to damage it."""
        known = len(self.plain.entries[context])
        header = self._request(context, known, tokens=min(len(tokens), BUILD.max_chunk))
        founded = sum(token["founded"] for token in tokens)
        trailer = {"clusters": min(known + founded, BUILD.max_clusters), "status": status.value}
        beats = change(
            [
                {"first": 1, "last": 0, "data": {"header": header}},
                *({"first": 0, "last": 0, "data": {"token": token}} for token in tokens),
                {"first": 0, "last": 1, "data": {"trailer": trailer}},
            ]
        )
        for n, beat in enumerate(beats):
            number = pack(BUILD.assignment_packet, beat)
            final = n == len(beats) - 1
            counting = counts and final and status == ChunkStatus.OK
            self._deciding.append((number, (context, tokens) if counting else None))
            self.assignments_in.queue.append(Beat(number))

    def age(self, context, cluster, counts=True):
        """A token of a cluster becomes a far token."""
        self._aging.append((context, cluster) if counts else (None, None))
        self.aged_in.queue.append(
            Beat(pack(BUILD.aged_token, {"context": context, "cluster": cluster}))
        )

    @property
    def changing(self):
        """Whether changes have been sent that have not been taken."""
        return bool(self._deciding or self._aging)

    @property
    def under_way(self):
        """Whether anything has been sent that has not come to its end."""
        requests = self.passes.open or self.tallies.open or self.reads_in.queue
        return bool(self.changing or requests)

    async def until(self, over, limit=30_000):
        """Let cycles pass until something is over."""
        start = self.cycles.now
        while not over():
            await self.cycles.step()
            assert self.cycles.now - start < limit, "no end"

    async def finish(self):
        """Until all of it has, and the unit says that it is idle."""
        await self.until(lambda: not self.under_way)
        await self.settle()

    async def settle(self):
        """Until the unit says that it is idle."""
        await self.cycles.step(4)
        await self.until(lambda: self.read("state")["idle"])

    async def end(self):
        """All is as it must be."""
        await self.finish()
        await self.cycles.step(4)
        LAYOUT.check(self.space.content, self.plain)
        for context in range(BUILD.contexts):
            LAYOUT.write(self.image, self.plain, context)
        assert self.space.content == self.image, "something else has been written"
        self.check_monitor()

    def begin_anew(self, context):
        """A context begins anew; what memory holds of it stays."""
        LAYOUT.write(self.image, self.plain, context)
        self.plain.begin(context)

    async def restart(self):
        """Reset, of the memory's ports too. What memory holds stays."""
        await self.cycles.reset()
        self.counts = Counter()
        self.image[:] = self.space.content  # what was under way is written, or not
        for requests in (self.passes, self.tallies):
            requests.forget()
        self._deciding.clear()
        self._aging.clear()


async def begin(dut, stalls=None, habits=None):
    """Start the clock, reset, and set the scene."""
    Clock(dut.clk, 10, "ns").start()
    scene = Scene(dut, stalls, habits)
    await scene.restart()
    return scene
