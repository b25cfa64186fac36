"""The table unit in simulation: every build runs every bench."""

import os

import pytest

import simulate
from dre.table import TableConfig
from played import play
from table.builds_table import BUILDS

BENCHES = ("table.bench_table", "table.bench_table_faults", "table.bench_table_bad")


@pytest.mark.slow
@pytest.mark.parametrize("name", BUILDS)
def test_benches(name, seed):
    simulator = os.environ["SIM"]
    prepared = simulate.prepare(
        "hct",
        TableConfig(**BUILDS[name]),
        simulator=simulator,
        name=f"test-table-{simulator}-{name}",
        optimise="some",
    )
    play(prepared, BENCHES, seed)
