"""The mover between two RAMs of cocotbext-axi: a second opinion on what AXI4 is."""

import itertools
import json
import os
import random

import cocotb
from cocotb.clock import Clock
from cocotbext.axi import AxiRamRead, AxiRamWrite, AxiReadBus, AxiWriteBus

from dre.kvmu import Mover, MoverConfig
from dre.packing import pack, unpack
from kvmu.expected_mover import OK
from streams import Beat, Cycles, Receiver, Sender, Stalls, fork

BUILD = MoverConfig(**json.loads(os.environ["BUILD_CONFIG"]))
PORTS = Mover(BUILD).signature.members
PAGE_BYTES, PAGES = 4096, 8


def pauses(rng, often):
    """For a channel: whether it stands still, cycle by cycle."""
    return (rng.random() < often for _ in itertools.count())


def jobs_of(rng):
    """One job a page: any part of it, to any place of a page of its own."""
    pages = rng.sample(range(PAGES), PAGES)
    page_beats = PAGE_BYTES // BUILD.beat_bytes
    for tag, (source, target) in enumerate(zip(range(PAGES), pages, strict=True)):
        beats = rng.randint(1, min(page_beats, BUILD.job_beats))
        places = [rng.randint(0, page_beats - beats) * BUILD.beat_bytes for _ in range(2)]
        yield {
            "source": source * PAGE_BYTES + places[0],
            "target": target * PAGE_BYTES + places[1],
            "bytes": beats * BUILD.beat_bytes,
            "tag": tag % BUILD.jobs,
        }


@cocotb.test(timeout_time=20, timeout_unit="ms")
@cocotb.parametrize(often=[0.0, 0.3, 0.8])
async def random_jobs(dut, often):
    """Every byte of both RAMs, with channels that stand still now and then."""
    rng = random.Random(cocotb.RANDOM_SEED)
    Clock(dut.clk, 10, "ns").start()
    size = PAGES * PAGE_BYTES
    source = AxiRamRead(AxiReadBus.from_prefix(dut, "source_"), dut.clk, dut.rst, size=size)
    target = AxiRamWrite(AxiWriteBus.from_prefix(dut, "target_"), dut.clk, dut.rst, size=size)
    content, expected = rng.randbytes(size), bytearray(rng.randbytes(size))
    source.write(0, content)
    target.write(0, bytes(expected))
    for channel in (
        *(source.ar_channel, source.r_channel),
        *(target.aw_channel, target.w_channel, target.b_channel),
    ):
        channel.set_pause_generator(pauses(fork(rng), often))
    regions = {side: {"base": 0, "limit": PAGES} for side in ("source", "target")}
    dut.regions.value = pack(PORTS["regions"].shape, regions)
    dut.quiesce.value = 0
    jobs = Sender(dut, "jobs", fork(rng), Stalls())
    done = Receiver(dut, "done", fork(rng), Stalls())
    cycles = Cycles(dut, [jobs, done])
    await cycles.reset()
    for _ in range(4):
        round_jobs = list(jobs_of(rng))
        jobs.queue.extend(Beat(pack(BUILD.job, job)) for job in round_jobs)
        while len(done.beats) < len(round_jobs):
            await cycles.step()
        statuses = [unpack(BUILD.done, beat)["status"] for _, beat in done.beats]
        assert set(statuses) == {OK}
        done.beats.clear()
        for job in round_jobs:
            begin, end = job["source"], job["source"] + job["bytes"]
            expected[job["target"] : job["target"] + job["bytes"]] = content[begin:end]
        assert source.read(0, size) == content
        assert target.read(0, size) == expected
