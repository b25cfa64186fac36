"""Founders that later groups of their chunk must find, in the chunk buffer and in its order."""

import cocotb
import numpy as np

from engine import Job
from hcu.scene import BUILD, begin

MOST = min(BUILD.max_chunk - 1, BUILD.max_clusters)
SIZES = {1, 2, BUILD.lanes, BUILD.lanes + 1, 2 * BUILD.lanes, MOST}


def distinct_words(rng, count):
    """Hash words of which no two are equal."""
    numbers = set()
    while len(numbers) < count:
        numbers.add(rng.getrandbits(BUILD.hash_bits))
    numbers = rng.sample(sorted(numbers), count)
    data = b"".join(number.to_bytes(BUILD.hash_bits // 8, "little") for number in numbers)
    return np.frombuffer(data, np.uint8).reshape(count, -1)


@cocotb.test(timeout_time=20, timeout_unit="ms", skip=MOST < 1)
async def any_founder_is_found_again(dut):
    """Some tokens found; those behind, into the next group, all equal one of them."""
    scene = await begin(dut)
    limits = {"Th_hd": 1, "max_clusters": BUILD.max_clusters}
    for founders in sorted(size for size in SIZES if 1 <= size <= MOST):
        groups = -(-founders // BUILD.lanes)
        behind = min(groups * BUILD.lanes + 1, BUILD.max_chunk) - founders
        places = {0, 7, 8, founders // 2, founders - 1, scene.rng.randrange(founders)}
        for again in sorted(place for place in places if place < founders):
            scene.forget(1)
            words = distinct_words(scene.rng, founders)
            order = [*range(founders), *[again] * behind]
            (answer,) = await scene.play(Job(1, words[order], **limits))
            assert answer.tokens[-1]["cluster"] == again
    scene.forget(1)
    await scene.end()


@cocotb.test(timeout_time=20, timeout_unit="ms", skip=MOST < 2)
async def all_founders_are_found_again(dut):
    """The first half of a chunk founds, the second half comes in another order."""
    scene = await begin(dut)
    half = min((MOST + 1) // 2, BUILD.max_clusters)
    for _ in range(4):
        scene.forget(1)
        words = distinct_words(scene.rng, half)
        order = [*range(half), *scene.rng.sample(range(half), half)]
        limits = {"Th_hd": 1, "max_clusters": BUILD.max_clusters}
        await scene.play(Job(1, words[order], **limits))
    scene.forget(1)
    await scene.end()
