"""The WTU when ``counts`` or ``scores`` loses step (spec D28, D49).

After every fault the next rows and chunks must be right, without a reset.
"""

import cocotb
import numpy as np

from broken_packets import (
    after_header,
    before,
    begun_twice,
    change_header,
    cut,
    ended_twice,
    endless,
    header_only,
    longer,
    missing,
    stray,
    stray_ends,
    twice,
    without,
)
from dre.layouts import ScoreMode
from wtu.faults import (
    BEATS,
    CLUSTERS,
    ROWS,
    STALLS,
    old,
    old_and_stray,
    old_empty,
    old_empty_and_stray,
    rows_without_counts,
    surrounded,
    work,
)
from wtu.scene import BUILD, begin
from wtu.workload import bf16_bits

far_ahead = change_header(chunk=lambda n: (n + 1_000) % 2**16)

FAULTS = {
    # what is sent, whether the row is lost, events: dropped packets are events too, and a packet
    # that does not come is one when the next one does
    "a beat more": (longer, True, 1),
    "header only": (header_only, True, 1),
    "stray beats": (stray, False, 1),
    "stray last beats": (stray_ends, False, 1),
    "wrong context": (change_header(context=lambda n: n ^ 1), True, 1),
    "wrong context, high bit": (change_header(context=lambda n: n ^ 2048), True, 1),
    "fewer clusters": (change_header(clusters=lambda n: n - 1), True, 1),
    "an old packet first": (before(old), False, 1),
    "an old empty packet first": (before(old_empty), False, 1),
    "an old packet and stray beats first": (old_and_stray, False, 2),
    "an old empty packet and stray beats first": (old_empty_and_stray, False, 2),
    "an old packet broken off first": (before(lambda beats: cut(old(beats))), False, 1),
    "a number far ahead first": (before(far_ahead), False, 1),
    "begun twice": (begun_twice, True, 2),
}
if CLUSTERS + 1 < 2 ** CLUSTERS.bit_length():
    FAULTS["more clusters"] = (change_header(clusters=lambda n: n + 1), True, 1)
if BEATS > 1:
    FAULTS |= {
        "a beat less": (without, True, 1),
        "the last beat less": (lambda beats: without(beats, len(beats) - 1), True, 1),
        "last in the middle": (ended_twice, True, 2),
    }
NEED_THE_NEXT = {  # what is wrong shows when the next packet comes
    "no last": (endless, True, 1),
    "broken off": (cut, True, 1),
    "broken off after the header": (after_header, True, 1),
    "wrong context, broken off": (
        lambda beats: cut(change_header(context=lambda n: n ^ 1)(beats)),
        True,
        1,
    ),
    "only an old packet": (change_header(chunk=lambda n: (n - 1) % 2**16), True, 2),
    "a number far ahead": (far_ahead, True, 2),
    "no packet": (missing, True, 1),
    "the packet again": (twice, False, 1),
}
ALL = FAULTS | NEED_THE_NEXT
READ_TWICE = BUILD.reads_twice and CLUSTERS > BUILD.on_chip_clusters
ENDING = ("a beat more", "header only", "a beat less", "fewer clusters", "wrong context")


@cocotb.test(timeout_time=20, timeout_unit="ms")
@cocotb.parametrize(kind=list(ALL))
async def scores_lose_step(dut, kind):
    """A fault in one row: this row selects everything, the others are as ever."""
    fault, is_lost, events = ALL[kind]
    scene = await begin(dut, STALLS, in_order=kind in NEED_THE_NEXT)
    for faulty in range(ROWS):

        def in_one_row(row, beats, faulty=faulty):
            return fault(beats) if row == faulty else beats

        job = work(scene, scores_fault=in_one_row)
        await surrounded(scene, job, {faulty} if is_lost else ())
        scene.counts["scores_out_of_step"] += events
        await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms")
@cocotb.parametrize(kind=list(ALL))
async def counts_lose_step(dut, kind):
    """Without the token counts every row that they are for selects everything."""
    fault, is_lost, events = ALL[kind]
    scene = await begin(dut, STALLS, in_order=kind in NEED_THE_NEXT)
    for _ in range(2):
        job = work(scene, counts_fault=fault)
        await surrounded(scene, job, rows_without_counts(job) if is_lost else ())
        scene.counts["counts_out_of_step"] += events
        await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def both_lose_step(dut):
    """Each stream for itself: the counts are lost, and the scores of a row too."""
    scene = await begin(dut, STALLS)
    job = work(
        scene,
        counts_fault=longer,
        scores_fault=lambda row, beats: header_only(beats) if row == ROWS - 1 else beats,
    )
    await surrounded(scene, job, {*rows_without_counts(job), ROWS - 1})
    scene.counts["counts_out_of_step"] += 1
    scene.counts["scores_out_of_step"] += 1
    await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms", skip=ROWS < 3)
async def a_row_under_the_number_of_the_next(dut):
    """Row 0 says that it is row 1 and is taken for it; the true row 1 is then left over."""
    scene = await begin(dut, STALLS, in_order=True)
    next_row = change_header(row=lambda row: row + 1)
    faults = {"scores_fault": lambda row, beats: beats if row else next_row(beats)}
    job = work(scene, faulty=None, **faults)
    await surrounded(scene, job, {0}, {1: 0})
    scene.counts["scores_out_of_step"] += 2 * job.readings(BUILD)
    await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms", skip=ROWS < 3)
async def a_row_of_before(dut):
    """A row that has been taken comes again in front of a later one, and is dropped."""
    scene = await begin(dut, STALLS)
    earlier = before(change_header(row=lambda row: 0))
    job = work(scene, scores_fault=lambda row, beats: earlier(beats) if row == 2 else beats)
    await surrounded(scene, job)
    scene.counts["scores_out_of_step"] += 1
    await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms")
@cocotb.parametrize(stream=["counts", "scores"])
async def a_number_wrong_by_one_bit(dut, stream):
    """A stranger's packet in front of the right one is dropped, whatever the bit it differs in."""
    scene = await begin(dut, STALLS)
    for bit in range(16):
        for ahead in (0, 1):
            await scene.restart()
            scene.engine.number = start = scene.rng.getrandbits(16) | 1 << bit
            # A lower number than the right one, or than the next one, and neither of them.
            number = (start + ahead) % 2**16 ^ 1 << bit
            if number in (start, (start + 1) % 2**16):
                continue
            fault = before(change_header(chunk=lambda _, number=number: number))
            given = {"counts_fault": fault}
            if stream == "scores":
                given = {"scores_fault": lambda row, b, f=fault: b if row else f(b)}
            await scene.play(work(scene, count=min(2, ROWS), **given), work(scene, count=1))
            scene.counts[f"{stream}_out_of_step"] += 1
            await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms")
@cocotb.parametrize(stream=["counts", "scores"], kind=[k for k in ENDING if k in FAULTS])
async def faulty_chunk_ends_by_itself(dut, stream, kind):
    """A chunk whose packet says where it ends is answered though nothing follows."""
    scene = await begin(dut)
    fault, _, events = FAULTS[kind]
    faults = {"counts_fault": fault}
    if stream == "scores":
        faults = {"scores_fault": lambda row, beats: beats if row < ROWS - 1 else fault(beats)}
    await scene.play(work(scene))
    job = work(scene, **faults)
    lost = rows_without_counts(job) if stream == "counts" else {ROWS - 1}
    await scene.play(job, lost=lost)
    scene.counts[f"{stream}_out_of_step"] += events
    await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def a_lost_row_of_a_chunk_that_wants_all(dut):
    """Out of step is more than "all": clusters without a count are selected too."""
    scene = await begin(dut, STALLS)
    for kind in ("header only", "a beat more"):
        fault = FAULTS[kind][0]
        job = work(
            scene, TH=None, scores_fault=lambda row, b, f=fault: f(b) if row == ROWS - 1 else b
        )
        job.token_count[::2] = 0
        await surrounded(scene, job, {ROWS - 1})
        scene.counts["scores_out_of_step"] += 1
    await scene.end()


@cocotb.test(
    timeout_time=20,
    timeout_unit="ms",
    skip=not READ_TWICE,
)
@cocotb.parametrize(stream=["counts", "scores"], mode=list(ScoreMode))
async def a_second_reading_that_is_not_the_first(dut, stream, mode):
    """Scores or counts that are 0 the second time: what the first one found is not there."""
    scene = await begin(dut, STALLS)
    value = {ScoreMode.EXP: bf16_bits([1.0])[0], ScoreMode.WEIGHT: np.uint16(40_000)}[mode]

    def zero(beats):
        return [beats[0], *({**beat, "data": {"entries": 0}} for beat in beats[1:])]

    faults = {"counts_fault": zero}
    if stream == "scores":
        faults = {"scores_fault": lambda row, beats: beats if row else zero(beats)}
    for TH in (0, 40_000, 65_535):
        job = work(scene, mode=mode, TH=TH, K=2**15, k=15, faulty=1, **faults)
        job.rows[0], job.token_count[:] = value, 1
        await surrounded(scene, job, {0})
        scene.counts["scores_out_of_step"] += 1
        await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms", skip=CLUSTERS <= BUILD.on_chip_clusters)
@cocotb.parametrize(mode=list(ScoreMode))
async def nothing_comes_a_second_time(dut, mode):
    """Both packets of the second reading are lost before it is known what to look for in them."""
    scene = await begin(dut)
    value = {ScoreMode.EXP: bf16_bits([1.0])[0], ScoreMode.WEIGHT: np.uint16(40_000)}[mode]
    faults = {
        "counts_fault": header_only,
        "scores_fault": lambda row, beats: beats if row else header_only(beats),
    }
    for TH in (0, 40_000, None):
        job = work(scene, mode=mode, TH=TH, K=2**15, k=15, faulty=1, **faults)
        job.rows[0], job.token_count[:] = value, 1
        await surrounded(scene, job, {0})
        for stream in ("counts", "scores"):
            scene.counts[f"{stream}_out_of_step"] += 1
        await scene.end()
