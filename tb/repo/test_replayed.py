"""Mutants in a fast replay: who is killed, who hangs, who is left; and which case tries first."""

import sys
from types import SimpleNamespace

import pytest

from verification import ledger, mutation_tally, replayed
from verification.mutants import Mutant

KILLERS = {1: ("short", False), 2: ("long", True), 3: None, 4: ("short", False)}


@pytest.fixture
def tried(monkeypatch):
    """A suite whose two cases kill as told; which case met which mutant, in that order."""
    met = []

    class Suite:
        def __init__(self, config, netlist, folder, seed):
            assert folder.is_dir()
            self.cycles = {"long": 1_000, "short": 10}

        def killed_by(self, case, number):
            met.append((case, number))
            killer = KILLERS[number]
            return (True, killer[1]) if killer and killer[0] == case else (False, False)

    monkeypatch.setitem(sys.modules, "a_suite", SimpleNamespace(Suite=Suite))
    monkeypatch.setattr("os.cpu_count", lambda: 1)  # so that the order is known
    return met


@pytest.fixture
def kill(tmp_path):
    """Try all four; who is left, and the tally."""

    def go():
        mutants = [Mutant(number, "") for number in KILLERS]
        known = ledger.Ledger(tmp_path / "ledger.jsonl", {})
        tally = mutation_tally.Tally("build", mutants)
        left = replayed.kill("a_suite", None, None, tmp_path / "replay", mutants, 1, tally, known)
        return [mutant.number for mutant in left], tally

    return go


def test_every_mutant_meets_cases_until_one_kills_it(tried, kill):
    left, tally = kill()
    assert left == [3]
    assert dict(tally.killers) == {"replay: short": 2, "replay: long": 1}
    assert tally.hangs == 1
    assert tally.killed == 3
    assert ("long", 1) not in tried
    assert tried.index(("short", 2)) < tried.index(("long", 2))


def test_who_has_a_verdict_is_not_tried_again(tried, kill, monkeypatch):
    first = kill()
    monkeypatch.delitem(sys.modules, "a_suite")  # not even made
    again = kill()
    assert again[0] == first[0]
    assert (again[1].killers, again[1].hangs) == (first[1].killers, first[1].hangs)
