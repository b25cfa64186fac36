"""Of every unit's proofs: a sample with its controls, and that their lists hang together."""

from importlib import import_module

import pytest

from settings import brings
from simulate import PARTS
from simulate import UNITS as ALL_UNITS
from verification import defects, formal

CORES = [core for core in (*ALL_UNITS, *PARTS) if brings(core, "formal")]
UNITS = {core: import_module(f"{core}.formal_{core}") for core in CORES}
CONTROLS = [
    pytest.param(unit, control, id=f"{core}: {control.defect.name}")
    for core, unit in UNITS.items()
    for control in unit.CONTROLS
]


def quiet(text):
    """Progress that nobody watches."""


@pytest.mark.slow
@pytest.mark.parametrize("core", CORES)
def test_the_sample_is_proved_and_its_defects_refuted(core, seed):
    section = formal.run(core, full=False, seed=seed, say=quiet)
    assert not section.missed, section.notes


@pytest.mark.parametrize(("unit", "control"), CONTROLS)
def test_every_control_can_be_planted_for_a_proof_that_is_there(unit, control, tmp_path):
    assert [proof.name for proof in unit.PROOFS].count(control.proof) == 1
    defects.plant(control.defect, tmp_path / "hw")
    assert control.defect.wrong in (tmp_path / "hw" / control.defect.source).read_text()


@pytest.mark.parametrize("unit", UNITS.values(), ids=CORES)
def test_every_name_of_the_sample_is_there(unit):
    names = [proof.name for proof in unit.PROOFS]
    names += [control.defect.name for control in unit.CONTROLS]
    assert len(names) == len(set(names))
    assert set(unit.SAMPLE) <= set(names)


@pytest.mark.parametrize("unit", UNITS.values(), ids=CORES)
def test_every_kind_of_proof_has_a_control(unit):
    kinds = {proof.name.partition(",")[0] for proof in unit.PROOFS}
    assert kinds == {control.proof.partition(",")[0] for control in unit.CONTROLS}


@pytest.mark.parametrize("unit", UNITS.values(), ids=CORES)
def test_a_bounded_proof_says_why(unit):
    assert all(proof.mode == "prove" or proof.why_bounded for proof in unit.PROOFS)
