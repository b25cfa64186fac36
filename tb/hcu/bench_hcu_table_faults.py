"""The HCU when the table loses step (spec D28).

After every fault the next chunks must be right, without a reset, and no table may have changed.
"""

import cocotb

from broken_packets import (
    change_header,
    cut,
    ended_twice,
    endless,
    header_only,
    longer,
    stray,
    without,
)
from dre.layouts import CHUNK_BITS, ChunkStatus
from engine import Job
from hcu import coverage
from hcu.faults import ENDING, LAST_GROUP, LIMITS, SIZE, STALLS, B, chunk, surrounded
from hcu.scene import BUILD, ON_CHIP, begin


def old_pass(beats):
    """The pass of a chunk long gone, before the right one."""
    old = change_header(chunk=lambda number: (number - 3) % 2**16)(beats)
    return [*old, *beats]


def old_empty_pass(beats):
    """The same of a table without entries: one beat."""
    change = change_header(chunk=lambda number: (number - 3) % 2**16, clusters=lambda number: 0)
    return [*header_only(change(beats)), *beats]


def old_pass_and_more(beats):
    """A pass long gone, then beats of no packet, before the right one."""
    return [*old_pass(beats)[: len(beats)], *stray(beats)]


def old_pass_broken_off(beats):
    """A pass long gone without its end, before the right one."""
    return [*cut(old_pass(beats)[: len(beats)]), *beats]


def unwanted_broken_off(beats):
    """A pass of another context without its end."""
    return cut(change_header(context=lambda number: number ^ 1)(beats))


FAILED = ChunkStatus.OUT_OF_STEP
TABLE_FAULTS = {
    # what is sent, how the chunk ends, events: dropped packets are events too, and a pass that
    # does not come is one when the next one does
    "an entry less": (lambda beats: without(beats, 1), FAILED, 1),
    "entries more": (longer, FAILED, 1),
    "broken off": (cut, FAILED, 1),
    "header only": (header_only, FAILED, 1),
    "stray entries": (stray, None, 1),
    "no last": (endless, FAILED, 1),
    "wrong context": (change_header(context=lambda n: n ^ 1), FAILED, 1),
    "wrong context, high bit": (change_header(context=lambda n: n ^ 2048), FAILED, 1),
    "wrong clusters": (change_header(clusters=lambda n: n - 1), FAILED, 1),
    "an old pass first": (old_pass, None, 1),
    "an old empty pass first": (old_empty_pass, None, 1),
    "an old pass and stray entries first": (old_pass_and_more, None, 2),
    "an old pass broken off first": (old_pass_broken_off, None, 1),
    "wrong context, broken off": (unwanted_broken_off, FAILED, 1),
    "only an old pass": (change_header(chunk=lambda n: (n - 1) % 2**16), FAILED, 2),
    "a number far ahead": (change_header(chunk=lambda n: (n + 1000) % 2**16), FAILED, 2),
    "no pass": (lambda beats: [], FAILED, 1),
}
if SIZE > 2:  # these need a few clusters
    TABLE_FAULTS |= {
        "last in the middle": (ended_twice, FAILED, 2),
        "more clusters": (change_header(clusters=lambda n: n + 1), FAILED, 1),
    }


@cocotb.test(timeout_time=20, timeout_unit="ms", skip=ON_CHIP)
@cocotb.parametrize(kind=list(TABLE_FAULTS), where=["first group", "last group"])
async def table_loses_step(dut, kind, where):
    """Spec D28 for the table, in the first or last pass of a chunk."""
    scene = await begin(dut, STALLS)
    fault, status, events = TABLE_FAULTS[kind]
    faulty = 0 if where == "first group" else LAST_GROUP

    def in_one_group(group, beats):
        return fault(beats) if group == faulty else beats

    rounds = 4
    for _ in range(rounds):
        job = Job(B, chunk(scene), table_fault=in_one_group, **LIMITS)
        answer = await surrounded(scene, job, status)
        if status == FAILED:  # it fails before this group's tokens
            assert len(answer.tokens) == faulty * BUILD.lanes
    scene.counts["table_out_of_step"] += rounds * events
    await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms", skip=ON_CHIP or LAST_GROUP == 0)
async def pass_of_the_next_group(dut):
    """The first pass says that it is the second one; the true second one is then left over."""
    scene = await begin(dut, STALLS)

    def fault(group, beats):
        return beats if group else change_header(group=lambda number: number + 1)(beats)

    job = Job(B, chunk(scene), table_fault=fault, **LIMITS)
    await surrounded(scene, job, FAILED)
    scene.counts["table_out_of_step"] += 2
    await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms", skip=ON_CHIP or LAST_GROUP == 0)
@cocotb.parametrize(bit=list(range(CHUNK_BITS)))
async def pass_of_a_number_close_to_the_right_one(dut, bit):
    """A pass of a later group, but of a chunk whose number differs in one bit, is nobody's."""
    scene = await begin(dut, STALLS)
    stranger = change_header(
        chunk=lambda number: number ^ 1 << bit, group=lambda number: number + 1
    )

    def fault(group, beats):
        return beats if group else [*stranger(beats), *beats]

    for _ in range(2):
        await scene.play(Job(B, chunk(scene), table_fault=fault, **LIMITS))
        scene.counts["table_out_of_step"] += 1
    await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms", skip=ON_CHIP)
@cocotb.parametrize(kind=list(ENDING))
async def faulty_pass_ends_by_itself(dut, kind):
    """A chunk whose last pass says where it ends is answered though nothing follows."""
    scene = await begin(dut)
    await scene.play(Job(B, chunk(scene), **LIMITS))

    def fault(group, beats):
        return ENDING[kind](beats) if group == LAST_GROUP else beats

    await scene.play(Job(B, chunk(scene), table_fault=fault, **LIMITS), status=FAILED)
    scene.counts["table_out_of_step"] += 1
    await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms", skip=ON_CHIP)
async def chunk_numbers_wrap(dut):
    """Chunks, a missing pass and an old pass where the numbers begin again."""
    scene = await begin(dut)
    for start in (2**16 - 6, 2**15 - 6):
        scene.engine.number = start
        await scene.play(*[Job(n % 7, chunk(scene), **LIMITS) for n in range(12)])
    scene.engine.number = 2**16 - 1
    missing = Job(1, chunk(scene, 1), table_fault=lambda group, beats: [], **LIMITS)
    scene.engine.offer(missing, Job(2, chunk(scene), **LIMITS))
    first, second = await scene.engine.finish()
    scene.judge([first], FAILED)
    scene.judge([second])
    scene.engine.number = 1
    old = Job(1, chunk(scene), table_fault=lambda group, beats: old_pass(beats), **LIMITS)
    await scene.play(old, Job(2, chunk(scene), **LIMITS))


@cocotb.test(skip=ON_CHIP)
async def failures_have_been_seen(dut):
    """Coverage of this bench: each way a chunk can fail has happened."""
    assert coverage.seen["status OUT_OF_STEP"], "never ended as OUT_OF_STEP"
