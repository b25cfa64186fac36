"""How many cycles the WTU may take (spec D50, and D54 of the control)."""

from dre.layouts import ScoreMode

WEIGHTS = 35
"""More places in mode ``weight``: 3, 24 and 8 pairs of them."""

SECOND_READING = 8
"""Longer than a replay, with preset ``fpga``: scores become keys once more."""

AFTER_RESET = 100
"""Within these the unit has cleared its sums; before, it is not idle."""

MASS = 50
"""Of the trailer's mass: a bit of the tokens that tie, or an octave, a cycle."""


def first_mask(build, clusters, mode=ScoreMode.EXP):
    """Most cycles from the last beat of a row's scores to its first mask, all streams ready.

    Of a row that is read twice: of its first reading.
    """
    if build.variant == "bucket":
        return first_mask_by_buckets(build, clusters, mode, 1 + build.buckets)
    fixed = 90 if build.preset == "asic" else 162 + 5 * _levels(build)
    if build.preset == "fpga" and clusters > build.on_chip_clusters:
        fixed += SECOND_READING
    return 2 * _beats(build, clusters) + fixed + (WEIGHTS if mode == ScoreMode.WEIGHT else 0)


def first_mask_by_buckets(build, clusters, mode, passes):
    """The same of the control, for a row that takes so many passes; and it takes exactly that."""
    asic, beats, levels = build.preset == "asic", _beats(build, clusters), _levels(build)
    if passes == 1:
        return beats + (14 if asic else 34 + 2 * levels)
    if build.axis == "linear":
        fixed = 30 if asic else 66
    elif mode == ScoreMode.EXP:
        fixed = 22 if asic else 47
    else:
        fixed = 28 if asic else 57
    first = beats + fixed + (0 if asic else 2 * levels)
    if passes == 2:
        return first
    edge = 8 if build.axis == "linear" and not asic else 3
    return first + (6 if asic else 11 + levels) + (passes - 3) * max(beats, edge) + beats


def trailer(build, clusters, mode=ScoreMode.EXP):
    """The same, to the row's trailer."""
    if build.variant == "bucket":
        rest = 2 if build.preset == "asic" else 3 + _levels(build)
    else:
        rest = MASS + _levels(build)
    return first_mask(build, clusters, mode) + _beats(build, clusters) + rest


def chunk_end(build, clusters, mode=ScoreMode.EXP):
    """The same, to the trailer of the chunk, if it is its last row."""
    return trailer(build, clusters, mode) + (build.variant == "bucket")


def interval(build, clusters, mode=ScoreMode.EXP):
    """Most cycles between the trailers of rows of one size that follow each other.

    Nothing is loaded while a row is given whose candidates have not had room in a list.
    """
    beats = _beats(build, clusters)
    exact = build.variant == "exact"
    waits = beats if exact and beats > build.candidates else 0
    return trailer(build, clusters, mode) + waits


def _beats(build, clusters):
    return -(-clusters // build.lanes)


def _levels(build):
    return (build.lanes - 1).bit_length()
