"""What every bench of the WTU begins with: clock, reset, engine, golden model, random generator."""

import json
import os
import random

import cocotb
from cocotb.clock import Clock

from dre import WTU, WTUConfig
from dre.layouts import RowStatus
from monitored import Monitored
from wtu import coverage
from wtu.golden import Golden
from wtu.score_engine import ScoreEngine

BUILD = WTUConfig(**json.loads(os.environ["BUILD_CONFIG"]))
SETTINGS = json.loads(os.environ["BENCH"])
PORTS = WTU(BUILD).signature.members


class Scene(Monitored):
    """One device with its surroundings.

    Attributes
    ----------
    rng : random.Random
        Seeded by the run's seed.
    engine : ScoreEngine
        What surrounds the unit.
    golden : Golden
        The judge.
    """

    def __init__(self, dut, stalls=None, latency=0, in_order=False):
        self.rng = random.Random(cocotb.RANDOM_SEED)
        super().__init__(dut, PORTS, ScoreEngine(dut, BUILD, self.rng, stalls, latency, in_order))
        self.golden = Golden(BUILD)

    async def restart(self):
        """Reset the device; chunks that have been answered are judged, others forgotten."""
        self.judge(self.engine.answers)
        await self.engine.restart()
        self.counts.clear()

    async def play(self, *jobs, lost=(), given=None):
        """Offer chunks, let all chunks finish, judge every answer; return the answers."""
        self.engine.offer(*jobs)
        answers = await self.engine.finish()
        self.judge(answers, lost, given)
        return answers

    def judge(self, answers, lost=(), given=None):
        """Hold answers against the golden model, in their order."""
        for answer in answers:
            rows = self.golden.judge(answer, lost, given)
            coverage.observe(answer.job, rows, BUILD)
            self._count(answer, rows)
        coverage.export()

    def _count(self, answer, rows):
        """What the golden rows add to the counters (spec D49)."""
        bad = answer.job.is_bad(BUILD)
        self.counts["chunks"] += not bad
        self.counts["bad_config"] += bad
        self.counts["rows"] += len(rows)
        for row in rows:
            for name in ("entries", "saturated"):
                self.counts[name] += row.trailer[name]
            for status in (RowStatus.NOT_FINITE, RowStatus.TOO_MANY_TOKENS):
                self.counts[status.name.lower()] += row.trailer["status"] == status.value
            self.counts["no_mass"] += row.no_mass

    async def end(self):
        """Nothing is left over: counters and sticky bits are what they must be."""
        await self.engine.idle(4)
        assert not self.engine.answers, "an answer to nothing"
        self.check_monitor()


async def begin(dut, stalls=None, latency=0, in_order=False):
    """Start the clock, reset, and set the scene."""
    Clock(dut.clk, 10, "ns").start()
    scene = Scene(dut, stalls, latency, in_order)
    await scene.restart()
    return scene
