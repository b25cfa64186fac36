"""A sample of the endurance of the KVMU; and that the tool sees what is wrong."""

from collections import Counter
from dataclasses import replace
from types import SimpleNamespace

import pytest

from dre.kvmu import KVMUConfig
from dre.kvmu.unit import COUNTED, STICKY
from kvmu import endurance_kvmu, fast_kvmu
from kvmu.fast_kvmu import Tally
from kvmu.mixture_kvmu import BEGINNINGS
from kvmu.wrong_kvmu import wrong_monitor
from verification import endurance


def quiet(text):
    """Progress that nobody watches."""


@pytest.fixture
def apart(monkeypatch, tmp_path):
    """Files of this test alone: others use the same program."""

    def endure(*about, **how):
        return fast_kvmu.endure(*about, **how, folder=tmp_path)

    monkeypatch.setattr(endurance_kvmu, "endure", endure)


@pytest.mark.slow
def test_thousands_of_operations_are_right(seed, apart):
    section = endurance.run("kvmu", full=False, seed=seed, say=quiet)
    assert not section.missed, section.notes
    values = {figure.figure: figure for figure in section.figures}
    assert {figure.trace for figure in section.figures} == {"near-asic"}
    assert values["operations"].value >= 3_500
    assert values["operations"].must == ">= 3500"
    assert values["single bits of metadata flipped"].value > 100
    assert "release ok" in section.notes[0]


@pytest.mark.parametrize("share", endurance_kvmu.SHARES)
def test_what_a_run_begins_with_has_every_situation(share, seed, tmp_path):
    """So that no seed is without one: random commands come on top of that."""
    chosen = endurance_kvmu.SHARES[share]
    build = KVMUConfig(**chosen.parameters)
    seen, commands = Counter(), 0
    for number in range(len(BEGINNINGS)):
        piece = fast_kvmu.plan_piece(build, number, 1, seed, tmp_path, seen)
        commands += len(piece.commands)
    assert not endurance_kvmu.missing(build, SimpleNamespace(seen=seen))
    assert commands < (chosen.sample or chosen.count) / 2, "little is left for random commands"


def test_a_full_run_is_of_all_builds_and_long_enough():
    assert {name.partition("-")[2] for name in endurance_kvmu.SHARES} == {"asic", "fpga"}
    for share in endurance_kvmu.SHARES.values():
        assert share.count >= 100_000
        KVMUConfig(**share.parameters)


def test_what_is_wrong_misses_a_must(seed, monkeypatch):
    right = Tally(operations=10, cycles=100, processor_seconds=1.0, flips=10_000)
    wrong = replace(right, operations=9, mismatches=1, flips=9_999)
    wrong.difference = "command 3 (end ok): count is 1"
    shares = {"right": endurance.Share({}, 10), "wrong": endurance.Share({}, 10)}
    monkeypatch.setattr(endurance_kvmu, "SHARES", shares)
    tallies = {"right": right, "wrong": wrong}

    def endure(name, config, operations, seed, say):
        return tallies[name.rpartition("-")[2]]

    def missing(config, tally):
        return ["empty part"] if tally is wrong else []

    monkeypatch.setattr(endurance_kvmu, "endure", endure)
    monkeypatch.setattr(endurance_kvmu, "missing", missing)
    section = endurance.run("kvmu", full=True, seed=seed, say=quiet)
    missed = {(figure.figure, figure.trace) for figure in section.missed}
    assert missed == {
        ("operations", "wrong"),
        ("mismatches", "wrong"),
        ("situations never seen", "wrong"),
        ("single bits of metadata flipped", "wrong"),
    }
    assert any("wrong first**: command 3 (end ok)" in note for note in section.notes)
    assert any("never seen**: empty part" in note for note in section.notes)


@pytest.mark.parametrize(
    ("flips", "said"), [(7, None), (6, "counter corrected is 7, not 0"), (0, "not 0")]
)
def test_no_more_bits_may_be_put_right_than_were_turned_round(flips, said):
    counters = [7 * (name == "corrected") for name in COUNTED]
    status = sum((name == "corrected") << n for n, name in enumerate(STICKY))
    replayed = SimpleNamespace(fault=None, counters=counters, flips=flips, status=status)
    wrong = wrong_monitor(Counter(), replayed)
    assert wrong == said if said is None else said in wrong
