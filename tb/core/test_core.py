"""The DRE in simulation: the excerpt's first chunks, end to end."""

import os

import pytest

import resv
import simulate
from core.small_core import READING, SMALL
from dre.core import DREConfig

BENCHES = {
    "streamed": (SMALL, {"core.bench_registers": 7, "core.bench_core_cocotbext": 1}),
    "near": (READING, {"core.bench_core": 5}),
}
"""Builds, and how many cases each bench has; `make sim` plays them the other way round."""

CASES = {"core.bench_core_cocotbext": "often=0.4"}
"""Of a bench, if not all."""

CHUNKS = {"ready": 9, "stalls": 9, "others": 9}


@pytest.mark.slow
@pytest.mark.parametrize("name", BENCHES)
def test_benches(name, seed):
    simulator, (parameters, benches) = os.environ["SIM"], BENCHES[name]
    prepared = simulate.prepare(
        "dre",
        DREConfig(**parameters),
        simulator=simulator,
        name=f"test-dre-{simulator}-{name}",
        optimise="none",
    )
    settings = {"trace": str(resv.excerpt_path()), "most_chunks": CHUNKS}
    for bench, cases in benches.items():
        outcome = simulate.run(
            prepared, bench, seed=seed, settings=settings, testcase=CASES.get(bench)
        )
        assert outcome.passed == cases, (outcome.failures, str(outcome.log))
