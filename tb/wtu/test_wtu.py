"""The WTU in simulation: what `make test` plays of every bench on every build."""

import os
from pathlib import Path

import pytest

import simulate
from dre import WTUConfig
from dre.ecp5 import ECP5
from played import play
from wtu.sizes_wtu import BUILDS, ROWS_ONLY, SAMPLE, optimise

CELLS = Path(__file__).parents[1] / "cells"


@pytest.mark.slow
@pytest.mark.parametrize("name", SAMPLE)
def test_benches(name, seed):
    build_and_play(name, name, SAMPLE[name], seed)


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
        optimise=optimise(config),
        **more,
    )
    play(prepared, benches, seed)
