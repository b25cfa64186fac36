"""Commands of a KVMU and what each must bring about, made beforehand: for a replay without Python.

What gives commands to a device in a bench (`kvmu.traffic_kvmu`, `script_kvmu`, `cases_kvmu`) gives
them to a `Plan` as well, which has no device: a command is taken to be over as soon as the golden
model has done it.
"""

import random
from collections import Counter

from axi.memory import habits_of
from kvmu import coverage, replay_kvmu
from kvmu.golden_kvmu import Golden
from kvmu.moves_kvmu import Moves
from kvmu.packet_streams import PacketStreams
from kvmu.places_kvmu import places
from kvmu.replay_kvmu import MOVERS, PEERS, SIDES, Given


class Plan:
    """Stands where a `kvmu.scene_kvmu.Scene` stands in a bench.

    Parameters
    ----------
    build : dre.kvmu.KVMUConfig
    rng : random.Random
    seen : Counter
        Counts situations, as `kvmu.coverage` names them.

    Attributes
    ----------
    golden : Golden
        The model; it has done all commands.
    bases : dict of str to int
    steps : list
        For `kvmu.replay_kvmu.write`.
    commands : int
        Among the steps.
    counts, over : Counter
        What the device's counters must show; commands by status.
    chunk : int
        Number of the next chunk.
    """

    def __init__(self, build, rng, seen):
        self.build, self.rng, self.seen = build, rng, seen
        self.bases = places(rng, build)
        self.golden = Golden(build, self.bases)
        self.steps, self.commands = [], 0
        self.counts, self.over = Counter(), Counter()
        self.chunk = rng.getrandbits(16)
        self._packets = PacketStreams(build)
        self._lives = {}
        self._moves = {
            name: Moves(side, build.mover.beat_bytes, rng_of(rng), build.retries, seen, late)
            for name, side, late in zip(MOVERS, SIDES, (False, True), strict=True)
        }

    async def give(self, command, packet=None, failures=lambda page: 0):
        """A command, which is over at once; ``packet``: what it takes."""
        command = {"chunk": 0, **command}
        stream, beats = None, []
        if packet is not None:
            stream, packet, beats = self._packets.meet(command["op"], packet)
        made = self.golden.do(command, packet, failures)
        coverage.given(made, packet, self.golden, self.seen)
        coverage.observe(made, self.seen)
        life = self._lives.setdefault(made.life, len(self._lives))
        self.steps.append(Given(made, life, stream, beats, self._planned(made)))
        self.commands += 1
        self.counts += made.counts
        self.over[made.result["status"]] += 1
        return made

    def _planned(self, made):
        """What must be moved, and what becomes of it; it is kept in the steps only."""
        planned = [
            (name, self._moves[name].plan(made.number, reads, writes, times))
            for name, pages in zip(MOVERS, (made.fetched, made.offloaded), strict=True)
            for reads, writes, times in pages
        ]
        for moves in self._moves.values():
            moves.reset()
        return planned

    async def finish(self):
        """What follows waits until every command has been answered."""
        self.steps.append(replay_kvmu.wait())

    async def drained(self):
        """What follows waits until the movers have nothing under way either."""
        self.steps.append(replay_kvmu.wait(drained=True))

    def habits(self, choose=habits_of):
        """Change how the memories behave: as ``choose`` says of a generator."""
        self.steps.append(replay_kvmu.habits([choose(self.rng) for _ in range(PEERS)]))

    def outage(self, mover, side, on):
        """From now on a side of a mover answers late, or no longer; commands that follow know."""
        self.steps.append(replay_kvmu.outage(mover, side, on))


def rng_of(rng):
    """A generator of its own, so that one's use does not shift another's."""
    return random.Random(rng.getrandbits(64))


def at_once(coroutine):
    """Run what waits for nothing, as everything does on a `Plan`."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    raise RuntimeError("must not wait: nothing happens by itself")
