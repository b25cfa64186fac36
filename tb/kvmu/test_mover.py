"""The mover in simulation: every build below runs every bench."""

import os

import pytest

import simulate
from dre.kvmu import MoverConfig
from kvmu.benches_kvmu import MOVER_BENCHES
from kvmu.builds_kvmu import MOVER_ODD, MOVER_ONE, MOVER_WIDE
from played import play

BUILDS = {
    "one-fpga": {**MOVER_ONE, "preset": "fpga"},
    "odd-fpga": {**MOVER_ODD, "preset": "fpga"},
    "wide-asic": {**MOVER_WIDE, "preset": "asic"},
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
        optimise="some",
    )
    play(prepared, MOVER_BENCHES, seed)


@pytest.mark.slow
def test_between_other_peoples_memories(seed):
    prepared = simulate.prepare(
        "mover",
        MoverConfig(**BUILDS["odd-fpga"]),
        simulator="verilator",
        name="test-mover-cocotbext",
        optimise="some",
    )
    outcome = simulate.run(prepared, "kvmu.bench_mover_cocotbext", seed=seed)
    assert outcome.passed == 3, (outcome.failures, str(outcome.log))
