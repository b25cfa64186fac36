"""The WTU among faults: bad settings, scores that are no numbers, too many tokens.

After every fault the next chunks must be right, without a reset.
"""

import cocotb
import numpy as np

from dre.layouts import ScoreMode
from wtu import coverage
from wtu.chunks import Job
from wtu.faults import CLUSTERS, ROWS, STALLS, surrounded, work
from wtu.scene import BUILD, begin
from wtu.workload import bf16_bits, split

LIMITED = [  # fields of the chunk's beat that can say more than is allowed
    (name, allowed, 2 ** BUILD.chunk[name].width - 1)
    for name, allowed in (("clusters", BUILD.max_clusters), ("rows", BUILD.max_rows))
    if allowed + 1 < 2 ** BUILD.chunk[name].width
]
CAN_BE_TOO_MANY = BUILD.max_clusters >= coverage.FEWEST_FOR_TOO_MANY


@cocotb.test(timeout_time=20, timeout_unit="ms")
@cocotb.parametrize(in_order=[False, True])
async def bad_settings_are_refused(dut, in_order):
    """K below 2^15, in either mode, of chunks with work and without."""
    scene = await begin(dut, STALLS, in_order=in_order)
    for K in (0, 1, 2**14, 2**15 - 1):
        await surrounded(scene, work(scene, K=K, mode=scene.rng.choice(list(ScoreMode))))
    for size in ({"count": 0}, {"clusters": 0}, {"clusters": 0, "count": 0}):
        await surrounded(scene, work(scene, K=2**15 - 1, mode=ScoreMode.EXP, **size))
    await surrounded(scene, work(scene, K=2**15))
    await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms", skip=not LIMITED)
async def bad_sizes_are_refused(dut):
    """More clusters or rows than the build can do."""
    scene = await begin(dut, STALLS)
    for name, allowed, largest in LIMITED:
        for value in (allowed + 1, largest):
            await surrounded(scene, work(scene, header={name: value}))
    await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def bad_chunks_follow_each_other(dut):
    """Many of them in a row, and a good one between them."""
    scene = await begin(dut, STALLS)
    jobs = [work(scene, K=1) for _ in range(8)]
    await scene.play(*jobs[:4], work(scene), *jobs[4:], work(scene))
    await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def scores_that_are_no_numbers(dut):
    """Not every row of a chunk: each for itself, whatever the threshold."""
    scene = await begin(dut, STALLS)
    for TH in (0, 19_661, 65_535, None):
        job = work(scene, mode=ScoreMode.EXP, TH=TH)
        job.rows[ROWS // 2, scene.rng.randrange(CLUSTERS)] = 0x7FC0
        job.rows[0, scene.rng.randrange(CLUSTERS)] = 0xFF80
        await surrounded(scene, job)
    await scene.end()
    assert coverage.seen["status NOT_FINITE"]


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def no_numbers_beyond_the_row(dut):
    """The largest finite numbers are allowed, and what follows the last entry is not looked at."""
    scene = await begin(dut, STALLS)
    size = max(1, CLUSTERS - 1)
    rows = np.full((ROWS, size), bf16_bits([3.3895314e38])[0])
    rows[:, ::2] ^= 0x8000

    def no_numbers(beats):  # all ones are NaN, and the largest count
        used = (size - 1) % BUILD.lanes + 1
        spare = (2 ** (16 * (BUILD.lanes - used)) - 1) << 16 * used
        entries = beats[-1]["data"]["entries"] | spare
        return [*beats[:-1], {**beats[-1], "data": {"entries": entries}}]

    faults = {"counts_fault": no_numbers, "scores_fault": lambda row, beats: no_numbers(beats)}
    for TH in (0, 32_768, None):
        await surrounded(scene, Job(3, rows, np.ones(size, np.int64), TH=TH, faulty=None, **faults))
    await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms", skip=not CAN_BE_TOO_MANY)
async def too_many_tokens(dut):
    """One more than allowed and many more; with a NaN beside it, that is what is reported."""
    scene = await begin(dut, STALLS)
    for total in (2**20 + 1, 65_535 * CLUSTERS):
        for mode in ScoreMode:
            for TH in (0, 40_000, None):
                if 2**20 < total <= 65_535 * CLUSTERS:
                    job = work(scene, mode=mode, TH=TH)
                    job.token_count[:] = split(scene.rng, total, CLUSTERS)
                    job.rows[-1, scene.rng.randrange(CLUSTERS)] = 0x7F80
                    await surrounded(scene, job)
    await surrounded(scene, work(scene))
    if 65_535 * CLUSTERS > 2**20:
        assert coverage.seen["status TOO_MANY_TOKENS"]
    await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms", skip=BUILD.max_clusters < 300)
async def far_too_many_tokens(dut):
    """As many tokens as a full row can say: the sum must not wrap."""
    scene = await begin(dut)
    for clusters in (272, 273, BUILD.max_clusters):  # sums around 2^24 and beyond
        job = work(scene, clusters=clusters, count=1, mode=ScoreMode.EXP)
        job.rows[:] = bf16_bits([1.0])[0]
        job.token_count[:] = 65_535
        await scene.play(job)
    await scene.end()


@cocotb.test()
async def failures_have_been_seen(dut):
    """Coverage of this bench: each way a chunk or row can fail by itself has happened."""
    assert coverage.seen["chunk BAD_CONFIG"], "never ended as BAD_CONFIG"
