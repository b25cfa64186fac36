"""The KVMU in simulation: small builds of both presets, chip and near memory."""

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

HERE = {
    "smallest-fpga": ("bench_kvmu", "bench_kvmu_lists", "bench_kvmu_bad"),
    "odd-fpga": ("bench_kvmu", "bench_kvmu_faults"),
    "near-asic": ("bench_kvmu", "bench_kvmu_lists", "bench_kvmu_broken", "bench_kvmu_counters"),
}
"""Each bench with a build; all with all: `make verify CORE=kvmu`."""


@pytest.mark.slow
@pytest.mark.parametrize("name", BUILDS)
def test_benches(name, seed):
    simulator = os.environ["SIM"]
    prepared = simulate.prepare(
        "kvmu",
        KVMUConfig(**BUILDS[name]),
        simulator=simulator,
        name=f"test-kvmu-{simulator}-{name}",
        optimise="some",
    )
    play(prepared, [f"kvmu.{bench}" for bench in HERE[name]], seed)


def test_every_bench_but_the_longest_has_a_build():
    here = {f"kvmu.{bench}" for benches in HERE.values() for bench in benches}
    assert set(BENCHES) - here == {"kvmu.bench_kvmu_carry"}
