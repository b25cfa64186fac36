# amaranth: UnusedElaboratable=no
"""The row reader in simulation: every build runs every bench."""

import os

import pytest

import simulate
from dre.scores import ScoreReader
from dre.table import TableConfig
from played import play
from table.builds_table import BUILDS


@pytest.mark.slow
@pytest.mark.parametrize("name", ["one", "odd", "wide"])
def test_benches(name, seed):
    simulator = os.environ["SIM"]
    prepared = simulate.prepare(
        "scores",
        TableConfig(**BUILDS[name]),
        simulator=simulator,
        name=f"test-scores-{simulator}-{name}",
        optimise="some",
    )
    play(prepared, ["scores.bench_scores"], seed)


def test_it_takes_nothing_but_a_table_units_configuration():
    with pytest.raises(TypeError, match="config must be a TableConfig, not 3"):
        ScoreReader(3)
