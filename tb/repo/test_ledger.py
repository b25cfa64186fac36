"""Verdicts that outlive the run that found them."""

import json

import pytest

from verification.ledger import Ledger, sources
from verification.mutants import Mutant

OF = {"sources": "abc", "seed": 1, "count": 2}


def test_verdicts_are_there_in_the_next_run(tmp_path):
    path = tmp_path / "deep" / "ledger.jsonl"
    first = Ledger(path, OF)
    assert not first.resumed
    first.note("parts", 2, True)
    first.note("replay", 2, ["a case", False])
    again = Ledger(path, OF)
    assert again.resumed
    assert ("parts", 2) in again
    assert ("parts", 1) not in again
    assert (again["parts", 2], again["replay", 2]) == (True, ["a case", False])


@pytest.mark.parametrize("other", [{"sources": "abd"}, {"seed": 2}, {"count": 3}])
def test_those_of_something_else_are_not(tmp_path, other):
    path = tmp_path / "ledger.jsonl"
    Ledger(path, OF).note("parts", 1, True)
    assert not Ledger(path, {**OF, **other}).resumed
    assert not Ledger(path, OF).resumed  # they are gone


def test_a_line_that_was_not_written_to_its_end_is_left_out(tmp_path):
    path = tmp_path / "ledger.jsonl"
    ledger = Ledger(path, OF)
    ledger.note("parts", 1, True)
    with path.open("a") as file:
        file.write('{"stage": "parts", "mutant": 2, "ver')
    again = Ledger(path, OF)
    assert ("parts", 2) not in again
    again.note("parts", 3, False)
    assert Ledger(path, OF)["parts", 3] is False
    assert all(json.loads(line) for line in path.read_text().splitlines())


def test_what_is_known_is_not_found_again(tmp_path):
    ledger, asked = Ledger(tmp_path / "ledger.jsonl", OF), []

    def find(mutant):
        asked.append(mutant.number)
        return mutant.number == 1

    assert [ledger.once("parts", Mutant(n, ""), find) for n in (1, 2, 1, 2)] == [
        *(True, False, True, False)
    ]
    assert asked == [1, 2]


def test_sources_are_what_verdicts_depend_on(tmp_path):
    for name in ("hw", "model", "tb", "constraints", "docs"):
        (tmp_path / name).mkdir()
    (tmp_path / "requirements.lock").write_text("a==1\n")
    found = [sources(tmp_path)]
    for change in ("hw/a.py", "tb/deep.h", "requirements.lock", "model/b.py"):
        (tmp_path / change).write_text("# other\n")
        found.append(sources(tmp_path))
    assert len(set(found)) == len(found)
    (tmp_path / "docs" / "page.md").write_text("words")
    (tmp_path / "tb" / "left.pyc").write_text("made")
    assert sources(tmp_path) == found[-1]
    (tmp_path / "hw" / "a.py").rename(tmp_path / "hw" / "c.py")
    assert sources(tmp_path) != found[-1]
