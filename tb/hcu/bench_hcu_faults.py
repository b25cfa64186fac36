"""The HCU among faults: bad settings, reset in mid-chunk, sticky status.

After every fault the next chunks must be right, without a reset, and no table may have changed.
"""

import cocotb

from broken_packets import stray
from dre.layouts import ChunkStatus
from engine import Job
from hcu import coverage
from hcu.faults import LIMITS, SIZE, STALLS, A, B, chunk, surrounded
from hcu.scene import BUILD, ON_CHIP, begin
from hcu.workload import random_job


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def bad_settings_are_refused(dut):
    """Each rule of spec D31, broken alone."""
    scene = await begin(dut, STALLS)
    good = {"Th_hd": 7, "max_clusters": BUILD.max_clusters, "cluster_cap": None}
    bad = [{"max_clusters": 0}, {"cluster_cap": 0}]
    layout = BUILD.settings
    for name, allowed in (("Th_hd", BUILD.hash_bits + 1), ("max_clusters", BUILD.max_clusters)):
        largest = 2 ** layout[name].width - 1
        bad += [{name: value} for value in {allowed + 1, largest} if allowed < value <= largest]
    for change in bad:
        for size in {0, 1, SIZE}:
            job = Job(B, chunk(scene, size), **{**good, **change})
            await surrounded(scene, job, ChunkStatus.BAD_CONFIG)
    await scene.end()


FIELDS = BUILD.hash_packet["data"].shape["header"].shape
LIMITED = [  # header fields that can say more than is allowed
    (name, allowed)
    for name, allowed in (("tokens", BUILD.max_chunk), ("clusters", BUILD.max_clusters))
    if allowed + 1 < 2 ** FIELDS[name].width
]


@cocotb.test(timeout_time=20, timeout_unit="ms", skip=not LIMITED)
async def bad_headers_are_refused(dut):
    """More tokens or clusters than the build can do."""
    scene = await begin(dut, STALLS)
    for name, allowed in LIMITED:

        def fault(beats, name=name, allowed=allowed):
            beats[0]["data"]["header"][name] = allowed + 1
            return beats

        job = Job(B, chunk(scene), hash_fault=fault, **LIMITS)
        scene.engine.offer(job, Job(A, chunk(scene), **LIMITS))
        bad, good = await scene.engine.finish()
        assert bad.status == ChunkStatus.BAD_CONFIG
        assert not bad.tokens
        scene.counts["bad_config"] += 1
        scene.judge([good])
    await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def reset_in_mid_chunk(dut):
    """Reset at any moment; then nothing comes out of itself, and the next chunks are right."""
    scene = await begin(dut, STALLS)
    contexts = [1] if ON_CHIP else [1, 2]
    for _ in range(25):
        scene.engine.offer(
            *(random_job(scene.rng, BUILD, scene.golden, contexts) for _ in range(4))
        )
        await scene.engine.idle(scene.rng.randint(1, 6 * SIZE + 60))
        await scene.restart()
        for _ in range(5):
            await scene.engine.idle(1)
            assert not dut.assignments__valid.value, "a beat of a forgotten chunk"
        jobs = [random_job(scene.rng, BUILD, scene.golden, contexts) for _ in range(2)]
        await scene.play(*jobs)
        await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def sticky_bits_stay_until_cleared(dut):
    """Write one clears a bit, only that bit, and only if it does not happen again."""
    scene = await begin(dut)
    limits = {"max_clusters": BUILD.max_clusters, "cluster_cap": 0}
    await scene.play(Job(B, chunk(scene, 1), **limits), status=ChunkStatus.BAD_CONFIG)
    fault = {"hash_fault": stray}
    await scene.play(Job(B, chunk(scene, 1), **fault, **LIMITS))
    await scene.engine.idle(3)
    both = {"refused": 0, "bad_config": 1, "hash_out_of_step": 1, "table_out_of_step": 0}
    assert scene.read("status") == both
    await scene.clear(refused=1, table_out_of_step=1)
    assert scene.read("status") == both, "a bit was cleared that was not written"
    await scene.clear(bad_config=1)
    assert scene.read("status") == {**both, "bad_config": 0}
    await scene.clear(hash_out_of_step=1)
    assert not any(scene.read("status").values())
    scene.engine.offer(Job(B, chunk(scene, 1), **fault, **LIMITS))
    dut.clear.value = 2 ** len(dut.clear) - 1  # held while the event happens
    shown = 0
    while scene.engine.busy:
        await scene.engine.idle(1)
        shown += scene.read("status")["hash_out_of_step"]
    assert shown == 1, "the event wins, and is cleared in the cycle after"
    assert scene.read("counters")["hash_out_of_step"] == 2


@cocotb.test()
async def failures_have_been_seen(dut):
    """Coverage of this bench: each way a chunk can fail has happened."""
    assert coverage.seen["status BAD_CONFIG"], "never ended as BAD_CONFIG"
