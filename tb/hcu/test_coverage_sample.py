"""The sample of ``make verify TOOL=coverage``: all benches once on one small build."""

import pytest

from hcu import coverage_hcu
from verification import coverage


@pytest.mark.slow
def test_coverage_of_the_sample(seed, monkeypatch):
    section = coverage.run("hcu", full=False, seed=seed, say=print)
    assert not section.missed, [note for note in section.notes if "Not reached" in note]
    assert {figure.figure for figure in section.figures} == {
        *coverage.KINDS.values(),
        "functional bins seen",
    }

    # The same with fewer benches must miss what only the others reach.
    monkeypatch.setattr(coverage_hcu, "BENCHES", ("hcu.bench_hcu_faults",))
    section = coverage.run("hcu", full=False, seed=seed, say=print)
    assert len(section.missed) == len(section.figures)
    assert any("dre/hcu/table_pass.py" in hole for hole in section.details["holes"]["odd-asic"])
    assert any(note.startswith("**Situation never seen**") for note in section.notes)
