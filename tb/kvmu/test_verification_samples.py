"""The KVMU's samples of the tools of ``make verify``, and its data for them.

That the tools see what is wrong is tested with the HCU (``tb/hcu/test_*_sample.py``); the proofs'
sample and their controls are those of ``tb/repo/test_formal.py``.
"""

from itertools import product

import pytest

import simulate
from dre.kvmu import KVMUConfig
from kvmu import coverage_kvmu, defects_kvmu, formal_kvmu, powerup_kvmu, upsets_kvmu
from verification import defects, powerup, upsets

EVERY_BUILD = set(product(("asic", "fpga"), ("chip", "near")))


def quiet(text):
    """Progress that nobody watches."""


@pytest.mark.slow
@pytest.mark.parametrize("tool", [powerup, upsets], ids=lambda t: t.__name__)
def test_the_sample_misses_nothing(tool, seed):
    section = tool.run("kvmu", full=False, seed=seed, say=quiet)
    assert not section.missed, section.notes


@pytest.mark.slow
def test_the_benches_catch_the_sample_of_defects(seed):
    (caught,), notes = defects.run("kvmu", full=False, seed=seed, say=quiet)
    assert caught.meets(caught.must), notes


@pytest.mark.parametrize("defect", defects_kvmu.DEFECTS, ids=lambda defect: defect.name)
def test_every_seeded_defect_can_be_planted(defect, tmp_path):
    assert defect.tried in defects_kvmu.TRIED
    defects.plant(defect, tmp_path / "hw")
    changed = (tmp_path / "hw" / defect.source).read_text()
    assert defect.wrong in changed
    assert changed != (simulate.ROOT / "hw" / defect.source).read_text()


def test_there_are_at_least_thirty_seeded_defects_each_with_a_name():
    names = [defect.name for defect in defects_kvmu.DEFECTS]
    assert len(names) == len(set(names)) >= 30
    assert set(defects_kvmu.SAMPLE) <= set(names)


def test_seeded_defects_are_in_every_part_of_the_unit():
    folder = simulate.ROOT / "hw" / "dre" / "kvmu" / "keeper"
    steps = {path.name for path in folder.glob("*.py")} - {"__init__.py", "routine.py"}
    sources = {defect.source for defect in defects_kvmu.DEFECTS}
    assert {f"dre/kvmu/keeper/{name}" for name in steps} <= sources


def test_every_tool_takes_both_presets_and_both_kinds_of_store():
    units = [proof.parameters for proof in formal_kvmu.PROOFS]
    assert {parameters.get("preset") for parameters in units} >= {"asic", "fpga"}
    for builds in (
        [build.parameters for build in coverage_kvmu.BUILDS.values() if build.part is None],
        list(powerup_kvmu.BUILDS.values()),
        [share.parameters for share in upsets_kvmu.SHARES.values()],
    ):
        configs = [KVMUConfig(**parameters) for parameters in builds]
        assert {(c.preset, c.store) for c in configs} == EVERY_BUILD
    tried = [
        KVMUConfig(**{**defects_kvmu.TRIED[defect.tried].parameters, **defect.build})
        for defect in defects_kvmu.DEFECTS
        if defects_kvmu.TRIED[defect.tried].core == "kvmu"
    ]
    assert {c.preset for c in tried} == {"asic", "fpga"}
    assert {c.store for c in tried} == {"chip", "near"}


@pytest.mark.parametrize("name", upsets_kvmu.SHARES)
def test_every_register_of_a_build_is_in_a_class_of_upsets(name, tmp_path):
    share = upsets_kvmu.SHARES[name]
    for state in upsets.enumerate_states("kvmu", KVMUConfig(**share.parameters), tmp_path):
        upsets.classify(upsets_kvmu.CLASSES, state.path)
