"""How many cycles the WTU may take (spec D50)."""

from dre.layouts import ScoreMode

WEIGHTS = 35
"""More places in mode ``weight``: 3, 24 and 8 pairs of them."""

MASS = 50
"""Of the trailer's mass: a bit of the tokens that tie, or an octave, a cycle."""


def first_mask(build, clusters, mode=ScoreMode.EXP):
    """Most cycles from the last beat of a row's scores to its first mask, all streams ready."""
    fixed = 90 if build.preset == "asic" else 141 + 5 * _levels(build)
    return 2 * _beats(build, clusters) + fixed + (WEIGHTS if mode == ScoreMode.WEIGHT else 0)


def trailer(build, clusters, mode=ScoreMode.EXP):
    """The same, to the row's trailer."""
    return first_mask(build, clusters, mode) + _beats(build, clusters) + MASS + _levels(build)


def interval(build, clusters, mode=ScoreMode.EXP):
    """Most cycles between the trailers of rows of one size that follow each other."""
    return trailer(build, clusters, mode)


def _beats(build, clusters):
    return -(-clusters // build.lanes)


def _levels(build):
    return (build.lanes - 1).bit_length()
