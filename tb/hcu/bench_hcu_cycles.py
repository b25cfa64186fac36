"""Cycles of the HCU, measured and held against spec D34.

BENCH settings: ``output``, a file for the measurements (a list of objects); ``clusters`` and
``tokens``, the table and chunk sizes to measure at.
"""

import json
from itertools import pairwise
from math import ceil
from pathlib import Path

import cocotb

from engine import Job
from hcu import limits
from hcu.golden import preload
from hcu.scene import BUILD, ON_CHIP, SETTINGS, begin
from hcu.workload import flip, random_words

CONTEXTS = range(1) if ON_CHIP else range(6)


def bound(tokens, clusters):
    """Spec D34, for ``clusters`` at chunk end."""
    return limits.bound(BUILD, tokens, clusters)


async def measure(scene, tokens, clusters, founding, latency):
    """Chunks of several contexts in turn, all streams ready; the slowest of those in full swing.

    ``clusters`` is the number at chunk end. Returns one measurement.
    """
    await scene.restart(forget=True)
    scene.engine.table_latency = latency
    before = clusters - tokens if founding else clusters
    tables = {}
    for context in CONTEXTS:
        tables[context] = words = random_words(scene.rng, before, BUILD.hash_bits)
        preload(scene.engine, scene.golden, context, words, [1] * before)
    jobs = []
    for context in CONTEXTS:
        words = random_words(scene.rng, tokens, BUILD.hash_bits)
        if not founding:
            for n in range(tokens):
                words[n] = flip(scene.rng, scene.rng.choice(tables[context]), 1)
        jobs.append(Job(context, words, 0 if founding else 2, BUILD.max_clusters))
    answers = await scene.play(*jobs)
    assert all(answer.clusters == clusters for answer in answers)
    ends = [answer.ended for answer in answers]
    return {
        "preset": BUILD.preset,
        "lanes": BUILD.lanes,
        "tokens": tokens,
        "clusters": clusters,
        "founded": before != clusters,
        "table_latency": latency,
        "interval": max(later - earlier for earlier, later in pairwise(ends[1:])),
        "alone": answers[0].cycles(BUILD.lanes),
        "alone_with_loading": ends[0] - answers[0].header_sent + 1,
        "entries_read": scene.engine.entries_read / len(jobs),
        "bound": bound(tokens, clusters),
    }


def sizes():
    """Chunk and table sizes that this build can do."""
    usual = {1, 10, BUILD.lanes, 2 * BUILD.lanes + 1, BUILD.max_chunk}
    for clusters in SETTINGS.get("clusters", [1, 40, 300]):
        for tokens in SETTINGS.get("tokens", sorted(usual)):
            if 1 <= tokens <= BUILD.max_chunk and clusters <= BUILD.max_clusters:
                yield tokens, clusters


@cocotb.test(timeout_time=500, timeout_unit="ms", skip=ON_CHIP)
async def cycles_stay_below_the_bound(dut):
    """Every chunk size and table size, with and without founding, table at once or late."""
    scene, rows = await begin(dut), []
    for tokens, clusters in sizes():
        for founding in (False, True) if tokens <= clusters else (False,):
            for latency in (0, 100):
                rows.append(await measure(scene, tokens, clusters, founding, latency))
    if "output" in SETTINGS:  # before they are judged: a bench shows what was missed
        Path(SETTINGS["output"]).write_text(json.dumps(rows, indent=1))
    for row in rows:
        before = row["clusters"] - row["tokens"] * row["founded"]
        passes = ceil(row["tokens"] / BUILD.lanes)
        assert row["entries_read"] == passes * before, f"the table is read once a group: {row}"
        if row["table_latency"] == 0:
            assert row["interval"] <= row["bound"], row
            assert row["alone"] <= row["bound"], row
        elif row["clusters"] >= 128:  # a shorter chunk cannot hide such a latency
            assert row["interval"] <= row["bound"], row
