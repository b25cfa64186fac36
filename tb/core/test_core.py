"""The DRE in simulation: the excerpt's first chunks, end to end."""

import os

import pytest

import resv
import simulate
from dre.core import DREConfig

SMALL = {
    "hash_lanes": 4,
    "lanes": 4,
    "contexts": 2,
    "max_clusters": 256,
    "on_chip_clusters": 256,
    "near_slots": 1_024,
    "frames": 32,
    "far_pages": 256,
    "extents": 512,
    "max_tokens": 4_096,
    "max_chunk": 64,
    "cache_words": 64,
}
"""Room for the excerpt, and little more: far memory is used, the cache misses."""

BENCHES = {"core.bench_core": 4, "core.bench_registers": 7}
"""And how many cases each has."""

CHUNKS = {"ready": 9, "stalls": 9}


@pytest.mark.slow
def test_benches(seed):
    simulator = os.environ["SIM"]
    prepared = simulate.prepare(
        "dre",
        DREConfig(**SMALL),
        simulator=simulator,
        name=f"test-dre-{simulator}",
        optimise="some",
    )
    settings = {"trace": str(resv.excerpt_path()), "most_chunks": CHUNKS}
    for bench, cases in BENCHES.items():
        outcome = simulate.run(prepared, bench, seed=seed, settings=settings)
        assert outcome.passed == cases, (outcome.failures, str(outcome.log))
