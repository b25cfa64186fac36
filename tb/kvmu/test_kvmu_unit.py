"""The KVMU in simulation: every build below runs every bench."""

import os

import pytest

import simulate
from dre.kvmu import KVMUConfig
from kvmu.benches_kvmu import BENCHES
from kvmu.builds_kvmu import NEAR, ODD, SMALLEST
from played import play

BUILDS = {
    "smallest-fpga": {**SMALLEST, "preset": "fpga"},
    "odd-fpga": {**ODD, "preset": "fpga"},
    "near-asic": {**NEAR, "preset": "asic"},
}


@pytest.mark.slow
@pytest.mark.parametrize("name", BUILDS)
def test_benches(name, seed):
    simulator = os.environ["SIM"]
    prepared = simulate.prepare(
        "kvmu",
        KVMUConfig(**BUILDS[name]),
        simulator=simulator,
        name=f"test-kvmu-{simulator}-{name}",
        optimise=False,
    )
    play(prepared, BENCHES, seed)
