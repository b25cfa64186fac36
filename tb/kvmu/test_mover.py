"""The mover in simulation: every build below runs every bench."""

import os

import pytest

import simulate
from dre.kvmu import MoverConfig
from played import play

BENCHES = ("kvmu.bench_mover", "kvmu.bench_mover_faults")

ONE = {"outstanding": 1, "burst_bytes": 16, "jobs": 2, "job_bytes": 256, "timeout": 800}
ODD = {
    **{"data_bits": 64, "address_bits": 33, "outstanding": 5, "burst_bytes": 64},
    **{"jobs": 8, "job_bytes": 4096, "timeout": 1000},
}
WIDE = {
    **{"data_bits": 512, "address_bits": 64, "outstanding": 8, "burst_bytes": 512},
    **{"jobs": 4, "job_bytes": 8192, "timeout": 1000},
}
BUILDS = {
    "one-fpga": {**ONE, "preset": "fpga"},
    "odd-fpga": {**ODD, "preset": "fpga"},
    "wide-asic": {**WIDE, "preset": "asic"},
}


@pytest.mark.slow
@pytest.mark.parametrize("name", BUILDS)
def test_benches(name, seed):
    simulator = os.environ["SIM"]
    prepared = simulate.prepare(
        "mover",
        MoverConfig(**BUILDS[name]),
        simulator=simulator,
        name=f"test-mover-{simulator}-{name}",
        optimise=False,
    )
    play(prepared, BENCHES, seed)


@pytest.mark.slow
def test_between_other_peoples_memories(seed):
    prepared = simulate.prepare(
        "mover",
        MoverConfig(**BUILDS["odd-fpga"]),
        simulator="verilator",
        name="test-mover-cocotbext",
        optimise=False,
    )
    outcome = simulate.run(prepared, "kvmu.bench_mover_cocotbext", seed=seed)
    assert outcome.passed == 3, (outcome.failures, str(outcome.log))
