"""The HCU in simulation: what `make test` plays of every bench on every build."""

import os

import pytest

import simulate
from dre import HCUConfig
from hcu.benches import BENCHES
from hcu.sizes_hcu import BUILDS, SAMPLE, benches, optimise
from played import play


@pytest.mark.slow
@pytest.mark.parametrize("name", SAMPLE)
def test_benches(name, seed):
    simulator, config = os.environ["SIM"], HCUConfig(**BUILDS[name])
    prepared = simulate.prepare(
        "hcu",
        config,
        simulator=simulator,
        name=f"test-{simulator}-{name}",
        optimise=optimise(config),
    )
    play(prepared, SAMPLE[name], seed, without=set(BENCHES) - set(benches(config)))
