"""The HCU against the golden model: every decision, bit for bit, under every mix of stalls."""

import cocotb
import numpy as np

from engine import Job
from hcu import coverage
from hcu.golden import preload
from hcu.scene import BUILD, ON_CHIP, begin
from hcu.workload import flip, near_words, random_job, random_words
from streams import Stalls

STREAMS = ("hash_bits", "passes", "table", "assignments")
MIXES = {
    "ready": {},
    "slow sources": {"hash_bits": Stalls(valid=0.3), "table": Stalls(valid=0.4)},
    "slow sinks": {"assignments": Stalls(ready=0.2), "passes": Stalls(ready=0.1)},
    "all": {name: Stalls(valid=0.6, ready=0.5) for name in STREAMS},
    "lazy": {name: Stalls(valid=0.8, ready=0.8, lazy=True) for name in STREAMS},
}
CONTEXTS = [5] if ON_CHIP else [0, 1, 4095]


@cocotb.test(timeout_time=20, timeout_unit="ms")
@cocotb.parametrize(mix=list(MIXES), latency=[0] if ON_CHIP else [0, 100])
async def random_streams(dut, mix, latency):
    """Chunks of any size and settings, several contexts at a time."""
    scene = await begin(dut, MIXES[mix], latency)
    for _ in range(12 if BUILD.max_chunk < 100 else 3):  # as much work, longer chunks
        jobs = [random_job(scene.rng, BUILD, scene.golden, CONTEXTS) for _ in range(5)]
        await scene.play(*jobs)
    await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def chains_of_founders(dut):
    """Tokens that join clusters founded by the tokens just before them, in every lane."""
    scene = await begin(dut)
    seeds = random_words(scene.rng, 2, BUILD.hash_bits)
    size = min(BUILD.max_chunk, 2 * BUILD.lanes + 3)
    for Th_hd in (0, 1, 3, BUILD.hash_bits + 1):
        for _ in range(6):
            words = near_words(scene.rng, size, BUILD.hash_bits, seeds, 4)
            await scene.play(Job(7, words, Th_hd=Th_hd, max_clusters=BUILD.max_clusters))
    await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def distances_around_the_threshold(dut):
    """A token at every distance from the only cluster, for every threshold: below joins."""
    scene = await begin(dut)
    centre = random_words(scene.rng, 1, BUILD.hash_bits)
    step = max(1, BUILD.hash_bits // 16)
    for Th_hd in range(0, BUILD.hash_bits + 2, step):
        for distance in {max(0, Th_hd - 1), min(Th_hd, BUILD.hash_bits), BUILD.hash_bits}:
            await scene.restart(forget=True)
            token = flip(scene.rng, centre[0], distance)[None]
            limits = {"Th_hd": Th_hd, "max_clusters": BUILD.max_clusters}
            await scene.play(Job(3, centre, **limits), Job(3, token, **limits))


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def every_lane_sees_the_largest_distance(dut):
    """All tokens of a chunk are the complement of the only cluster; then another one comes."""
    scene = await begin(dut)
    limits = {"Th_hd": BUILD.hash_bits + 1, "max_clusters": 1}
    word = random_words(scene.rng, 1, BUILD.hash_bits)
    await scene.play(Job(3, word, **limits))
    for tokens in (~word, word, ~word):
        size = min(BUILD.lanes, BUILD.max_chunk)
        await scene.play(Job(3, np.repeat(tokens, size, axis=0), **limits))
    await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def table_fills_up(dut):
    """Founding until the table is full, then the full rule, with and without a cap."""
    scene = await begin(dut, MIXES["all"])
    limit = min(BUILD.max_clusters, 40)
    for cap in (None, 3, 1):
        for _ in range(8):
            words = random_words(scene.rng, min(BUILD.max_chunk, 16), BUILD.hash_bits)
            limits = {"Th_hd": 2, "max_clusters": limit, "cluster_cap": cap}
            await scene.play(Job(9, words, **limits))
    await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms", skip=ON_CHIP)
async def clusters_at_their_limits(dut):
    """Members around cap and 65,535: closed, unjoinable, refused; nothing changes when refused."""
    scene = await begin(dut, MIXES["all"])
    build, rng = BUILD, scene.rng
    last_joinable = 65_535 - build.max_chunk
    kinds = [1, 2, 99, 100, 101, last_joinable, last_joinable + 1, 65_535]
    for round_number in range(40):
        clusters = rng.randint(1, min(build.max_clusters, 12))
        words = random_words(rng, clusters, build.hash_bits)
        subset = rng.choice([kinds, [100, 101, 65_535], [65_535, last_joinable + 1]])
        context = round_number % 16
        preload(scene.engine, scene.golden, context, words, rng.choices(subset, k=clusters))
        tokens = near_words(rng, min(build.max_chunk, 12), build.hash_bits, words, 5)
        for room in (0, 1):
            limit = min(max(1, clusters + room), build.max_clusters)
            limits = {"max_clusters": limit, "cluster_cap": rng.choice([100, None])}
            await scene.play(Job(context, tokens, Th_hd=5, **limits))
    await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms", skip=BUILD.max_clusters < 2)
async def ties_go_to_the_lowest_index(dut):
    """Many clusters at the same distance of a token."""
    scene = await begin(dut)
    token = random_words(scene.rng, 1, BUILD.hash_bits)[0]
    count = min(BUILD.max_clusters, BUILD.max_chunk, 6)
    for context in [11] if ON_CHIP else [11, 12, 13]:
        for part in range(0, 6, count):
            words = [flip(scene.rng, token, 2) for _ in range(part, min(6, part + count))]
            await scene.play(
                Job(context, np.array(words), Th_hd=0, max_clusters=BUILD.max_clusters)
            )
        await scene.play(Job(context, token[None], Th_hd=7, max_clusters=BUILD.max_clusters))
    await scene.end()


@cocotb.test()
async def every_situation_has_been_seen(dut):
    """Functional coverage of the cases above; only meaningful when all of them have run."""
    assert not coverage.missing(BUILD), f"never seen: {', '.join(coverage.missing(BUILD))}"
