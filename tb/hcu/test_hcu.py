"""The HCU in simulation: every build below runs every bench."""

import os

import pytest

import simulate
from dre import HCUConfig
from hcu.benches import BENCHES
from played import play

SMALLEST = {"hash_bits": 16, "lanes": 1, "max_clusters": 1, "max_chunk": 1}
ODD = {"hash_bits": 24, "lanes": 3, "max_clusters": 37, "max_chunk": 11}
PAPER = {"max_clusters": 1024, "max_chunk": 32}
WIDEST = {"hash_bits": 128, "lanes": 4, "max_clusters": 65_535, "max_chunk": 13}
MOST_LANES = {"hash_bits": 16, "lanes": 64, "max_clusters": 50, "max_chunk": 70}
ONE_LANE = {"hash_bits": 32, "lanes": 1, "max_clusters": 20, "max_chunk": 5}
ONE_GROUP = {"hash_bits": 40, "lanes": 7, "max_clusters": 64, "max_chunk": 5}

BUILDS = {
    **{
        f"{name}-{preset}": {**sizes, "preset": preset}
        for preset in ("asic", "fpga")
        for name, sizes in (("paper", PAPER), ("odd", ODD), ("smallest", SMALLEST))
    },
    "widest-fpga": {**WIDEST, "preset": "fpga"},
    "one-group-asic": {**ONE_GROUP, "preset": "asic"},
    "most-lanes-asic": {**MOST_LANES, "preset": "asic"},
    "most-lanes-fpga": {**MOST_LANES, "preset": "fpga"},
    "one-lane-fpga": {**ONE_LANE, "preset": "fpga"},
    "default": {},
    **{
        f"{name}-on-chip-{preset}": {**sizes, "preset": preset, "table": "memory"}
        for name, sizes, preset in (("odd", ODD, "asic"), ("paper", PAPER, "fpga"))
    },
}

WIDE = 64
"""From so many lanes on, what the C++ compiler optimises takes longer than it saves."""

CHOSEN = {
    "default": ("hcu.bench_hcu",),
    "most-lanes-asic": ("hcu.bench_hcu",),
    "paper-asic": ("hcu.bench_hcu", "hcu.bench_hcu_cycles"),
    "paper-on-chip-fpga": ("hcu.bench_hcu", "hcu.bench_hcu_on_chip"),
}
"""Others run every bench; these have a neighbour of their preset or sizes that does."""


@pytest.mark.slow
@pytest.mark.parametrize("name", BUILDS)
def test_benches(name, seed):
    simulator = os.environ["SIM"]
    config = HCUConfig(**BUILDS[name])
    prepared = simulate.prepare(
        "hcu",
        config,
        simulator=simulator,
        name=f"test-{simulator}-{name}",
        optimise="full" if config.lanes < WIDE else "none",
    )
    not_meant = {"hcu.bench_hcu_on_chip"}
    if prepared.config.table == "memory":
        not_meant = {"hcu.bench_hcu_table_faults", "hcu.bench_hcu_cycles"}
    if prepared.config.max_chunk == 1:  # no later token that could find a founder
        not_meant.add("hcu.bench_hcu_founders")
    play(prepared, CHOSEN.get(name, BENCHES), seed, without=not_meant)
