"""The WTU's counts and sticky bits. No count comes to its end by itself: it is set close to it.

Writes registers inside: only for simulations that keep the unit's hierarchy.
"""

import cocotb
import numpy as np

from broken_packets import header_only, stray
from dre.layouts import ScoreMode
from wtu.coverage import FEWEST_FOR_TOO_MANY
from wtu.scene import BUILD, begin
from wtu.workload import bf16_bits, random_job

STICKY = ("not_finite", "too_many_tokens", "bad_config", "counts_out_of_step", "scores_out_of_step")
CAN_BE_TOO_MANY = BUILD.max_clusters >= FEWEST_FOR_TOO_MANY


def plain(scene, value=1.0, clusters=1, **fixed):
    """A row that selects its only cluster."""
    fixed = {"count": 1, "mode": ScoreMode.EXP, "TH": 0, "K": 2**15, "k": 15} | fixed
    job = random_job(scene.rng, BUILD, clusters=clusters, **fixed)
    job.rows[:] = bf16_bits([value])[0]
    job.token_count[:] = 1
    return job


def make(scene, event):
    """A chunk of one row in which an event happens once, and the rows that it loses."""
    job, lost = plain(scene), ()
    if event == "not_finite":
        job.rows[:] = 0x7F80
    elif event == "saturated":
        job.rows[:] = bf16_bits([1e6])[0]
    elif event == "no_mass":
        job.token_count[:] = 0
    elif event == "bad_config":
        job.K = 2**15 - 1
    elif event == "counts_out_of_step":
        job.counts_fault = stray
    elif event == "scores_out_of_step":
        job.scores_fault, lost = lambda row, beats: header_only(beats), {0}
    elif event == "too_many_tokens":
        job = plain(scene, clusters=FEWEST_FOR_TOO_MANY)
        job.token_count[:] = 65_535
    return job, lost


async def cause(scene, event):
    """Make an event happen once."""
    job, lost = make(scene, event)
    await scene.play(job, lost=lost)
    scene.counts[event] += event.endswith("out_of_step")


def events(scene):
    """Counters that can move in this build."""
    return [n for n in scene.read("counters") if n != "too_many_tokens" or CAN_BE_TOO_MANY]


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def every_event_is_counted_alone(dut):
    """Each event once: its own count moves, and what follows from it, and nothing else."""
    scene = await begin(dut)
    for event in events(scene):
        await scene.restart()
        await cause(scene, event)
        await scene.end()
        assert scene.counts[event], event


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def entries_and_saturated_count_all_of_a_row(dut):
    """As many in one row as there can be, in all rows; keys without a count saturate too."""
    scene = await begin(dut)
    for clusters in sorted({1, BUILD.lanes, BUILD.max_clusters} - {0}):
        clusters = min(clusters, BUILD.max_clusters)
        job = plain(scene, 1e6, clusters, count=min(3, BUILD.max_rows), TH=None)
        job.token_count[1::2] = 0
        await scene.play(job)
        assert scene.counts["saturated"] % (len(job.rows) * clusters) == 0 or clusters > 1
        await scene.play(plain(scene, 1.0, clusters, TH=65_535))
    job = plain(scene, 0.0, min(BUILD.max_clusters, 5), mode=ScoreMode.WEIGHT)
    job.rows[:] = 0xFFFF  # as a score it would saturate, or be no number
    await scene.play(job)
    await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def rows_without_mass(dut):
    """No mass is counted once a row, not for "all", not for rows without clusters or in error."""
    scene = await begin(dut)
    size = min(BUILD.max_clusters, 5)
    for TH in (0, 5, None):
        for mode in ScoreMode:
            for clusters in (0, size):
                job = random_job(
                    scene.rng,
                    BUILD,
                    clusters=clusters,
                    count=min(2, BUILD.max_rows),
                    mode=mode,
                    TH=TH,
                )
                job.rows[:] = 0
                job.token_count[:] = mode.value  # weights of 0 have no mass, counted or not
                await scene.play(job)
    job = plain(scene, np.nan)
    job.token_count[:] = 0
    await scene.play(job)
    await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def counters_carry_into_every_bit_and_wrap(dut):
    """Each counter from ``2**bit - 1`` on, for every bit, and beyond the last one."""
    scene = await begin(dut)

    async def all_of_them(bit):
        for event in events(scene):
            await cause(scene, event)

    await scene.carry_into_every_bit(all_of_them, events(scene))


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def every_sticky_bit_is_set_and_cleared_alone(dut):
    """Each of them set alone; then all, and each is cleared, in any order, and no other one."""
    scene = await begin(dut)
    sticky = [name for name in STICKY if name in events(scene)]
    assert set(scene.read("status")) == set(STICKY)
    for name in sticky:
        await scene.restart()
        await cause(scene, name)
        await scene.engine.idle(4)
        assert [bit for bit, value in scene.read("status").items() if value] == [name]
        await scene.clear(**{other: 1 for other in STICKY if other != name})
        assert scene.read("status")[name], "a bit was cleared that was not written"
    for _ in range(2):
        for name in sticky:
            await cause(scene, name)
        await scene.engine.idle(4)
        expected = {name: int(name in sticky) for name in scene.read("status")}
        assert scene.read("status") == expected
        for name in scene.rng.sample(sticky, len(sticky)):
            await scene.clear(**{name: 1})
            expected[name] = 0
            assert scene.read("status") == expected


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def an_event_wins_over_clear(dut):
    """Clear held while the event happens: the bit shows, and is cleared in the cycle after."""
    scene = await begin(dut)
    for name in STICKY:
        if name not in events(scene):
            continue
        await scene.restart()
        dut.clear.value = 2 ** len(dut.clear) - 1
        job, lost = make(scene, name)
        scene.engine.offer(job)
        shown = tail = 0
        while tail < 6:
            await scene.engine.idle(1)
            shown += scene.read("status")[name]
            tail += not scene.engine.busy
        scene.judge(await scene.engine.finish(), lost)
        assert shown == 1, f"{name} was seen for {shown} cycles"
        dut.clear.value = 0
        assert scene.read("counters")[name] == 1
