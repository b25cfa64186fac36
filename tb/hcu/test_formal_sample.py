"""That the tool sees what is not proved, and what is no longer there."""

import dataclasses

import pytest
from amaranth.hdl import Fragment

import simulate
from dre import HCU, HCUConfig
from hcu import formal_hcu
from verification import defects, formal, harness


def quiet(text):
    """Progress that nobody watches."""


def small():
    made = harness.Harness(HCU(HCUConfig(**formal_hcu.SMALL, preset="asic")), quiet)
    Fragment.get(made, None)
    return made


def proof_named(name):
    (proof,) = [proof for proof in formal_hcu.PROOFS if proof.name == name]
    return proof


@pytest.mark.slow
def test_a_defect_that_is_none_is_not_refuted(monkeypatch, seed):
    none = defects.Defect("a word", "dre/hcu/decider.py", "One output register", "An output")
    control = formal.Control("streams, small, asic", none, within=8)
    monkeypatch.setattr(formal_hcu, "PROOFS", [proof_named("streams, small, asic")])
    monkeypatch.setattr(formal_hcu, "CONTROLS", [control])
    monkeypatch.setattr(formal_hcu, "SAMPLE", ("a word",))
    section = formal.run("hcu", full=False, seed=seed, say=quiet)
    assert [figure.figure for figure in section.missed] == ["seeded defects refuted, both solvers"]


@pytest.mark.slow
def test_a_cover_that_is_too_short_is_missed(monkeypatch, seed):
    proof = dataclasses.replace(proof_named("streams, small, asic"), cover=2)
    monkeypatch.setattr(formal_hcu, "PROOFS", [proof])
    monkeypatch.setattr(formal_hcu, "SAMPLE", (proof.name,))
    section = formal.run("hcu", full=False, seed=seed, say=quiet)
    assert [figure.figure for figure in section.missed] == ["proofs whose covers are all reached"]
    assert "a cover was not reached" in section.notes[0]


def test_a_register_that_is_gone_is_an_error():
    with pytest.raises(LookupError, match=r"search\.decider must have 1 signal 'gone', not 0"):
        small().signal("gone", "search", "decider")


def test_a_state_that_is_gone_is_an_error():
    with pytest.raises(KeyError, match="GONE"):
        small().state("search", "sequencer")("GONE")


def test_a_wrapper_that_cannot_be_built_names_the_proof():
    proof = dataclasses.replace(proof_named("streams, small, asic"), function="hcu.properties.no.w")
    with pytest.raises(simulate.BuildFailed, match="formal, streams, small, asic: ModuleNotFound"):
        formal.prepare("hcu", proof, None)
