"""The WTU in simulation: small builds run every bench, large ones those that need their size.

Nearly all of the time of a build of many lanes is the C++ compiler's.
"""

import os

import pytest

import simulate
from dre import WTUConfig
from wtu.benches import BENCHES

SMALL = {"lanes": 16, "max_clusters": 256, "max_rows": 60}
ONE_LANE = {"lanes": 1, "max_clusters": 5, "max_rows": 3}
ODD = {"lanes": 3, "max_clusters": 40, "max_rows": 11}
LONG = {**ODD, "on_chip_clusters": 6}  # with preset `asic` it is the sample of coverage
MOST_LANES = {"lanes": 64, "max_clusters": 200, "max_rows": 300}
PAPER = {"lanes": 16, "max_clusters": 1024}

BUILDS = {
    "small-asic": {**SMALL, "preset": "asic"},
    "small-fpga": {**SMALL, "preset": "fpga"},
    "one-lane-asic": {**ONE_LANE, "preset": "asic"},
    "odd-fpga": {**ODD, "preset": "fpga"},
    "long-fpga": {**LONG, "preset": "fpga"},
    "most-lanes-asic": {**MOST_LANES, "preset": "asic"},
    "paper-fpga": {**PAPER, "preset": "fpga"},
}

WIDE = 8
"""From so many lanes on, what the C++ compiler optimises takes longer than it saves."""

ROWS_ONLY = ("wtu.bench_wtu",)
CHOSEN = {
    "small-fpga": (*ROWS_ONLY, "wtu.bench_wtu_cycles"),
    "paper-fpga": (*ROWS_ONLY, "wtu.bench_wtu_faults"),
    "most-lanes-asic": ROWS_ONLY,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", BUILDS)
def test_benches(name, seed):
    simulator, config = os.environ["SIM"], WTUConfig(**BUILDS[name])
    prepared = simulate.prepare(
        "wtu",
        config,
        simulator=simulator,
        name=f"test-wtu-{simulator}-{name}",
        optimise=config.lanes < WIDE,
    )
    failures = {}
    for bench in CHOSEN.get(name, BENCHES):
        outcome = simulate.run(prepared, bench, seed=seed)
        assert outcome.passed + len(outcome.failures), f"{bench} ran no case"
        if outcome.failures:
            failures[bench] = (outcome.failures, str(outcome.log))
    assert not failures
