"""Mutants of the KVMU in the fast replay: the unit itself passes, and mutants do not."""

import pytest

from dre.kvmu import KVMUConfig
from kvmu import mutants_kvmu, mutation_kvmu
from kvmu.builds_kvmu import SMALLEST
from verification import ledger, mutants, mutation_tally, replayed

CONFIG = KVMUConfig(**SMALLEST)


@pytest.mark.slow
def test_the_replay_kills_mutants_of_the_commands(seed, tmp_path, monkeypatch):
    monkeypatch.setattr(mutants_kvmu, "RANDOM", 2)
    where = "kvmu.keeper.calls_of_take_slot"  # whose every bit matters
    found = mutants.plant("kvmu", CONFIG, where, tmp_path, count=6, seed=seed)
    tally = mutation_tally.Tally("smallest", found)
    known = ledger.Ledger(tmp_path / "ledger.jsonl", {})
    netlist, folder = tmp_path / "mutants.v", tmp_path / "replay"
    left = replayed.kill(mutation_kvmu.REPLAY, CONFIG, netlist, folder, found, seed, tally, known)
    assert tally.killed + len(left) == len(found) == 6
    assert tally.killed >= 1


@pytest.mark.parametrize("review", mutation_kvmu.REVIEWED, ids=lambda review: review.mutants)
def test_every_review_is_about_a_line_that_is_there(review):
    review.covers(mutants.Mutant(1, "-mode inv -module kvmu -cell $1 -port Y -portbit 0"))


def test_there_are_enough_mutants_of_both_presets_and_stores():
    shares = mutation_kvmu.SHARES.values()
    assert sum(share.count for share in shares) >= mutation_kvmu.MUST >= 1000
    parts = [share for share in shares if share.part]
    assert {share.parameters["preset"] for share in parts} == {"asic", "fpga"}
    configs = [KVMUConfig(**share.parameters) for share in shares if not share.part]
    assert {(config.preset, config.store) for config in configs} == {
        (preset, store) for preset in ("asic", "fpga") for store in ("chip", "near")
    }
