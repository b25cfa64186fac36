"""Mutants meet benches in processes that are stopped, or that the simulator gives up."""

from types import SimpleNamespace

import pytest

import simulate
from verification import ledger, mutation, mutation_tally
from verification.mutants import Mutant

UNIT = SimpleNamespace(CASES="*", SETTINGS={})
KILLED = {"case": "a case", "why": "wrong", "cycles": 10}
PASSED = {"case": "", "why": "", "cycles": 90}
VERDICTS = {1: KILLED, 2: PASSED, 3: {**KILLED, "why": "hang"}, 4: KILLED}


@pytest.fixture
def simulated(monkeypatch, tmp_path):
    """Ends of processes in turn: how many verdicts, how it ends, and its log; who was tried."""
    ends, tried = [], []

    def run(prepared, bench, *, seed, settings):
        chosen = settings["mutation"]
        tried.append(chosen["mutants"])
        verdicts, end, log = ends.pop(0)
        (tmp_path / "bench_mutants.log").write_text(log)
        path = simulate.Path(chosen["ledger"])
        if verdicts is not None:
            ledger.write(path, "benches", 0, {"cases": {"a case": 90}})
            for number in chosen["mutants"][:verdicts]:
                ledger.write(path, "benches", number, VERDICTS[number])
        if isinstance(end, BaseException):
            raise end
        return SimpleNamespace(failures=end)

    monkeypatch.setattr(simulate, "run", run)
    return ends, tried


@pytest.fixture
def meet(tmp_path):
    """Let four mutants meet the benches."""

    def prepare():
        return SimpleNamespace(folder=tmp_path)

    def go():
        of = {"sources": "1", "seed": 1, "count": 4}
        found, known = mutation_tally.Tally("one"), ledger.Ledger(tmp_path / "ledger.jsonl", of)
        four = [Mutant(number, "") for number in VERDICTS]
        left = mutation._simulate(prepare, UNIT, ("bench",), four, found, 1, known)
        return [mutant.number for mutant in left], found

    return go


def test_all_of_them_in_one_process(simulated, meet):
    ends, tried = simulated
    ends.append((4, (), ""))
    left, tally = meet()
    assert left == [2]
    assert (tally.killers, tally.hangs) == ({"a case": 3}, 1)
    assert tried == [[1, 2, 3, 4]]


def test_one_that_was_stopped_goes_on_where_it_was(simulated, meet):
    ends, tried = simulated
    ends += [(2, KeyboardInterrupt(), ""), (2, (), "")]
    with pytest.raises(KeyboardInterrupt):
        meet()
    left, tally = meet()
    assert left == [2]
    assert (tally.killed, tally.hangs) == (3, 1)
    assert tried == [[1, 2, 3, 4], [3, 4]]
    assert meet()[0] == [2]  # and nothing is simulated any more
    assert len(tried) == 2


def test_a_mutant_that_does_not_settle_is_killed(simulated, meet):
    ends, tried = simulated
    ends += [
        (1, simulate.BuildFailed("ended early"), "Active region did not converge"),
        (2, (), ""),
    ]
    left, tally = meet()
    assert left == []
    assert tally.killers == {"a case": 3, mutation.UNSETTLED: 1}
    assert tried == [[1, 2, 3, 4], [3, 4]]


def test_a_process_that_dies_of_something_else_kills_nobody(simulated, meet):
    ends, tried = simulated
    ends += [(1, simulate.BuildFailed("ended early"), "out of memory"), (3, (), "")]
    with pytest.raises(simulate.BuildFailed):
        meet()
    assert meet()[0] == [2]
    assert tried == [[1, 2, 3, 4], [2, 3, 4]]


@pytest.mark.parametrize(
    ("verdicts", "end"), [(0, ("a case",)), (None, ()), (None, simulate.BuildFailed("no"))]
)
def test_a_unit_that_fails_without_a_mutant_is_told(simulated, meet, verdicts, end):
    simulated[0].append((verdicts, end, "did not converge"))
    with pytest.raises(simulate.BuildFailed, match="the unmutated unit fails"):
        meet()
