"""The WTU's samples of the tools of ``make verify``, and its data for them.

That the tools see what is wrong is tested with the HCU (``tb/hcu/test_*_sample.py``).
"""

import pytest

import simulate
from dre import WTUConfig
from verification import coverage, defects, mutants, powerup, upsets
from wtu import coverage_wtu, defects_wtu, equivalence_wtu, mutation_wtu, powerup_wtu, upsets_wtu


def quiet(text):
    """Progress that nobody watches."""


@pytest.mark.slow
@pytest.mark.parametrize("tool", [coverage, powerup, upsets], ids=lambda t: t.__name__)
def test_the_sample_misses_nothing(tool, seed):
    section = tool.run("wtu", full=False, seed=seed, say=quiet)
    assert not section.missed, section.notes


@pytest.mark.slow
def test_the_benches_catch_the_sample_of_defects(seed):
    (caught,), notes = defects.run("wtu", full=False, seed=seed, say=quiet)
    assert caught.meets(caught.must), notes


@pytest.mark.parametrize("defect", defects_wtu.DEFECTS, ids=lambda defect: defect.name)
def test_every_seeded_defect_can_be_planted(defect, tmp_path):
    defects.plant(defect, tmp_path / "hw")
    changed = (tmp_path / "hw" / defect.source).read_text()
    assert defect.wrong in changed
    assert changed != (simulate.ROOT / "hw" / defect.source).read_text()


def test_there_are_at_least_twelve_seeded_defects_each_with_a_name():
    assert len({defect.name for defect in defects_wtu.DEFECTS}) >= 12
    assert set(defects_wtu.SAMPLE) <= {defect.name for defect in defects_wtu.DEFECTS}


@pytest.mark.parametrize("review", mutation_wtu.REVIEWED, ids=lambda review: review.line)
def test_every_review_is_about_a_line_that_is_there(review):
    review.covers(mutants.Mutant(1, "-mode inv -module wtu -cell $1 -port Y -portbit 0"))


def test_the_builds_and_counts_of_a_full_run():
    shares = mutation_wtu.SHARES.values()
    assert sum(share.count for share in shares) >= mutation_wtu.MUST >= 1000
    kinds = {
        (WTUConfig(**s.parameters).preset, WTUConfig(**s.parameters).reads_twice) for s in shares
    }
    assert kinds == {(preset, twice) for preset in ("asic", "fpga") for twice in (False, True)}


def test_every_tool_takes_both_presets_and_rows_that_are_read_twice():
    for builds in (
        [build.parameters for build in coverage_wtu.BUILDS.values()],
        list(powerup_wtu.BUILDS.values()),
        [share.parameters for share in upsets_wtu.SHARES.values()],
        [build.parameters for build in equivalence_wtu.BUILDS],
    ):
        configs = [WTUConfig(**parameters) for parameters in builds]
        assert {c.preset for c in configs if c.reads_twice} == {"asic", "fpga"}


def test_every_register_of_a_build_is_in_a_class_of_upsets(tmp_path):
    for share in upsets_wtu.SHARES.values():
        for state in upsets.enumerate_states("wtu", WTUConfig(**share.parameters), tmp_path):
            upsets.classify(upsets_wtu.CLASSES, state.path)
