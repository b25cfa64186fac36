"""Commands and packets that are not as they should be: they change nothing, and all goes on."""

import cocotb

from kvmu import cases_kvmu, coverage
from kvmu.scene_kvmu import BUILD, begin
from kvmu.traffic_kvmu import Mix, Traffic
from streams import Stalls

CONTEXTS = tuple(sorted({0, BUILD.contexts // 2, BUILD.contexts - 1}))
STREAMS = {"selected": "selected", "assigned": "assignments"}
"""Kinds of packets, and the stream that brings them."""


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def bad_commands(dut):
    """Every kind of them, whatever else is under way."""
    scene = await begin(dut, {"commands": Stalls(valid=0.7), "results": Stalls(ready=0.2)})
    await Traffic(scene, Mix(CONTEXTS, bad=0.6, free=0.1)).run(40)


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def every_bad_command(dut):
    """All that are possible, in every state of a context."""
    await cases_kvmu.every_bad_command(await begin(dut))


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def numbers_beyond_limits(dut):
    """Every bit that is too high."""
    await cases_kvmu.numbers_beyond_limits(await begin(dut))


@cocotb.test(timeout_time=40, timeout_unit="ms")
@cocotb.parametrize(kind=list(STREAMS))
async def packets_out_of_step(dut, kind):
    """Every fault of a packet, and packets that are well before and behind it."""
    scene = await begin(dut, {STREAMS[kind]: Stalls(valid=0.6)})
    await cases_kvmu.every_wrong_packet(scene, kind)


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def all_at_once(dut):
    """Bad commands, packets out of step, pages that fail, contexts that end."""
    scene = await begin(dut)
    for _ in range(2):
        scene.habits()
        await Traffic(scene, Mix(CONTEXTS, bad=0.2, fault=0.2, fail=0.2, free=0.05)).run(45)


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def status_bits(dut):
    """Each is cleared by itself, and not by others."""
    scene = await begin(dut)
    names = []
    while len(names) < 4:
        await Traffic(scene, Mix(CONTEXTS, bad=0.5, fault=0.5, fail=0.5)).run(5)
        names = [name for name, bit in scene.read("status").items() if bit]
    for name in names:
        await scene.clear(**{name: 1})
        bits = scene.read("status")
        assert not bits[name], f"{name} was not cleared"
        assert sum(bits.values()) == len(names) - names.index(name) - 1


@cocotb.test()
async def every_situation_has_been_seen(dut):
    """Functional coverage of the cases above; only meaningful when all of them have run."""
    missing = coverage.missing(BUILD, "bad")
    assert not missing, f"never seen: {', '.join(missing)}"
