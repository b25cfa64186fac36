"""What every bench of the mover begins with: device, two memories, jobs, and the judge of them."""

import json
import os
import random
from collections import Counter, defaultdict, deque

import cocotb
from cocotb.clock import Clock

from axi.memory import Habits
from axi.read_peer import ReadPeer
from axi.space import Region
from axi.write_peer import WritePeer
from dre.kvmu import Mover, MoverConfig
from dre.packing import pack, unpack
from kvmu import coverage_mover
from kvmu.expected_mover import Round
from streams import Beat, Cycles, Receiver, Sender, Stalls, fork

BUILD = MoverConfig(**json.loads(os.environ["BUILD_CONFIG"]))
PORTS = Mover(BUILD).signature.members
PAGE_BYTES = 4096
PAGES = 4
"""Of each memory."""

WILLING = (Habits(), Habits())
"""Of source and target: as quick as may be."""


class Scene:
    """One mover between two memories.

    Attributes
    ----------
    rng : random.Random
        Seeded by the run's seed.
    source, target : ReadPeer, WritePeer
        The memories.
    jobs : Sender
    done : Receiver
    events : Counter
        What the device said of itself since the last round began.
    """

    def __init__(self, dut, habits=WILLING, stalls=None):
        self.rng, self._dut = random.Random(cocotb.RANDOM_SEED), dut
        stalls = defaultdict(Stalls, stalls or {})
        late = 3 * BUILD.timeout
        content = [bytearray(self.rng.randbytes(PAGES * PAGE_BYTES)) for _ in range(2)]
        spaces = [Region(0, bytes_of_it) for bytes_of_it in content]
        self.source = ReadPeer(dut, "source", BUILD, spaces[0], fork(self.rng), habits[0], late)
        self.target = WritePeer(dut, "target", BUILD, spaces[1], fork(self.rng), habits[1], late)
        self.jobs = Sender(dut, "jobs", fork(self.rng), stalls["jobs"])
        self.done = Receiver(dut, "done", fork(self.rng), stalls["done"])
        self.cycles = Cycles(dut, [self.jobs, self.done, self.source, self.target, self])
        self.events, self._round, self._sent = Counter(), None, 0
        self.move()
        dut.quiesce.value = 0

    def move(self, bases=None):
        """Both memories lie elsewhere from now on, at random: only while the device is idle."""
        self.bases = bases or [self._base(), self._base()]
        self.source.space.base, self.target.space.base = self.bases
        regions = {
            side: {"base": base // PAGE_BYTES, "limit": base // PAGE_BYTES + PAGES}
            for side, base in zip(("source", "target"), self.bases, strict=True)
        }
        self.allow(regions)

    def allow(self, regions):
        """What the device is told: where it may read and write."""
        self._dut.regions.value = pack(PORTS["regions"].shape, regions)

    def _base(self):
        """Anywhere, at both ends too."""
        most = 2**BUILD.address_bits // PAGE_BYTES - PAGES
        return self.rng.choice([0, most, self.rng.randint(0, most)]) * PAGE_BYTES

    def reset(self):
        self._round = None

    def drive(self, now):
        """The scene only looks."""

    def observe(self, now):
        begun = len(self.jobs.sent) - self._sent
        if self._round and begun > len(self._round.status):
            assert not self.state["idle"], "a job is under way"
        events = int(self._dut.events.value)
        if events:
            for name, bit in unpack(PORTS["events"].shape, events).items():
                self.events[name] += bit
        while self.done.beats:
            answer = unpack(BUILD.done, self.done.beats.popleft()[1])
            self._round.ended(answer["tag"], answer["status"])

    @property
    def state(self):
        """The port ``state``, as a dictionary."""
        return unpack(PORTS["state"].shape, int(self._dut.state.value))

    def habits(self, source=None, target=None):
        """Change how the memories behave."""
        self.source.habits = source or self.source.habits
        self.target.habits = target or self.target.habits

    @property
    def over(self):
        """Whether every job of the round has ended."""
        return self._round.over

    @property
    def statuses(self):
        """Of the jobs that have ended."""
        return list(self._round.status.values())

    def forget(self):
        """The round is not judged: which of its bursts were written is open."""
        self._round.each_burst_is_old_or_new()
        self._round = None

    def offer(self, jobs):
        """Begin a round: queue its jobs."""
        assert self._round is None or self._round.over, "the round before is not over"
        self.events.clear()
        for peer in (self.source, self.target):
            peer.bursts = []
        self._round, self._sent = Round(BUILD, jobs, self.source, self.target), len(self.jobs.sent)
        for job in jobs:
            self.jobs.queue.append(Beat(pack(BUILD.job, job)))
        return self._round

    async def finish(self, limit=200_000):
        """Run until every job of the round has ended, and judge it; returns the round."""
        start = self.cycles.now
        while not self._round.over:
            await self.cycles.step()
            assert self.cycles.now - start < limit, f"no end: {self._round.open} jobs under way"
        await self.cycles.step(4)
        assert self.state["idle"], "every job has ended"
        self._round.judge(self.events)
        coverage_mover.observe(self._round, BUILD)
        coverage_mover.export()
        return self._round

    async def quiet(self, limit=50_000):
        """Wait until the device says that it is drained."""
        start = self.cycles.now
        await self.cycles.step(8)
        while not self.state["drained"]:
            await self.cycles.step()
            assert self.cycles.now - start < limit, "the device does not drain"

    async def play(self, jobs):
        """Offer jobs, let them end, judge them; returns the round."""
        self.offer(jobs)
        return await self.finish()

    async def restart(self):
        """Reset the device and both memories' ports; the content stays."""
        await self.cycles.reset()
        assert not int(self._dut.events.value), "an event after reset"

    def ranges(self, count, sizes, odd=True):
        """Jobs whose sources, and whose targets, are apart from each other.

        ``sizes(rng)`` gives the beats of a job; ``odd``: they begin at any beat, not at pages.
        """
        beat, jobs, tags = BUILD.beat_bytes, [], deque()
        places = [self._cuts(count, sizes, odd), None]
        places[1] = self._cuts(len(places[0]), None, odd, [size for _, size in places[0]])
        self.rng.shuffle(places[1])
        by_size = defaultdict(list)
        for place, size in places[1]:
            by_size[size].append(place)
        for place, size in places[0]:
            if not by_size[size]:
                continue
            if not tags:
                tags.extend(self.rng.sample(range(BUILD.jobs), BUILD.jobs))
            jobs.append(
                {
                    "source": self.bases[0] + place * beat,
                    "target": self.bases[1] + by_size[size].pop() * beat,
                    "bytes": size * beat,
                    "tag": tags.popleft(),
                }
            )
        self.rng.shuffle(jobs)
        return jobs

    def _cuts(self, count, sizes, odd, given=None):
        """Places and sizes, in beats, one behind the other with gaps."""
        end, page = PAGES * PAGE_BYTES // BUILD.beat_bytes, PAGE_BYTES // BUILD.beat_bytes
        place, cuts = 0, []
        given = list(given or [])
        self.rng.shuffle(given)
        for n in range(count):
            size = given[n] if given else sizes(self.rng)
            gap = self.rng.choice([0, 0, 1, self.rng.randint(0, page)]) if odd else 0
            if place + gap + size > end:
                break
            cuts.append((place + gap, size))
            place += gap + size
            if not odd:
                place = -(-place // page) * page
        return cuts


def sizes_of(rng):
    """Beats of a job: one, a burst and what lies around it, a page, anything."""
    page, burst = PAGE_BYTES // BUILD.beat_bytes, BUILD.burst_beats
    most = min(BUILD.job_beats, 3 * page)
    size = rng.choice([1, 2, burst - 1, burst, burst + 1, page, rng.randint(1, most)])
    return max(1, min(size, most))


async def begin(dut, habits=WILLING, stalls=None):
    """Start the clock, reset, and set the scene."""
    Clock(dut.clk, 10, "ns").start()
    scene = Scene(dut, habits, stalls)
    await scene.restart()
    return scene
