"""The mover where its limits lie: the moment at which it gives up, the dead IDs that matter."""

from itertools import chain, cycle, repeat

import cocotb

from axi.memory import Habits
from kvmu.bench_mover_faults import once
from kvmu.expected_mover import LINK_DOWN, OK, TIMEOUT, UNACKNOWLEDGED
from kvmu.scene_mover import BUILD, PAGE_BYTES, PAGES, begin

AROUND = range(-20, 4)
"""Cycles from the end of a job that was given up, in which an answer comes."""


async def _answered_after(scene, jobs, cycles):
    """Reset, and a job of one beat whose answer begins so late; until all is over.

    Returns its status, and cycles from its request until it has ended.
    """
    await scene.restart()
    scene.habits(Habits(latency=(cycles, cycles)), Habits(latency=(0, 0)))
    scene.offer(jobs)
    while not scene.over:
        await scene.cycles.step()
    (burst,) = scene.source.bursts
    ended = scene.cycles.now - (burst.due - cycles)
    await scene.quiet()
    return scene.statuses[0], ended


@cocotb.test(timeout_time=80, timeout_unit="ms")
async def an_answer_at_the_last_moment(dut):
    """In each of these cycles: it is written and its job is well, or neither (D75)."""
    scene = await begin(dut)
    jobs, seen = scene.ranges(1, lambda rng: 1), set()
    status, ended = await _answered_after(scene, jobs, 3 * BUILD.timeout)
    assert status == TIMEOUT
    scene.forget()
    for cycles in AROUND:
        before = bytes(scene.target.space.content)
        status, _ = await _answered_after(scene, jobs, ended + cycles)
        assert status in (OK, TIMEOUT, UNACKNOWLEDGED)
        if status == OK:
            assert scene.target.bursts, "it is well, but nothing was written"
        if status == TIMEOUT:
            assert not scene.target.bursts, "it has ended, and is written then"
            assert scene.target.space.content == before
        seen.add(status)
        scene.forget()
        scene.target.space.store(scene.bases[1], bytes(len(before)))
    assert {OK, TIMEOUT} <= seen


@cocotb.test(timeout_time=80, timeout_unit="ms", skip=BUILD.most_dead < 2)
async def as_many_dead_ids_as_matter(dut):
    """One fewer, and all goes on; with that one nothing is asked for until all are free (D78)."""
    scene = await begin(dut)
    for count in (BUILD.most_dead - 1, BUILD.most_dead):
        scene.habits(Habits(fate=once("late", count)))
        jobs = scene.ranges(min(count + 1, BUILD.jobs), lambda rng: 1)
        played = await scene.play(jobs)
        assert list(played.status.values()).count(TIMEOUT) == count
        down = count == BUILD.most_dead
        assert scene.state["down"] == down
        played = await scene.play(jobs)
        assert set(played.status.values()) == {LINK_DOWN if down else OK}
        await scene.quiet()
        assert not scene.state["down"]
        played = await scene.play(jobs)
        assert set(played.status.values()) == {OK}


@cocotb.test(timeout_time=80, timeout_unit="ms")
async def the_worst_of_several(dut):
    """Of a job's bursts the largest status counts, also if a smaller one comes later (D75)."""
    scene, beats = await begin(dut), min(2 * BUILD.burst_beats, BUILD.job_beats)
    visit = BUILD.timeout // BUILD.outstanding  # IDs are looked at so far apart
    for number, latency in enumerate(range(BUILD.timeout, 2 * BUILD.timeout, visit // 2)):
        await scene.restart()
        fates = cycle(["late", "slverr"] if number % 2 else ["slverr", "late"])
        scene.habits(
            target=Habits(latency=(latency, latency), fate=lambda *_, fates=fates: next(fates))
        )
        played = await scene.play(scene.ranges(1, lambda rng: beats, odd=False))
        assert list(played.status.values()) == [UNACKNOWLEDGED]


@cocotb.test(timeout_time=80, timeout_unit="ms", skip=BUILD.most_dead < 2)
async def the_time_counts_while_others_go_on(dut):
    """Whichever ID a burst has, it is given up in time, also if others begin all the while."""
    scene, most = await begin(dut), 2 * BUILD.timeout + 100
    beats = min(most // 10, PAGES * PAGE_BYTES // BUILD.beat_bytes)
    for first in range(BUILD.outstanding):
        await scene.restart()
        fates = chain(["ok"] * first, ["late"], repeat("ok"))
        scene.habits(Habits(latency=(60, 60), fate=lambda *_, fates=fates: next(fates)))
        jobs = [
            {"tag": 1 + n % (BUILD.jobs - 1), "bytes": BUILD.beat_bytes}
            | {
                side: base + n * BUILD.beat_bytes
                for side, base in zip(("source", "target"), scene.bases, strict=True)
            }
            for n in range(beats)
        ]
        jobs[first]["tag"] = 0  # the others do not wait for it
        played, begun = scene.offer(jobs), scene.cycles.now
        while first not in played.status:
            await scene.cycles.step()
            assert scene.cycles.now - begun < most, "it is not given up in time"
        assert scene.jobs.queue, "nothing else has begun meanwhile"
        await scene.finish()
        assert played.status.pop(first) == TIMEOUT
        assert set(played.status.values()) == {OK}


@cocotb.test(timeout_time=80, timeout_unit="ms")
async def not_before_its_time(dut):
    """However soon its ID is looked at after it has begun, a burst has `timeout` cycles (D77)."""
    scene = await begin(dut)
    jobs = scene.ranges(1, lambda rng: 1)
    for wait in range(BUILD.timeout - 30, BUILD.timeout + 2, 2):
        await scene.restart()
        scene.habits(Habits(fate=lambda *_: "never"))
        await scene.cycles.step(wait)
        scene.offer(jobs)
        while not scene.events["bursts"]:
            await scene.cycles.step()
        begun = scene.cycles.now
        while not scene.over:
            await scene.cycles.step()
        assert scene.cycles.now - begun >= BUILD.timeout
        scene.forget()
