"""A sample of the HCU's netlists against its RTL; and that the tool sees one that differs."""

import pytest

from hcu import equivalence_hcu
from verification import equivalence


def quiet(text):
    """Progress that nobody watches."""


@pytest.fixture
def small(monkeypatch, tmp_path):
    """The smallest netlist, in a folder of its own."""
    monkeypatch.setattr(equivalence.simulate, "BUILD", tmp_path)
    build = equivalence_hcu.BUILDS[0]
    return equivalence.synthesise("hcu", build, equivalence_hcu)


@pytest.mark.slow
def test_the_sample_is_proved_and_its_control_is_not(seed):
    section = equivalence.run("hcu", full=False, seed=seed, say=quiet)
    assert not section.missed, section.notes


@pytest.mark.slow
@pytest.mark.parametrize("gate", equivalence.CHANGES)
def test_a_netlist_with_one_gate_changed_is_not_proved(small, gate):
    assert equivalence.prove(small, gate)[1]


@pytest.mark.slow
def test_a_gate_that_is_not_there_is_an_error(small):
    text = (small / "gate.il").read_text()
    (small / "gate.il").write_text(text.replace("$_XOR_", "$_XNOR_"))
    with pytest.raises(ValueError, match="must have a XOR to be changed"):
        equivalence.prove(small, "XOR")


def test_every_name_of_the_sample_is_there():
    assert set(equivalence_hcu.SAMPLE) <= {build.name for build in equivalence_hcu.BUILDS}


def test_both_presets_are_compared_and_simulated():
    simulated = {b.parameters["preset"] for b in equivalence_hcu.BUILDS if b.simulated}
    assert simulated == {b.parameters["preset"] for b in equivalence_hcu.BUILDS}
    assert simulated == {"asic", "fpga"}
