"""Spec D25 on every port: valid stays, and the payload stays, until the beat is taken."""

from verification import claims

INPUTS, OUTPUTS = ("chunks", "counts", "scores"), ("reads", "rows", "selected")


def assume_inputs(harness):
    """Inputs keep the rule; settings belong to the beat of ``chunks``."""
    for name in INPUTS:
        harness.assume(claims.stays(harness, getattr(harness.unit, name), name))


def outputs_stay(harness):
    """Outputs keep it, if the inputs do."""
    claims.outputs_stay(harness, INPUTS, OUTPUTS)
