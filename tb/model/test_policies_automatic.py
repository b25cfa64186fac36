"""policies.automatic: what a target becomes, on the prefix and behind it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import resv
from model.lab_traces import SMALL, made
from resv import policies
from resv.tokens import Kind

PREFIX = 4
NAMES = ["resv", "resv_plus"]


def one_head(seed):
    trace = made(seed, frames=12, layers=1, kv_heads=1)
    return list(policies.walk(trace, 0, 0, SMALL))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("auto", ["ratio", "mass"])
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), target=st.floats(0.05, 0.95))
def test_behind_the_prefix_a_target_is_the_Th_r_that_gave_it(name, auto, seed, target):
    head = policies.make(f"{name}:auto={auto}:prefix={PREFIX}").start()
    plain = policies.make(name).start()
    seen_chunks, worth, chosen = one_head(seed), [], []
    for seen in seen_chunks:
        found, as_it_is = (one.entries(seen.past, seen.rows) for one in (head, plain))
        given_thresholds = head.thresholds(target)
        if len(worth) < PREFIX:
            assert given_thresholds is None
            np.testing.assert_array_equal(found, as_it_is)
            chosen.append(as_it_is)
            worth.append(worth_of(seen, auto))
            continue
        Th_r = given_thresholds.Th_r
        reached = share_at(chosen, worth, Th_r)
        assert given_thresholds.reached == pytest.approx(reached)
        assert reached <= target or Th_r == min(map(np.min, chosen))
        np.testing.assert_array_equal(found <= target, as_it_is <= Th_r)


def worth_of(seen, auto):
    """What each far token counts for: one, or its softmax mass, mean over the rows."""
    past = seen.past
    if auto == "ratio":
        return np.ones(past.far_tokens)
    total = np.zeros(past.far_tokens)
    for row in seen.rows:
        weights = np.exp(past.scale * (past.far_keys @ row))
        total += weights / weights.sum()
    return total / len(seen.rows)


def share_at(chosen, worth, Th_r):
    pairs = zip(chosen, worth, strict=True)
    taken = sum(float(one[entries <= Th_r].sum()) for entries, one in pairs)
    return taken / sum(float(one.sum()) for one in worth)


@pytest.mark.parametrize("name", NAMES)
def test_following_looks_at_the_last_chunks(name):
    head = policies.make(f"{name}:auto=follow:prefix={PREFIX}").start()
    plain, chosen = policies.make(name).start(), []
    for seen in one_head(7):
        found, as_it_is = (one.entries(seen.past, seen.rows) for one in (head, plain))
        if len(chosen) >= PREFIX:
            last = np.concatenate(chosen[-PREFIX:])
            within = [x for x in np.unique(last) if np.mean(last <= x) <= 0.6]
            Th_r = max(within, default=last.min())
            np.testing.assert_array_equal(found <= 0.6, as_it_is <= Th_r)
        if seen.kind == Kind.FRAME:
            chosen.append(as_it_is)


@pytest.mark.parametrize("name", NAMES)
def test_Th_hd_is_the_least_with_clusters_of_that_size(name):
    head = policies.make(f"{name}:auto=ratio:prefix={PREFIX}:tokens_per_cluster=3").start()
    for number, seen in enumerate(one_head(5)):
        head.entries(seen.past, seen.rows)
        if number == PREFIX:
            break
    Th_hd, tokens = head.thresholds(0.5).Th_hd, seen.past.first - SMALL.sink_tokens
    sizes = [
        tokens / policies.make(f"{name}:Th_hd={one}").start().groups(seen.past)
        for one in (Th_hd - 1, Th_hd)
    ]
    assert sizes[0] < 3 <= sizes[1]


def test_thresholds_of_all_heads():
    trace = made(3, frames=12)
    found = policies.thresholds(trace, f"resv_plus:auto=mass:prefix={PREFIX}", 0.7, config=SMALL)
    assert list(found) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert len({one.Th_r for one in found.values()}) > 1
    assert all(one.Th_hd == 7 for one in found.values())


def smallest_clusters_within(seen_chunks, target):
    """The largest Th_hd, up to 7, whose least selection of the prefix stays within the target."""
    for Th_hd in range(7, 0, -1):
        plain = policies.make(f"resv:Th_hd={Th_hd}").start()
        entries = [plain.entries(seen.past, seen.rows) for seen in seen_chunks]
        entries = [
            one for one, seen in zip(entries, seen_chunks, strict=True) if seen.kind == Kind.FRAME
        ]
        found = np.concatenate(entries[:PREFIX])
        if np.mean(found <= found.min()) <= target:
            return Th_hd
    return 1


@pytest.mark.parametrize("target", [0.05, 0.3, 0.5, 0.7, 0.95])
def test_a_ratio_sets_both_thresholds(target):
    """One Th_hd for each head, each the largest that the target can be kept with."""
    trace = made(11, frames=12)
    found = policies.thresholds(trace, f"resv:auto=ratio:prefix={PREFIX}", target, config=SMALL)
    for at, one in found.items():
        seen_chunks = list(policies.walk(trace, *at, SMALL))
        assert one.Th_hd == smallest_clusters_within(seen_chunks, target)
        assert one.reached <= target or one.Th_hd == 1


def test_a_ratio_needs_smaller_clusters():
    trace = made(11, frames=12)
    name = f"resv:auto=ratio:prefix={PREFIX}"
    few, many = (policies.thresholds(trace, name, x, config=SMALL) for x in (0.3, 0.95))
    assert all(few[at].Th_hd < many[at].Th_hd == 7 for at in few)


@pytest.mark.parametrize("name", NAMES)
def test_a_prefix_that_never_ends_is_refused(name):
    """A threshold that would never have set itself; whoever compares must be told."""
    trace = made(3, frames=8)
    with pytest.raises(ValueError, match=rf"prefix of {name}:auto=ratio:prefix=50 must be less "):
        resv.compare(trace, [f"{name}:auto=ratio:prefix=50"], ratios=[0.3], config=SMALL)


def test_text_is_no_part_of_the_prefix():
    trace = made(3, frames=5)
    frames = [seen for seen in one_head(3) if seen.kind == Kind.FRAME]
    with pytest.raises(ValueError, match="more than 50 frames with far tokens, as the prefix"):
        policies.thresholds(trace, "resv:auto=ratio:prefix=50", 0.5, config=SMALL)
    assert len(frames) < 50


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("auto=size", "auto must be one of"),
        ("auto=ratio:prefix=0", "prefix must be"),
        ("auto=ratio:tokens_per_cluster=-1", "tokens_per_cluster must be"),
    ],
)
@pytest.mark.parametrize("name", NAMES)
def test_refused(name, text, message):
    with pytest.raises(ValueError, match=message):
        policies.make(f"{name}:{text}")


def test_a_policy_without_a_target_is_refused():
    with pytest.raises(ValueError, match=r"policy must have a target .*, not 'resv'"):
        policies.thresholds(made(), "resv", 0.5)
    with pytest.raises(ValueError, match="target must be"):
        policies.thresholds(made(), "resv:auto=mass", 1.5)
