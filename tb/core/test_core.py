"""The DRE in simulation: the excerpt's first chunks, end to end."""

import os

import pytest

import resv
import simulate
from core.small_core import SMALL
from dre.core import DREConfig

BENCHES = {"core.bench_core": 4, "core.bench_registers": 7, "core.bench_core_cocotbext": 1}
"""And how many cases each has."""

CASES = {"core.bench_core_cocotbext": "often=0.4"}
"""Of a bench, if not all."""

CHUNKS = {"ready": 9, "stalls": 9, "others": 9}


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
        outcome = simulate.run(
            prepared, bench, seed=seed, settings=settings, testcase=CASES.get(bench)
        )
        assert outcome.passed == cases, (outcome.failures, str(outcome.log))
