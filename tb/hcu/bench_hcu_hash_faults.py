"""The HCU when the hash stream loses step (spec D28).

After every fault the next chunks must be right, without a reset, and no table may have changed.
"""

import cocotb

from broken_packets import cut, ended_twice, endless, header_only, longer, stray, without
from dre.layouts import ChunkStatus
from engine import Job
from hcu import coverage
from hcu.faults import ENDING, LIMITS, SIZE, STALLS, B, chunk, surrounded
from hcu.scene import ON_CHIP, begin

HASH_FAULTS = {
    # what is sent, how the chunk ends, events on the hash stream
    "a word less": (lambda beats: without(beats, 1), ChunkStatus.OUT_OF_STEP, 1),
    "words more": (longer, ChunkStatus.OUT_OF_STEP, 1),
    "header only": (header_only, ChunkStatus.OUT_OF_STEP, 1),
    "stray words": (stray, None, 1),
}
if not ON_CHIP:  # of its one context nothing follows that would show these
    HASH_FAULTS |= {
        "broken off": (cut, ChunkStatus.OUT_OF_STEP, 1),
        "no last": (endless, ChunkStatus.OUT_OF_STEP, 1),
    }
if SIZE > 1:
    HASH_FAULTS["last in the middle"] = (ended_twice, ChunkStatus.OUT_OF_STEP, 2)


@cocotb.test(timeout_time=20, timeout_unit="ms")
@cocotb.parametrize(kind=list(HASH_FAULTS))
async def hash_stream_loses_step(dut, kind):
    """Spec D28 for the hash stream."""
    shortest = 2 if kind == "last in the middle" else 1
    scene = await begin(dut, STALLS)
    fault, status, events = HASH_FAULTS[kind]
    rounds = 5
    for _ in range(rounds):
        size = scene.rng.randint(shortest, SIZE)
        await surrounded(scene, Job(B, chunk(scene, size), hash_fault=fault, **LIMITS), status)
    scene.counts["hash_out_of_step"] += rounds * events
    await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def empty_chunk_that_does_not_end(dut):
    """A header that announces no tokens, but words follow."""
    scene = await begin(dut, STALLS)
    words = chunk(scene, 1)

    def fault(beats):
        beats[0]["data"]["header"]["tokens"] = 0
        return beats

    await surrounded(scene, Job(B, words, hash_fault=fault, **LIMITS), ChunkStatus.OUT_OF_STEP)
    scene.counts["hash_out_of_step"] += 1
    await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms")
@cocotb.parametrize(kind=list(ENDING))
async def faulty_chunk_ends_by_itself(dut, kind):
    """A chunk whose packet says where it ends is answered though nothing follows."""
    scene = await begin(dut)
    await scene.play(Job(B, chunk(scene), **LIMITS))
    faulty = Job(B, chunk(scene), hash_fault=ENDING[kind], **LIMITS)
    await scene.play(faulty, status=ChunkStatus.OUT_OF_STEP)
    scene.counts["hash_out_of_step"] += 1
    await scene.end()


@cocotb.test()
async def failures_have_been_seen(dut):
    """Coverage of this bench: each way a chunk can fail has happened."""
    assert coverage.seen["status OUT_OF_STEP"], "never ended as OUT_OF_STEP"
