"""One chunk of the paper's size, small enough to look at: what `make pictures` draws as waves."""

import cocotb
import numpy as np

from engine import Job
from hcu.golden import preload
from hcu.scene import BUILD, begin
from hcu.workload import flip, random_words
from streams import Stalls

CLUSTERS, TOKENS = 18, 10


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def one_chunk(dut):
    """Tokens that join old clusters, found new ones and join those; a table with gaps."""
    scene = await begin(dut, {"table": Stalls(valid=0.8)})
    table = random_words(scene.rng, CLUSTERS, BUILD.hash_bits)
    preload(scene.engine, scene.golden, 0, table, [1] * CLUSTERS)
    fresh = random_words(scene.rng, 2, BUILD.hash_bits)
    near = [table[2], table[11], fresh[0], fresh[0], table[11], fresh[1], table[17], fresh[1]]
    words = [flip(scene.rng, word, 2) for word in (*near, table[5], fresh[0])]
    (answer,) = await scene.play(Job(0, np.array(words)))
    assert answer.clusters == CLUSTERS + 2
    await scene.end()
