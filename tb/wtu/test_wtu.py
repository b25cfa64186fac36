"""The WTU in simulation: small builds run every bench, large ones those that need their size.

Nearly all of the time of a build of many lanes is the C++ compiler's.
"""

import os
from pathlib import Path

import pytest

import simulate
from dre import WTUConfig
from dre.ecp5 import ECP5
from played import play
from wtu.benches import BENCHES

CELLS = Path(__file__).parents[1] / "cells"

SMALL = {"lanes": 8, "max_clusters": 256, "max_rows": 60}
ONE_LANE = {"lanes": 1, "max_clusters": 5, "max_rows": 3}
ODD = {"lanes": 3, "max_clusters": 40, "max_rows": 11}
LONG = {**ODD, "on_chip_clusters": 6}  # with preset `asic` it is the sample of coverage
MOST_LANES = {"lanes": 33, "max_clusters": 200, "max_rows": 300}
PAPER = {"lanes": 16, "max_clusters": 1024}
LINEAR = {**ODD, "variant": "bucket", "buckets": 5}
LOGIT = {"lanes": 1, "max_clusters": 9, "max_rows": 11, "axis": "logit", "buckets": 3}

BUILDS = {
    "small-asic": {**SMALL, "preset": "asic"},
    "small-fpga": {**SMALL, "preset": "fpga"},
    "one-lane-asic": {**ONE_LANE, "preset": "asic"},
    "odd-fpga": {**ODD, "preset": "fpga"},
    "long-fpga": {**LONG, "preset": "fpga"},
    "most-lanes-asic": {**MOST_LANES, "preset": "asic"},
    "paper-fpga": {**PAPER, "preset": "fpga"},
    "bucket-linear-asic": {**LINEAR, "preset": "asic"},
    "bucket-logit-fpga": {**LOGIT, "variant": "bucket", "preset": "fpga"},
}

WIDE = 8
"""From so many lanes on, what the C++ compiler optimises takes longer than it saves."""

ROWS_ONLY = ("wtu.bench_wtu",)
CHOSEN = {
    "small-fpga": (*ROWS_ONLY, "wtu.bench_wtu_cycles"),
    "paper-fpga": (*ROWS_ONLY, "wtu.bench_wtu_faults"),
    "most-lanes-asic": ROWS_ONLY,
    "bucket-linear-asic": tuple(name for name in BENCHES if "out_of_step" not in name),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", BUILDS)
def test_benches(name, seed):
    build_and_play(name, name, CHOSEN.get(name, BENCHES), seed)


@pytest.mark.slow
def test_in_blocks_of_an_ecp5(seed, tmp_path):
    """With our models of the cells; what they do not promise is wrong on purpose."""
    config = WTUConfig(**BUILDS["odd-fpga"])
    source = simulate.write_verilog("wtu", config, tmp_path / "wtu.v", ECP5(least_depth=1))
    text = source.read_text()
    assert "PDPW16KD" in text
    assert "MULT18X18D" in text
    source.write_text(text + "".join(cell.read_text() for cell in sorted(CELLS.glob("*.v"))))
    build_and_play("odd-ecp5", "odd-fpga", ROWS_ONLY, seed, source=source)


def build_and_play(name, build, benches, seed, **more):
    """Run benches on a build."""
    simulator, config = os.environ["SIM"], WTUConfig(**BUILDS[build])
    prepared = simulate.prepare(
        "wtu",
        config,
        simulator=simulator,
        name=f"test-wtu-{simulator}-{name}",
        optimise="full" if config.lanes < WIDE else "none",
        **more,
    )
    play(prepared, benches, seed)
