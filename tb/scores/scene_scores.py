"""What every bench of the row reader begins with: device, memory, streams, and a plain judge.

The scene stands for both neighbours: an engine that writes rows into memory and offers chunks,
and a WTU that takes a chunk when it has all rows of the one before, and asks row by row.
"""

import json
import os
import random
from collections import defaultdict, deque
from dataclasses import dataclass

import cocotb
from cocotb.clock import Clock

from axi.memory import Habits
from axi.space import Region
from dre.packing import pack, unpack
from dre.scores import ScoreReader
from dre.table import TableConfig
from monitored import Monitored
from streams import Beat, Cycles, Receiver, Sender, Stalls, fork
from table.memory_table import Fetches, fetched
from table.requests_table import Requests

BUILD = TableConfig(**json.loads(os.environ["BUILD_CONFIG"]))
PORTS = ScoreReader(BUILD).signature.members
PLACED = PORTS["placed"].signature.members["payload"].shape
CHUNK = PORTS["chunks"].signature.members["payload"].shape
PAGES = 64
PAGE_BYTES = 4_096
MOST_ROWS = 5
"""Of a chunk of a bench, where there may be more."""


@dataclass
class Chunk:
    """What is offered, and where its rows lie.

    Attributes
    ----------
    header : dict
        context, chunk, clusters.
    rows : list of list of int
        Scores, by their bits.
    place : int
        Address of the first one.
    """

    header: dict
    rows: list
    place: int

    @property
    def beat(self):
        return {**self.header, "rows": len(self.rows), "place": self.place // BUILD.burst_bytes}


class Willing(Receiver):
    """Takes a beat when it is told to."""

    wanted = False

    def drive(self, now):
        super().drive(now)
        if not self.wanted:
            self._ready.value = 0

    def observe(self, now):
        super().observe(now)
        self.wanted &= not self.beats


class Scene(Monitored):
    """A row reader, its memory and its neighbours.

    Attributes
    ----------
    rng : random.Random
    answers : table.requests_table.Requests
        What has been asked for, and what must come.
    port : Fetches
        The memory.
    """

    def __init__(self, dut, stalls=None, habits=None):
        self.rng = random.Random(cocotb.RANDOM_SEED)
        super().__init__(dut, PORTS, self)
        stalls = defaultdict(Stalls, stalls or {})
        most = 2**BUILD.address_bits // PAGE_BYTES - PAGES
        base = self.rng.choice([0, most, self.rng.randint(0, most)]) * PAGE_BYTES
        self.space = Region(base, bytearray(self.rng.randbytes(PAGES * PAGE_BYTES)))
        habits = habits or Habits(latency=(0, 3))
        self.port = Fetches(dut, "bus", fetched(BUILD), self.space, fork(self.rng), habits)
        self.answers = Requests(BUILD, self.port, 2 * BUILD.lanes, BUILD.lanes)
        self._placed = Sender(dut, "placed", fork(self.rng), stalls["placed"])
        self._reads = Sender(dut, "reads", fork(self.rng), stalls["reads"])
        self._chunks = Willing(dut, "chunks", fork(self.rng), stalls["chunks"])
        self._scores = Receiver(dut, "scores", fork(self.rng), stalls["scores"])
        streams = [self._placed, self._reads, self._chunks, self._scores]
        self.cycles = Cycles(dut, [*streams, self.port, self])
        self._offered, self._number, self._end = deque(), self.rng.getrandbits(16), 0
        dut.clear.value = 0

    # As an agent of the cycles, and as the engine of `Monitored`.

    def reset(self):
        """Everything that was under way is forgotten."""
        self.counts.clear()
        self.answers.forget()
        self._offered.clear()

    def drive(self, now):
        """The scene only looks."""

    def observe(self, now):
        while self._scores.beats:
            self.answers.see(unpack(BUILD.entries_packet, self._scores.beats.popleft()[1]))

    async def idle(self, cycles):
        await self.cycles.step(cycles)

    # What is done.

    def offer(self, clusters, rows, context=None, gap=0):
        """A chunk with scores in memory, ``gap`` bursts behind those of the one before."""
        rng, size = self.rng, row_bytes(clusters)
        context = rng.randrange(BUILD.contexts) if context is None else context
        begin = self._end + gap * BUILD.burst_bytes
        if begin + rows * size > len(self.space.content):
            begin = 0
        self._end = begin + rows * size
        self._number = (self._number + 1) % 2**16
        header = {"context": context, "chunk": self._number, "clusters": clusters}
        scores = [[rng.getrandbits(16) for _ in range(clusters)] for _ in range(rows)]
        chunk = Chunk(header, scores, self.space.base + begin)
        for row, own in enumerate(scores):
            content = b"".join(score.to_bytes(2, "little") for score in own)
            filling = rng.randbytes(size - len(content))
            self.space.store(chunk.place + row * size, content + filling)
        self._offered.append(chunk)
        self._placed.queue.append(Beat(pack(PLACED, chunk.beat)))
        return chunk

    async def take(self):
        """As a WTU: the next chunk, when all that was asked for has come."""
        await self.until(lambda: not self.answers.open)
        self._chunks.wanted = True
        await self.until(lambda: self._chunks.beats)
        chunk = self._offered.popleft()
        found = unpack(CHUNK, self._chunks.beats.popleft()[1])
        assert found == {**chunk.header, "rows": len(chunk.rows)}
        return chunk

    def ask(self, chunk, row, empty=False):
        """As a WTU: a row of the chunk that was taken."""
        request = {**chunk.header, "row": row}
        scores, lanes = chunk.rows[row], BUILD.lanes
        beats = [scores[n : n + lanes] for n in range(0, len(scores), lanes)]
        self.answers.expect(request, beats, empty=empty)
        counts = self.rng.getrandbits(1)  # no business of this unit
        self._reads.queue.append(Beat(pack(BUILD.row_request, {**request, "counts": counts})))

    async def until(self, over, limit=60_000):
        """Let cycles pass until something is over."""
        start = self.cycles.now
        while not over():
            await self.cycles.step()
            assert self.cycles.now - start < limit, "no end"

    async def settle(self):
        """Until the unit says that it is idle."""
        await self.until(lambda: int(self._dut.idle.value))

    async def end(self):
        """Everything has come, only it was read, and all was counted."""
        await self.until(lambda: not (self.answers.open or self._reads.queue or self._offered))
        await self.cycles.step(4)
        await self.settle()
        await self.cycles.step(4)
        self.check_monitor()


def row_bytes(clusters):
    """From one row to the next (spec D146)."""
    return -(-2 * clusters // BUILD.burst_bytes) * BUILD.burst_bytes


async def begin(dut, stalls=None, habits=None):
    """Start the clock, reset, and set the scene."""
    Clock(dut.clk, 10, "ns").start()
    scene = Scene(dut, stalls, habits)
    await scene.cycles.reset()
    return scene
