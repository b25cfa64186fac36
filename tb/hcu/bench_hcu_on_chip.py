"""The HCU's on-chip table: whose it is, and that a failed chunk leaves it (spec D33)."""

import cocotb
import numpy as np

from broken_packets import without
from dre.layouts import ChunkStatus
from engine import Job
from hcu.faults import LAST_GROUP, LIMITS, SIZE, STALLS, chunk
from hcu.scene import BUILD, ON_CHIP, begin


@cocotb.test(timeout_time=20, timeout_unit="ms", skip=not ON_CHIP)
async def on_chip_table_changes_its_owner(dut):
    """A chunk that begins a context takes the table over; the former owner has lost it."""
    scene = await begin(dut, STALLS)
    words = chunk(scene, min(4, BUILD.max_chunk))
    first, second, third = 0x555, 0xAAA, 0x001
    await scene.play(Job(first, words, **LIMITS), Job(first, words, **LIMITS))
    await scene.play(Job(second, words[:1], **LIMITS))
    await scene.play(Job(first, words, **LIMITS), status=ChunkStatus.OUT_OF_STEP)
    await scene.play(Job(second, words, **LIMITS), Job(second, words[:0], **LIMITS))
    await scene.play(Job(third, words[:0], **LIMITS), Job(second, words, **LIMITS))
    scene.counts["table_out_of_step"] += -(-len(words) // BUILD.lanes)  # one a pass
    scene.forget(first)
    await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms", skip=not ON_CHIP or LAST_GROUP == 0)
async def failed_chunk_leaves_the_on_chip_table(dut):
    """Neither members nor owner change by a chunk whose last group fails."""
    scene = await begin(dut)
    one = chunk(scene, 1)
    await scene.play(Job(1, one, **LIMITS))

    def short(beats):
        return without(beats, len(beats) - 1)

    size = BUILD.lanes + 2
    for context, words in ((1, np.repeat(one, size, axis=0)), (2, chunk(scene, size))):
        job = Job(context, words, hash_fault=short, **LIMITS)
        await scene.play(job, status=ChunkStatus.OUT_OF_STEP)
    # One member only: open under a cap of 2, unless the void joins had been counted.
    await scene.play(Job(1, one, Th_hd=1, cluster_cap=2, **LIMITS))
    scene.counts["hash_out_of_step"] += 2
    await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms", skip=not ON_CHIP)
async def on_chip_table_is_taken_over_while_it_applies(dut):
    """A new context right behind the old one: the first chunk is applied in full, then the next."""
    scene = await begin(dut)
    for first in range(1, SIZE + 1):
        for second in range(1, SIZE + 1):
            await scene.restart()
            words = chunk(scene, second)
            limits = {"Th_hd": 0, **LIMITS}
            await scene.play(Job(1, chunk(scene, first), **limits), Job(2, words, **limits))
            await scene.play(Job(2, words, Th_hd=1, **LIMITS))  # joins its own clusters
            scene.forget(1)
            await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms", skip=not ON_CHIP)
async def on_chip_table_knows_owner_and_size(dut):
    """The right number of clusters of the wrong context, and the reverse."""
    scene = await begin(dut)
    words = chunk(scene, 3)
    await scene.play(Job(1, words, Th_hd=0, **LIMITS), Job(2, words, Th_hd=0, **LIMITS))
    await scene.play(Job(1, words[:1], **LIMITS), status=ChunkStatus.OUT_OF_STEP)
    for by in (-1, 1):

        def fault(beats, by=by):
            beats[0]["data"]["header"]["clusters"] += by
            return beats

        scene.engine.offer(Job(2, words[:1], hash_fault=fault, **LIMITS))
        (answer,) = await scene.engine.finish()
        assert answer.status == ChunkStatus.OUT_OF_STEP
    await scene.play(Job(2, words, **LIMITS))
