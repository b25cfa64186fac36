"""The HCU's counts and sticky bits. No count comes to its end by itself: it is set close to it.

Writes registers and memories inside: only for simulations that keep the unit's hierarchy.
"""

import cocotb

from broken_packets import stray
from dre.layouts import MEMBERS_BITS, ChunkStatus
from engine import Job
from hcu.faults import LIMITS, chunk
from hcu.golden import preload
from hcu.scene import BUILD, ON_CHIP, begin


async def set_members(dut, scene, context, members):
    """Give a context a table of one cluster with this many members."""
    word = chunk(scene, 1)
    if ON_CHIP:
        await scene.play(Job(context, word, **LIMITS))
        await scene.engine.idle(20)  # until it is in the table
        dut.table.members.array[0].value = members
    preload(scene.engine, scene.golden, context, word, [members])
    return word


async def one_of_each(dut, scene, context, other):
    """At least one event for each counter."""
    full = {"Th_hd": 0, "max_clusters": 1}
    await scene.play(Job(context, chunk(scene, 1), **LIMITS))
    await set_members(dut, scene, other, 1)
    await scene.play(Job(other, chunk(scene, 1), **full))
    bad = Job(other, chunk(scene, 1), max_clusters=0)
    await scene.play(bad, status=ChunkStatus.BAD_CONFIG)
    await scene.play(Job(other, chunk(scene, 1), hash_fault=stray, **LIMITS))
    scene.counts["hash_out_of_step"] += 1
    if ON_CHIP:  # `other` has taken the table over
        await scene.play(Job(context, chunk(scene, 1), **LIMITS), status=ChunkStatus.OUT_OF_STEP)
    else:

        def fault(group, beats):
            return stray(beats)

        await scene.play(Job(context, chunk(scene, 1), table_fault=fault, **LIMITS))
    scene.counts["table_out_of_step"] += 1
    scene.forget(context, other)
    await set_members(dut, scene, other, 65_535)
    await scene.play(Job(other, chunk(scene, 1), **full))
    scene.forget(other)


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def counters_carry_into_every_bit_and_wrap(dut):
    """Each counter from ``2**bit - 1`` on, for every bit, and beyond the last one."""
    scene = await begin(dut)

    async def cause(bit):
        await one_of_each(dut, scene, 2 * bit, 2 * bit + 1)

    await scene.carry_into_every_bit(cause, scene.read("counters"))


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def every_sticky_bit_is_set_and_cleared_alone(dut):
    """All of them set; then each is cleared, in any order, and no other one."""
    scene = await begin(dut)
    for turn in range(3):
        await one_of_each(dut, scene, 2 * turn, 2 * turn + 1)
        await scene.engine.idle(4)
        expected = dict.fromkeys(scene.read("status"), 1)
        assert scene.read("status") == expected
        for name in scene.rng.sample(list(expected), len(expected)):
            await scene.clear(**{name: 1})
            expected[name] = 0
            assert scene.read("status") == expected


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def members_carry_into_every_bit(dut):
    """A cluster's members from ``2**bit - 1`` on, as far as it can be joined; a cap tells."""
    scene = await begin(dut)
    last = 65_535 - BUILD.max_chunk  # the most that can be joined (spec D12)
    for context, before in enumerate([*(2**bit - 1 for bit in range(1, MEMBERS_BITS)), last]):
        word = await set_members(dut, scene, context, before)
        limits = {"Th_hd": 1, "max_clusters": 1}
        await scene.play(Job(context, word, cluster_cap=before + 1, **limits))
        (closed,) = await scene.play(Job(context, word, cluster_cap=before + 1, **limits))
        assert closed.status == ChunkStatus.REFUSED or closed.tokens[0]["full"]
        scene.forget(context)
    await scene.end()
