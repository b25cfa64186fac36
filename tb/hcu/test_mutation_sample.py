"""A sample of the HCU's mutants and seeded defects; and that the tool sees what survives."""

import pytest

import simulate
from dre import HCUConfig
from hcu import defects_hcu, mutation_hcu
from verification import defects, mutants, mutation, prove, shares


def quiet(text):
    """Progress that nobody watches."""


SEED = 1
"""Of the sample: among other mutants may be others that change nothing, and each needs a reason."""


@pytest.mark.slow
def test_the_benches_kill_the_sample_and_catch_its_defects():
    section = mutation.run("hcu", full=False, seed=SEED, say=quiet)
    assert not section.missed, section.notes


@pytest.mark.slow
def test_mutants_survive_where_no_case_runs(monkeypatch, seed):
    """And nothing is proved: which mutants change nothing depends on the seed."""
    monkeypatch.setattr(prove, "equivalent", lambda *_: False)
    monkeypatch.setattr(prove.Parts, "equivalent", lambda *_: False)
    monkeypatch.setattr(mutation_hcu, "CASES", "no such case")
    share = shares.Share(mutation_hcu.SHARES["asic"].parameters, 0, 1, "hcu.search.decider")
    monkeypatch.setattr(mutation_hcu, "SHARES", {"no-cases": share})
    monkeypatch.setattr(defects, "run", lambda *arguments, **more: ([], []))
    section = mutation.run("hcu", full=False, seed=seed, say=quiet)
    assert [figure.figure for figure in section.missed] == ["survivors without a reason", "score"]


@pytest.mark.slow
def test_a_defect_is_not_caught_where_no_case_runs(monkeypatch, seed):
    monkeypatch.setattr(mutation_hcu, "CASES", "no such case")
    monkeypatch.setattr(defects_hcu, "SAMPLE", defects_hcu.SAMPLE[:1])
    figures, notes = defects.run("hcu", full=False, seed=seed, say=quiet)
    assert not figures[0].meets(figures[0].must)
    assert "not caught" in notes[0]


def test_a_defect_whose_text_is_gone_is_an_error(tmp_path):
    defect = defects.Defect("gone", "dre/hcu/decider.py", "no such text", "")
    with pytest.raises(ValueError, match="exactly once, not 0 times"):
        defects.plant(defect, tmp_path / "hw")


@pytest.mark.parametrize("defect", defects_hcu.DEFECTS, ids=lambda defect: defect.name)
def test_every_seeded_defect_can_be_planted(defect, tmp_path):
    defects.plant(defect, tmp_path / "hw")
    changed = (tmp_path / "hw" / defect.source).read_text()
    assert defect.wrong in changed
    assert changed != (simulate.ROOT / "hw" / defect.source).read_text()


def test_there_are_at_least_ten_seeded_defects_each_with_a_name():
    assert len({defect.name for defect in defects_hcu.DEFECTS}) >= 10
    assert set(defects_hcu.SAMPLE) <= {defect.name for defect in defects_hcu.DEFECTS}


def test_a_review_of_a_line_that_is_gone_is_an_error():
    mutant = mutants.Mutant(1, "-mode inv -module hcu -cell $1 -port Y -portbit 0")
    review = shares.Reviewed("hw/dre/hcu/loader.py", "no such line", "*", "none")
    with pytest.raises(ValueError, match="must have the line 'no such line'"):
        review.covers(mutant)


@pytest.mark.parametrize("review", mutation_hcu.REVIEWED, ids=lambda review: review.line)
def test_every_review_is_about_a_line_that_is_there(review):
    review.covers(mutants.Mutant(1, "-mode inv -module hcu -cell $1 -port Y -portbit 0"))


def test_the_builds_and_counts_of_a_full_run():
    assert sum(share.count for share in mutation_hcu.SHARES.values()) >= mutation_hcu.MUST
    core = [s for s in mutation_hcu.SHARES.values() if s.parameters.get("table") != "memory"]
    assert sum(share.count for share in core) >= mutation_hcu.MUST
    assert {HCUConfig(**share.parameters).preset for share in core} == {"asic", "fpga"}
