"""laboratory: knobs that are given, and some layers and KV heads only."""

from dataclasses import replace

import pytest

import resv
from model.lab_traces import KINDS, SMALL, compared, made


@pytest.fixture(scope="module")
def trace():
    return made(0, frames=30)


@pytest.mark.parametrize("Th_r", [0.3, 0.8])
def test_a_given_knob_selects_what_the_golden_model_does(trace, Th_r):
    found = compared(trace, ["resv", "random"], knobs=[Th_r, 0.0])
    figures, config = found.figures(), replace(SMALL, Th_r=Th_r, scale=trace.scale)
    for kind, kinds in KINDS.items():
        steps = [step for step in resv.replay(trace, config) if step.kind in kinds]
        far = sum(step.far_tokens for step in steps)
        ratio = sum(step.selected_tokens for step in steps) / far
        one = figures["trace 0", kind, "knob", "resv", Th_r]
        assert (one.ratio, one.knob, one.reached) == (ratio, Th_r, True)
        assert figures["trace 0", kind, "knob", "random", 0.0].ratio == 0
    assert {key[1] for key in found.differences("nothing")} <= {"ratio", "equal_k"}


def test_some_heads_give_what_they_give_among_all(trace):
    """At a given knob; a fitted one is fitted to the heads that are measured."""
    every = compared(trace, ["random", "resv"], knobs=[0.3]).rows
    found = compared(trace, ["random", "resv"], knobs=[0.3], layers=[1], kv_heads=[0])
    some = found.rows
    hashes = {one.settings_sha256 for one in (*every, *some)}
    assert len(hashes) == 2
    here, there = (
        [one for one in rows if one.table == "knob" and (one.layer, one.kv_head) == (1, 0)]
        for rows in (every, some)
    )
    assert len(here) == len(there) > 10
    for one, other in zip(here, there, strict=True):
        assert one.selected_tokens == other.selected_tokens
        assert one.output_error == pytest.approx(other.output_error)
    assert {(one.layer, one.kv_head) for one in some} == {(1, 0)}
    assert found.figures()["trace 0", "frames", "ratio", "random", 0.5].ratio == pytest.approx(
        0.5, abs=0.01
    )  # a head has few far tokens
