"""Cycles of the WTU, measured and held against `wtu.limits`.

BENCH settings: ``output``, a file for the measurements (a list of objects); ``clusters``, the row
sizes to measure at.
"""

import json
from itertools import pairwise
from pathlib import Path

import cocotb
import numpy as np

from dre.layouts import ScoreMode
from wtu import limits
from wtu.chunks import Job
from wtu.scene import BUILD, SETTINGS, begin
from wtu.workload import bf16_bits, random_job

COUNT = min(BUILD.max_rows, 5)
EQUAL = 0x4100  # a score, or a weight
KEPT = min(BUILD.max_clusters, BUILD.on_chip_clusters, 8 * BUILD.lanes)
SPREAD = {  # the largest entry, and others that are in the last bucket but weigh something
    ScoreMode.EXP: bf16_bits([0, -125]),
    ScoreMode.WEIGHT: (65_535, 1),
}


def sizes():
    """Row sizes that this build can do."""
    usual = {1, BUILD.lanes, 4 * BUILD.lanes + 1, BUILD.max_clusters}
    return [n for n in SETTINGS.get("clusters", sorted(usual)) if 1 <= n <= BUILD.max_clusters]


def chunk(scene, clusters, mode, TH, count):
    """Rows that all have a threshold to be found, unless it is "all"."""
    job = random_job(scene.rng, BUILD, clusters=clusters, count=count, mode=mode, TH=TH)
    job.token_count[:] = [scene.rng.randint(1, 16) for _ in range(clusters)]
    return job


def slowest(job):
    """Make a row the slowest there is: every entry is looked at three times, or in all buckets."""
    if BUILD.variant == "exact":
        job.rows[:] = EQUAL
        return
    job.K, job.k = 33_428, 18
    job.rows[:, 0], job.rows[:, 1:] = SPREAD[job.mode]
    job.token_count[:1], job.token_count[1:] = 1, 4


async def measure(scene, clusters, mode, TH):
    """All streams ready: rows alone in the unit, and the distance of rows that follow each other.

    Both are those of the slowest.
    """
    alone = []
    for n in range(3):
        job = chunk(scene, clusters, mode, TH, 1)
        if n == 0:
            slowest(job)
        alone += await scene.play(job)
    answers = await scene.play(*[chunk(scene, clusters, mode, TH, COUNT) for _ in range(2)])
    ends = [row.ended for answer in answers for row in answer.rows]
    return {
        "preset": BUILD.preset,
        "lanes": BUILD.lanes,
        "clusters": clusters,
        "mode": mode.name,
        "TH": TH,
        "first_mask": max(a.rows[0].first_mask - a.scores_sent[0] for a in alone),
        "trailer": max(a.rows[0].ended - a.scores_sent[0] for a in alone),
        "chunk_end": max(a.ended - a.scores_sent[0] for a in alone),
        "interval": max((b - a for a, b in pairwise(ends[1:])), default=0),
    }


async def begin_idle(dut):
    """A scene whose unit has cleared its sums."""
    scene = await begin(dut)
    await scene.engine.idle(limits.AFTER_RESET)
    return scene


@cocotb.test(timeout_time=500, timeout_unit="ms")
async def a_row_right_after_reset_waits_for_the_sums_to_be_cleared(dut):
    scene = await begin(dut)
    row = await measure(scene, KEPT, ScoreMode.EXP, 19_661)
    await scene.end()
    bound = limits.AFTER_RESET + limits.first_mask(BUILD, row["clusters"])
    assert row["first_mask"] <= bound, f"{row['first_mask']}, not {bound}"


@cocotb.test(timeout_time=500, timeout_unit="ms")
async def cycles_stay_below_the_limits(dut):
    """Every row size and mode, thresholds early, late and none."""
    scene, rows = await begin_idle(dut), []
    for clusters in sizes():
        for mode in ScoreMode:
            for TH in (0, 19_661, 65_535, None):
                rows.append(await measure(scene, clusters, mode, TH))
    if "output" in SETTINGS:  # before they are judged: a bench shows what was missed
        Path(SETTINGS["output"]).write_text(json.dumps(rows, indent=1))
    for row in rows:
        row["mode"] = ScoreMode[row["mode"]]
    bounds = {
        "first_mask": limits.first_mask,
        "trailer": limits.trailer,
        "interval": limits.interval,
        "chunk_end": limits.chunk_end,
    }
    missed = [
        f"{name} {row[name]}, not {bound(BUILD, row['clusters'], row['mode'])}: {row}"
        for row in rows
        for name, bound in bounds.items()
        if row[name] > bound(BUILD, row["clusters"], row["mode"])
    ]
    assert not missed, "\n".join(missed)


@cocotb.test(
    timeout_time=500, timeout_unit="ms", skip=BUILD.variant != "exact" or KEPT <= BUILD.lanes
)
async def a_list_takes_a_cycle_for_each_candidate(dut):
    """A row's time follows its longest list, whichever lane that is; what weighs nothing has none.

    Where a list cannot hold them, all of the row is gone through. Eight lanes of many are enough:
    the first and the last ones.
    """
    scene, taken = await begin_idle(dut), {}
    for lane in {*range(min(BUILD.lanes, 4)), *range(max(0, BUILD.lanes - 4), BUILD.lanes)}:
        places = range(lane, KEPT, BUILD.lanes)
        for length in range(1, len(places) + 1):
            octaves = np.full((1, KEPT), -40.0)
            octaves[0, places[:length]] = 1
            counts = np.ones(KEPT, np.int64)
            (answer,) = await scene.play(Job(1, bf16_bits(octaves), counts, K=2**15, k=15))
            taken[lane, length] = answer.rows[0].first_mask - answer.scores_sent[0]
    await scene.end()
    # That a list ends shows a cycle after its last entry, with registers two; a row's end is known.
    row = -(-KEPT // BUILD.lanes) - (1 if BUILD.preset == "asic" else 2)
    expected = {
        (lane, length): taken[0, 1] - 1 + (length if length <= BUILD.candidates else row)
        for lane, length in taken
    }
    assert taken == expected, f"{taken}, not {expected}"


@cocotb.test(timeout_time=500, timeout_unit="ms", skip=BUILD.variant != "bucket")
async def cycles_of_the_control_follow_from_its_passes(dut):
    """A row that finds it idle takes exactly what D54 says, in every mode, whatever is in it."""
    scene, wrong, seen = await begin(dut), [], set()
    jobs = [
        chunk(scene, clusters, mode, TH, 1)
        for clusters in sizes()
        for mode in ScoreMode
        for TH in (0, 9_000, 19_661, 40_000, 52_429, 65_535, 65_535, None)
    ]
    for job in jobs:
        if job.TH == 65_535 and scene.rng.random() < 0.5:
            slowest(job)
        (answer,) = await scene.play(job)
        (row,) = answer.rows
        cycles, passes = row.first_mask - answer.scores_sent[0], row.trailer["passes"]
        seen.add(passes)
        expected = limits.first_mask_by_buckets(BUILD, job.rows.shape[1], job.mode, passes)
        if cycles != expected:
            wrong.append(f"{job.rows.shape[1]} {job.mode.name}, {passes}: {cycles}, not {expected}")
    assert not wrong, "\n".join(wrong)
    assert seen >= ({1, 2, 1 + BUILD.buckets} if BUILD.max_clusters > 1 else {1, 2})


@cocotb.test(timeout_time=500, timeout_unit="ms", skip=COUNT < 2)
async def what_is_certain_is_said_at_once(dut):
    """A row's masks and what it adds leave while nothing else comes (spec D47)."""
    scene = await begin(dut, in_order=True)
    for clusters in sizes():
        job = random_job(scene.rng, BUILD, clusters=clusters, count=COUNT)
        held = []

        def fault(row, beats, held=held):
            """The second row stays away until the first has been seen."""
            return beats if row == 0 else held.append(beats) or []

        job.scores_fault, job.faulty = fault, None
        scene.engine.offer(job)
        (first,) = scene.engine.under_way
        await scene.engine.idle(8 * BUILD.beats + 600)
        assert first.rows, "no row though the first one is complete"
        assert first.rows[0].trailer, "the first row waits for the second"
        news = first.rows[0].trailer["entries"]
        shown = sum(mask.bit_count() for _, mask in first.parts)
        assert shown == news, f"{shown} of {news} clusters of the first row have been said"
        for beats in held:
            scene.engine.send(scene.engine.scores, beats)
        await scene.play()
    await scene.end()
