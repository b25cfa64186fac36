"""The sample of ``make verify TOOL=coverage``: all benches once on one small build."""

import pytest

from verification import coverage


@pytest.mark.slow
def test_coverage_of_the_sample(seed):
    section = coverage.run("hcu", full=False, seed=seed, say=print)
    assert not section.missed, [note for note in section.notes if "Not reached" in note]
    assert {figure.figure for figure in section.figures} == {
        *coverage.KINDS.values(),
        "functional bins seen",
    }
