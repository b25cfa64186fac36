"""``make verify TOOL=sizes``: what fails is told, and `make test` plays a part of the same."""

from importlib import import_module

import pytest

import simulate
from verification import sizes


def section(monkeypatch, core, benches, seed):
    unit = import_module(f"{core}.sizes_{core}")
    monkeypatch.setattr(unit, "BUILDS", {"smallest-asic": unit.BUILDS["smallest-asic"]})
    monkeypatch.setattr(unit, "benches", lambda config: benches)
    return sizes.run(core, full=True, seed=seed, say=print)


@pytest.mark.slow
def test_a_bench_that_runs_no_case_is_a_failure(monkeypatch, seed):
    alone = ("hcu.bench_hcu_on_chip", "hcu.bench_hcu_founders", "hcu.bench_hcu_cycles")
    found = section(monkeypatch, "hcu", alone, seed)
    assert [figure.value for figure in found.missed] == [2]
    assert found.figures[0].bound == "of 3"
    assert found.notes == [
        "**Failed** on `smallest-asic`: hcu.bench_hcu_on_chip ran no case.",
        "**Failed** on `smallest-asic`: hcu.bench_hcu_founders ran no case.",
    ]


@pytest.mark.parametrize("core", ["hcu", "wtu"])
def test_the_sample_has_every_bench_and_only_builds_that_are_there(core):
    unit, config = import_module(f"{core}.sizes_{core}"), simulate.UNITS[core][1]
    fitting = {name: set(unit.benches(config(**unit.BUILDS[name]))) for name in unit.SAMPLE}
    played = {bench for name, benches in unit.SAMPLE.items() for bench in benches}
    assert played == set(unit.BENCHES)
    for name, benches in unit.SAMPLE.items():
        assert fitting[name] & set(benches), name
