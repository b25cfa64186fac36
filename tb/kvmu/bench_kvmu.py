"""The KVMU between memories that are well: every grant, delivery and page, whatever the stalls."""

import cocotb

from dre.axi import PAGE_BYTES
from kvmu import coverage
from kvmu.cases_kvmu import WELL
from kvmu.golden_kvmu import FREE, OK
from kvmu.scene_kvmu import BUILD, begin
from kvmu.script_kvmu import Script
from kvmu.traffic_kvmu import SELECTIONS, Mix, Traffic
from kvmu.watched import Watched
from streams import Stalls

CONTEXTS = tuple(sorted({0, BUILD.contexts // 2, BUILD.contexts - 1}))

MIXES = {
    "ready": {},
    "slow": {
        **{name: Stalls(valid=0.2) for name in ("commands", "selected", "assignments")},
        **{name: Stalls(ready=0.2) for name in ("results", "grants", "deliveries")},
    },
    "lazy": {
        **{name: Stalls(valid=0.7) for name in ("commands", "selected", "assignments")},
        **{name: Stalls(ready=0.7, lazy=True) for name in ("results", "grants", "deliveries")},
    },
}


@cocotb.test(timeout_time=40, timeout_unit="ms")
@cocotb.parametrize(mix=list(MIXES))
async def random_commands(dut, mix):
    """Several contexts, memories of any habit."""
    scene = await begin(dut, MIXES[mix])
    for _ in range(2):
        scene.habits()
        await Traffic(scene, Mix(CONTEXTS)).run(30)


@cocotb.test(timeout_time=40, timeout_unit="ms")
@cocotb.parametrize(how=list(SELECTIONS))
async def one_context(dut, how):
    """Selections of one kind: until far memory is full, or the context is."""
    scene = await begin(dut)
    await Traffic(scene, Mix(fetch=1.0, free=0.0, selections=(how,))).run(25)


@cocotb.test(timeout_time=40, timeout_unit="ms")
@cocotb.parametrize(case=WELL)
async def a_case(dut, case):
    """One of those that come with every seed."""
    await case(await begin(dut))


@cocotb.test(timeout_time=40, timeout_unit="ms", skip=BUILD.store != "near")
async def descriptors_lie_first(dut):
    """Sixteen words a context, from the first page on; they begin with two of its sizes (D88)."""
    scene = await begin(dut)
    first, memory = scene.bases["store"] * PAGE_BYTES, scene.home[0].space
    for context in range(BUILD.contexts):
        sizes = {"sink_tokens": context + 1, "recent_tokens": 2 * context, "max_chunk": 1}
        made = await Script(scene, context).init(**sizes)
        assert made.result["status"] == OK
        await scene.finish()
        await scene.drained()
        word = int.from_bytes(memory.load(first + 16 * 8 * context, 8), "little")
        assert (word & 255, word >> 8 & 65_535) == (context + 1, 2 * context)


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def contexts_that_end(dut):
    """Early, in every state: what they had is given back and used again."""
    scene = await begin(dut)
    await Traffic(scene, Mix(CONTEXTS, free=0.2)).run(50)


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def quiesce_drains(dut):
    """What has begun ends; nothing more is begun until it is released."""
    scene = await begin(dut)
    traffic = Traffic(scene, Mix(CONTEXTS, fetch=1.0))
    for _ in range(6):
        await traffic.run(4)
        await traffic.next(CONTEXTS[0])
        await scene.step(scene.rng.randint(0, 100))
        scene.quiet = True
        await scene.drained()
        ended = sum(scene.over.values())
        await scene.give({"op": FREE, "context": 4095})  # which does not exist: soon answered
        await scene.step(100)
        assert sum(scene.over.values()) == ended, "a command was begun while quiet"
        scene.quiet = False
        await scene.finish()


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def reset_in_mid_operation(dut):
    """From any moment on: VALIDs are 0 at once, nothing is left over, and all goes on."""
    scene = await begin(dut)
    for _ in range(4):
        scene.habits()
        traffic = Traffic(scene, Mix(CONTEXTS, fetch=1.0))
        await traffic.run(scene.rng.randint(5, 20))
        work = Watched(dut, traffic.run(20))
        for _ in range(scene.rng.randint(1, 600)):
            await cocotb.triggers.RisingEdge(dut.clk)
        work.stop()
        work.judge()
        await scene.restart()
        await scene.step()
        for port in ("far", "near"):
            for name in ("arvalid", "awvalid", "wvalid"):
                assert not bool(getattr(dut, f"{port}__{name}").value), f"{port} {name}"
        for name in ("results", "grants", "deliveries"):
            assert not bool(getattr(dut, f"{name}__valid").value), f"{name} after reset"


@cocotb.test()
async def every_situation_has_been_seen(dut):
    """Functional coverage of the cases above; only meaningful when all of them have run."""
    missing = coverage.missing(BUILD, "plain")
    assert not missing, f"never seen: {', '.join(missing)}"
