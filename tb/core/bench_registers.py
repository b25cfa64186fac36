"""Registers of a DRE: what they say, what they refuse, what they count, and the driver."""

import cocotb
from cocotbext.axi.constants import AxiResp

from core.build_core import BUILD, SETTINGS
from core.driven_core import Driven
from core.player_core import Player
from core.registers_core import TABLE
from core.scene_core import begin
from dre.core import DREConfig
from kvmu.golden_kvmu import BAD_COMMAND, INIT, OK

ID, BUILDS, CONTROL, COMMAND, STATUS, COUNTS = 0x000, 0x010, 0x100, 0x18C, 0x200, 0x400
MOST_COMMANDS = 8
CHUNKS = 6
NAMES = {"asic": 0, "fpga": 1, "stream": 0, "near": 1}
"""Words of build parameters that are names."""


def contexts(count):
    """Commands that begin contexts, the first ones of those that there are."""
    for context in range(count):
        yield {
            "op": INIT,
            "context": context,
            "sink_tokens": 2,
            "recent_tokens": 8,
            "max_chunk": 4,
            "held_back": 16,
            "frames": 4,
        }


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def what_it_is(dut):
    """At addresses that will never move."""
    scene = await begin(dut)

    async def word(address):
        return await scene.during(scene.registers.word(address))

    assert await word(ID) == int.from_bytes(b"V-RX", "big")
    assert await word(ID + 4) == 0x0001_0000
    for number, name in enumerate(DREConfig.__dataclass_fields__):
        value = getattr(BUILD, name)
        right = NAMES.get(value, value)
        assert await word(BUILDS + 4 * number) == right, name


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def what_it_refuses(dut):
    """SLVERR, no effect, a count and a sticky bit that a 1 clears."""
    scene = await begin(dut)
    registers, told = scene.registers, dict.fromkeys(("bad_read", "bad_write", "partial"), 0)
    told["refused"] = 0

    async def refused(cause, *access):
        answer = await scene.during(access[0](*access[1:]))
        assert answer.resp == AxiResp.SLVERR, (cause, access)
        told[cause] += 1

    async def status():
        return await scene.status("control")

    master, word = registers.master, bytes(4)
    for address in (0x8, 0x15C, 0x1FC, 0x3FC, COUNTS + 8 * len(TABLE.counts), 0xFFC):
        await refused("bad_read", master.read, address, 4)
        await refused("bad_write", master.write, address, word)
    for address in (ID, BUILDS, CONTROL + 4, COUNTS):  # read only
        await refused("bad_write", master.write, address, word)
    await refused("partial", master.write, CONTROL + 8, bytes(2))
    await refused("partial", master.write, COMMAND + 1, bytes(3))
    before = await scene.during(registers.read("base_area"))
    await refused("refused", master.write, TABLE.address_of("base_area"), b"\xff" * 4)
    assert await scene.during(registers.read("base_area")) == before
    await refused("refused", master.write, TABLE.address_of("result_take"), b"\x01\0\0\0")
    assert await status() == {"bad_read", "bad_write", "partial", "refused"}
    assert await scene.during(registers.write("status_control", partial=1))
    assert await status() == {"bad_read", "bad_write", "refused"}
    counts = await scene.during(registers.counts())
    assert {name: counts[f"control_{name}"] for name in told} == told


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def no_more_commands_than_results_have_room(dut):
    """The ninth is refused; nothing is lost, and when a result is taken there is room again."""
    scene = await begin(dut, serving=False)
    registers = scene.registers
    commands = list(contexts(1)) * MOST_COMMANDS
    for command in commands:
        assert await scene.during(registers.give(command))
    assert not await scene.during(registers.give(commands[0]))
    found = []
    while len(found) < MOST_COMMANDS:
        result = await scene.during(registers.result())
        if result:
            found.append(result["status"])
            assert await scene.during(registers.give(commands[0]))
    assert found == [OK] + [BAD_COMMAND] * (MOST_COMMANDS - 1)
    assert await scene.status("kvmu") == {"bad_command"}
    assert await scene.status("control") == {"refused"}


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def stop_and_start(dut):
    """What has been drained can be stopped, is empty afterwards, and can lie elsewhere."""
    scene = await begin(dut)
    for _ in range(2):
        for command in contexts(BUILD.contexts):
            scene.give(command)
        await scene.until(lambda: not scene.pending)
        counts = await scene.during(scene.registers.counts())
        assert counts["cycles"] > counts["busy_kvmu"] > 0
        assert await scene.during(scene.registers.write("control", run=1, quiesce=1))
        while not (await scene.state())["drained"]:
            pass
        assert await scene.during(scene.registers.write("control", run=0))
        assert not (await scene.state())["running"]
        assert not await scene.during(scene.registers.write("command", op=0))
        scene.move()
        await scene.during(scene.registers.start(scene.bases))
        counts = await scene.during(scene.registers.counts())
        assert counts["busy_kvmu"] == 0
        assert counts["cycles"] < 1_000
    assert await scene.status("control") == {"refused"}


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def nothing_stops_what_is_under_way(dut):
    """A FETCH that waits for its packet: run stays."""
    scene = await begin(dut, serving=False)
    scene._note_grant = lambda beat: None  # of commands that no model has seen
    registers = scene.registers
    (init,) = contexts(1)
    for command in (init, init | {"op": 2, "tokens": 1}, init | {"op": 3}):
        assert await scene.during(registers.give(command))
    while not (await scene.during(registers.result())):
        pass
    assert not await scene.during(registers.write("control", run=0))
    assert await scene.during(registers.read("control")) == {"run": 1, "quiesce": 0}
    assert (await scene.state())["running"]


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def interrupts(dut):
    """Each cause by itself, as long as it is there."""
    scene = await begin(dut, serving=False)
    registers = scene.registers

    async def irq(*causes):
        await scene.during(registers.write("interrupt_enable", **dict.fromkeys(causes, 1)))
        await scene.cycles.step(2)
        return bool(dut.irq.value)

    async def causes():
        bits = await scene.during(registers.read("interrupt_causes"))
        found = {name for name, bit in bits.items() if bit}
        for name in bits:
            assert await irq(name) == (name in found), name
        assert not await irq()
        return found

    assert await causes() == {"room"}
    (init,) = contexts(1)
    for _ in range(MOST_COMMANDS):
        assert await scene.during(registers.give(init))
    await scene.cycles.step(2_000)
    assert await causes() == {"result", "error"}  # all but the first are bad commands
    assert await scene.during(registers.write("status_kvmu", bad_command=1))
    assert await causes() == {"result"}
    for _ in range(MOST_COMMANDS):
        assert await scene.during(registers.result())
        await scene.cycles.step(4)
    assert await causes() == {"room"}


@cocotb.test(timeout_time=20, timeout_unit="ms", skip="trace" not in SETTINGS)
async def a_trace_by_the_driver(dut):
    """Chunks that software programs; what it counts is what has happened."""
    scene = await begin(dut, registers=Driven)
    await Player(1).play(scene, CHUNKS)
    counts = await scene.during(scene.registers.counts())
    seen = scene.seen
    assert counts["hcu_tokens"] == counts["table_tokens"] == seen["assigned"]
    assert counts["wtu_rows"] == seen["rows"]
    assert counts["kvmu_pages_read"] == seen["pages read"]
    assert counts["kvmu_pages_hit"] == seen["pages hit"]
    assert counts["kvmu_pages_written"] == seen["pages written"]
    delivered = sum(counts[f"kvmu_from_{where}"] for where in ("ring", "area", "far"))
    assert delivered == seen["delivered"]
    assert counts["beats_far_r"] * BUILD.data_bits // 8 == seen["pages read"] * 4096
    assert counts["beats_far_w"] * BUILD.data_bits // 8 == seen["pages written"] * 4096
    for unit in ("hcu", "wtu", "kvmu"):
        assert 0 < counts[f"alone_{unit}"] < counts[f"busy_{unit}"] < counts["cycles"]
    await scene.end()
