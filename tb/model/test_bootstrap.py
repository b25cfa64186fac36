"""bootstrap: on made-up differences whose answer is known."""

import math
import re

import numpy as np
import pytest

from resv.laboratory import bootstrap


def blocks(values, rows=10.0):
    values = np.asarray(values, float)
    return np.stack([values * rows, np.full(len(values), rows)], axis=1)


def many(rng, clips, seeds, count, mean=0.0, between=0.0, within=1.0):
    """Differences with a spread between clips and one between blocks."""
    return {
        f"clip {c}": {
            str(s): blocks(shift + within * rng.standard_normal(count)) for s in range(seeds)
        }
        for c, shift in enumerate(mean + between * rng.standard_normal(clips))
    }


def test_equal_differences_have_no_spread():
    found = bootstrap({f"c{c}": {"0": blocks([-2.0] * 5)} for c in range(3)})
    assert (found.mean, found.low, found.high) == (-2, -2, -2)
    assert (found.clips, found.traces, found.blocks) == (3, 3, 15)
    assert found.verdict == "lower"


@pytest.mark.parametrize(("mean", "verdict"), [(-1, "lower"), (0, "open"), (1, "higher")])
def test_a_clear_difference_is_a_win_and_none_is_none(mean, verdict, seed):
    rng = np.random.default_rng(seed)
    data = many(rng, 8, 5, 20, within=0.3, between=0.0)
    shift = mean - bootstrap(data).mean
    moved = np.array([10 * shift, 0])
    data = {c: {s: b + moved for s, b in seeds.items()} for c, seeds in data.items()}
    found = bootstrap(data)
    assert found.mean == pytest.approx(mean)
    assert found.verdict == verdict


def test_the_interval_of_one_trace_is_that_of_a_mean(seed):
    values = np.random.default_rng(seed).standard_normal(100)
    found = bootstrap({"c": {"0": blocks(values)}}, draws=20_000)
    error = values.std() / math.sqrt(100)
    assert found.mean == pytest.approx(values.mean())
    assert found.high - found.low == pytest.approx(2 * 1.96 * error, rel=0.08)


def test_clips_that_disagree_leave_it_open_however_many_blocks():
    rng = np.random.default_rng(0)
    sign = {"a": 1, "b": -1, "c": 1, "d": -1, "e": 1, "f": 0.9}
    data = {c: {"0": blocks(s + 0.01 * rng.standard_normal(500))} for c, s in sign.items()}
    found = bootstrap(data)
    assert found.mean == pytest.approx(1.9 / 6, abs=0.01)
    assert found.low < 0 < found.high
    pooled = np.concatenate([one["0"] for one in data.values()])
    assert bootstrap({"all": {"0": pooled}}).verdict == "higher"  # what ignoring clips would claim


def test_seeds_that_disagree_widen_the_interval():
    same = {"c": {str(s): blocks(np.linspace(0, 1, 50)) for s in range(6)}}
    apart = {"c": {str(s): blocks(np.linspace(0, 1, 50) + s - 2.5) for s in range(6)}}
    a, b = bootstrap(same), bootstrap(apart)
    assert a.mean == pytest.approx(b.mean)
    assert b.high - b.low > 5 * (a.high - a.low)
    assert b.high - b.low == pytest.approx(2 * 1.96 * np.arange(6).std() / math.sqrt(6), rel=0.15)


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    rng = np.random.default_rng(1)
    hits = 0
    for n in range(150):
        found = bootstrap(many(rng, 12, 2, 10, mean=0.7, between=1.0), draws=400, seed=n)
        hits += found.low <= 0.7 <= found.high
    assert 0.84 <= hits / 150 <= 0.99  # a percentile bootstrap of 12 clips is a little narrow


def test_clips_and_seeds_count_alike_and_blocks_by_their_rows():
    data = {
        "a": {"0": blocks([1.0] * 9), "1": blocks([3.0])},
        "b": {"0": np.array([[10.0, 10.0], [0.0, 30.0]])},
    }
    assert bootstrap(data).mean == pytest.approx(((1 + 3) / 2 + 10 / 40) / 2)


def test_the_same_seed_draws_the_same():
    data = many(np.random.default_rng(2), 3, 2, 6)
    assert bootstrap(data, seed=3) == bootstrap(data, seed=3)
    assert bootstrap(data, seed=3) != bootstrap(data, seed=4)


def test_few_blocks_are_no_ground_for_a_claim():
    found = bootstrap({"c": {"0": blocks([-1.0] * 4)}})
    assert found.mean == -1
    assert math.isnan(found.low)
    assert found.verdict == "too few blocks"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "clips must be at least one, not none"),
        ({"c": {}}, "clip c must have at least one seed, not none"),
        ({"c": {"0": np.zeros((0, 2))}}, "blocks of clip c, seed 0 must have shape"),
        ({"c": {"0": np.zeros((5, 2))}}, "blocks of clip c, seed 0 must have rows, not 0"),
        ({"c": {"0": np.full((5, 2), np.nan)}}, "blocks of clip c, seed 0 must be finite"),
    ],
)
def test_bad_data_are_refused(data, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        bootstrap(data)


def test_too_few_draws_are_refused():
    with pytest.raises(ValueError, match=r"^draws must be at least 100, not 10$"):
        bootstrap({"c": {"0": blocks([1.0] * 5)}}, draws=10)
