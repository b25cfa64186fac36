"""What every bench of the HCU begins with: clock, reset, engine, golden model, random generator."""

import json
import os
import random

import cocotb
from cocotb.clock import Clock

from dre import HCU, HCUConfig
from dre.layouts import ChunkStatus
from engine import Engine
from hcu import coverage
from hcu.golden import Golden
from monitored import Monitored

BUILD = HCUConfig(**json.loads(os.environ["BUILD_CONFIG"]))
SETTINGS = json.loads(os.environ["BENCH"])
ON_CHIP = BUILD.table == "memory"
PORTS = HCU(BUILD).signature.members


class Scene(Monitored):
    """One device with its surroundings.

    Attributes
    ----------
    rng : random.Random
        Seeded by the run's seed.
    engine : Engine
        The behavioural LLM engine.
    golden : Golden
        The judge.
    """

    def __init__(self, dut, stalls=None, table_latency=0):
        self.rng = random.Random(cocotb.RANDOM_SEED)
        super().__init__(dut, PORTS, Engine(dut, BUILD, self.rng, stalls, table_latency))
        self.golden = Golden(BUILD)

    async def restart(self, *, forget=False):
        """Reset the device; ``forget`` all tables too. An on-chip table is always lost."""
        self.judge(self.engine.answers)
        await self.engine.restart()
        self.counts.clear()
        if forget or ON_CHIP:
            self.golden.tables.clear()
            self.engine.tables.clear()

    def forget(self, *contexts):
        """These contexts' tables are no longer looked at, and begin anew."""
        for context in contexts:
            self.golden.tables.pop(context, None)
            self.engine.tables.pop(context, None)

    async def play(self, *jobs, status=None):
        """Offer chunks, let them finish, judge every answer; return the answers."""
        self.engine.offer(*jobs)
        answers = await self.engine.finish()
        assert len(answers) == len(jobs)
        self.judge(answers, status)
        return answers

    def judge(self, answers, status=None):
        """Hold answers against the golden model, in their order."""
        for answer in answers:
            coverage.observe(answer, self.golden.tables[answer.job.context], BUILD)
            self.golden.judge(answer, status)
            self.counts["chunks"] += answer.status == ChunkStatus.OK
            self.counts["refused"] += answer.status == ChunkStatus.REFUSED
            self.counts["bad_config"] += answer.status == ChunkStatus.BAD_CONFIG
            self.counts["tokens"] += len(answer.tokens)
            self.counts["founded"] += sum(token["founded"] for token in answer.tokens)
            self.counts["full"] += sum(token["full"] for token in answer.tokens)
        coverage.export()

    async def end(self):
        """Nothing is left over: tables, counters and sticky bits are what they must be."""
        await self.engine.idle(4)
        self.golden.compare_tables(self.engine.tables)
        self.check_monitor()


async def begin(dut, stalls=None, table_latency=0):
    """Start the clock, reset, and set the scene."""
    Clock(dut.clk, 10, "ns").start()
    scene = Scene(dut, stalls, table_latency)
    await scene.restart()
    return scene
