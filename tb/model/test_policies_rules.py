"""policies: what holds for all of them, policies of one's own, and what is refused."""

import re
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.lab_traces import SMALL, made
from resv import Config, footprint, policies
from resv.policies import registry, retrieval

ALL = [
    "full", "random", "recent", "topk_token", "topk_token:partial=0.5", "topk_frame_mean",
    "topk_frame_exp", "topk_frame_exp:by=mean", "segment", "cell",
    "kmeans:block_tokens=8:clusters=2", "resv", "resv:Th_hd=3", "resv_plus",
    "resv_plus:key=mean:threshold=rows",
]  # fmt: skip


def test_the_names():
    assert policies.names()[:11] == [
        "full", "random", "recent", "topk_token", "topk_frame_mean", "topk_frame_exp", "segment",
        "cell", "kmeans", "resv", "resv_plus",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ALL)
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), knobs=st.lists(st.floats(0, 1), min_size=2, max_size=4))
def test_selections_grow_with_the_knob_and_hold_far_tokens_only(name, seed, knobs):
    trace = made(seed, frames=8, layers=1, kv_heads=1)
    head = policies.make(name).start()
    for seen in policies.walk(trace, 0, 0, SMALL, seed):
        entries = head.entries(seen.past, seen.rows)
        assert entries.shape == (seen.past.far_tokens,)
        assert seen.past.far.stop <= seen.past.first - 8
        assert entries.min() >= 0
        assert entries.max() <= 1  # everything at knob 1
        counts = [np.count_nonzero(entries <= knob) for knob in sorted(knobs)]
        assert counts == sorted(counts)
        labels = head.labels(seen.past)
        assert len(labels) == seen.past.first
        assert head.groups(seen.past) > 0


@pytest.mark.parametrize("name", ALL)
def test_costs_are_what_the_formulas_say(name):
    policy = policies.make(name)
    sizes = {"rows": 40, "tokens": 10, "far": 1_000, "groups": 30, "d": 128, "columns": 22}
    for formula in (policy.operations, policy.table_bytes):
        assert policy.cost(formula, **sizes) >= 0
    known = {
        "full": (0, 0),
        "topk_token": (40 * 1_000 * 128, 2 * 128 * 1_000),
        "topk_token:partial=0.5": (20 * 1_000 * 128, 128 * 1_000),
        "topk_frame_mean": (30 * 128, 30 * 260),
        "topk_frame_exp": (40 * 1_000 * 128, 2 * 128 * 1_000),
        "topk_frame_exp:by=mean": (40 * 30 * 128, 30 * 260),
        "resv": ((10 * 32 + 40 * 30) * 128, 30 * 280 + 5_000),
    }
    if name in known:
        found = tuple(policy.cost(f, **sizes) for f in (policy.operations, policy.table_bytes))
        assert found == known[name]


def test_the_table_of_resv_is_that_of_the_footprint():
    members = np.array([8, 64, 16, 800], np.int64)
    known = footprint.of_members(members, 32, 128)
    sizes = {"groups": 4, "far": int(members.sum()), "d": 128}
    formula = policies.make("resv").table_bytes
    expected = sum(known.table.values()) + known.mean_keys
    assert policies.make("resv").cost(formula, **sizes) == expected


def test_a_row_of_thresholds_by_hand():
    # Weights 4, 2, 1, 1 and counts 1, 2, 2, 2: mass 4, 4, 2, 2 of 12; ties keep their order.
    scores = np.array([[0.0, np.log(4), np.log(2), 0.0]])
    found = retrieval.thresholds(scores, np.array([2, 1, 2, 2]), 1.0)
    expected = [np.ceil(65_536 * n / 12) / 65_536 for n in (8, 0, 4, 10)]
    assert found.tolist() == expected


def test_the_easiest_row_decides():
    scores = np.array([[0.0, 9.0], [9.0, 0.0]])
    assert retrieval.thresholds(scores, np.array([1, 1]), 1.0).tolist() == [0.0, 0.0]


# -- a policy of one's own -------------------------------------------------------------------------


@dataclass(frozen=True)
class Oldest(policies.Policy):
    """The oldest tokens, but for some."""

    skip: int = 0

    name = "oldest"

    def scores(self, past, rows):
        scores = -np.arange(past.far_tokens, dtype=float)
        scores[: self.skip] = -np.inf if self.skip == 99 else -1e6
        return scores


@pytest.fixture
def oldest(monkeypatch):
    monkeypatch.setattr(registry, "_POLICIES", dict(registry._POLICIES))
    return policies.register(Oldest)


def test_a_policy_of_one_s_own_is_found_by_name(oldest):
    assert policies.names()[-1] == "oldest"
    policy = policies.make("oldest:skip=2")
    assert policy == Oldest(skip=2)
    assert policy.label == "oldest:skip=2"
    assert policies.make(policy) is policy
    for seen in policies.walk(made(0), 0, 0, SMALL):
        entries = policy.start().entries(seen.past, seen.rows)
        F = seen.past.far_tokens
        order = [*range(2, F), *range(min(2, F))]
        assert np.argsort(entries, kind="stable").tolist() == order
    assert policies.register(Oldest) is Oldest  # again is no harm


def test_scores_are_checked(oldest):
    seen = next(policies.walk(made(0), 0, 0, SMALL))

    class Wrong(policies.Policy):
        name = "wrong"

        def scores(self, past, rows):
            return np.zeros(past.far_tokens + 1)

    with pytest.raises(ValueError, match=r"^scores must have shape \[\d+\], not \[\d+\]$"):
        Wrong().start().entries(seen.past, seen.rows)
    with pytest.raises(ValueError, match=r"^scores must be finite everywhere, not -inf"):
        Oldest(skip=99).start().entries(seen.past, seen.rows)
    with pytest.raises(NotImplementedError, match="policy 'none' must have a method scores"):
        type("None_", (policies.Policy,), {"name": "none"})().start().entries(seen.past, seen.rows)


def test_a_formula_that_does_not_work_out_is_told():
    with pytest.raises(ValueError, match=r"^policy cell: formula must be made of .*'row \* 2'"):
        policies.make("cell").cost("row * 2", rows=1)


# -- what is refused -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ful", "policy must be one of full, .*, not 'ful'; did you mean full?"),
        ("infinigen", "policy must be one of full, .*, not 'infinigen'"),
        ("", "policy must be one of full, .*, not ''"),
        ("resv:Th_h=3", "parameter of resv must be one of hash_bits, .*, not 'Th_h'; did you mean"),
        ("full:x=1", "parameter of full must be one of (it has none), not 'x'"),
        (
            "resv:Th_hd=3:Th_hd=5",
            "parameter Th_hd of resv must be given once, not in 'resv:Th_hd=3:Th_hd=5'",
        ),
        ("resv:Th_hd", "parameter of resv must be given as Th_hd=value, not 'Th_hd'"),
        ("resv:Th_hd=few", "resv:Th_hd must be an integer, not 'few'"),
        ("topk_token:partial=x", "topk_token:partial must be a number, not 'x'"),
        ("topk_token:partial=0", "partial must be above 0, not 0"),
        ("topk_token:stage=all", "stage must be one of 'both', 'text', not 'all'"),
        ("resv:Th_hd=34", "Th_hd must be between 0 and 33, not 34"),
        ("resv:hash_bits=9", "hash_bits must be a multiple of 8, not 9"),
        ("cell:frames=0", "frames must be at least 1, not 0"),
        ("segment:similarity=2", "similarity must be between -1 and 1, not 2.0"),
        ("segment:longest=1", "longest must be at least 2, not 1"),
        ("kmeans:clusters=161", "clusters must be between 1 and 160, not 161"),
    ],
)
def test_bad_texts_are_refused(text, message):
    pattern = re.escape(message).replace(r"\.\*", ".*")
    with pytest.raises(ValueError, match=f"^{pattern}"):
        policies.make(text)


def test_other_kinds_are_refused():
    with pytest.raises(TypeError, match="policy must be a Policy or its name, not int"):
        policies.make(3)
    with pytest.raises(TypeError, match="policy must be a subclass of Policy, not 3"):
        policies.register(3)
    for name in ("", "a:b", "a b", "a,b"):
        with pytest.raises(ValueError, match="name of a policy must have no"):
            policies.register(type("Named", (policies.Policy,), {"name": name}))
    with pytest.raises(ValueError, match="name of a policy must be a new one, not 'full'"):
        policies.register(type("Named", (policies.Policy,), {"name": "full"}))


def test_clusters_of_a_block_must_be_there_in_time():
    seen = next(policies.walk(made(0), 0, 0, SMALL))
    with pytest.raises(
        ValueError, match=r"kmeans:block_tokens must be at most recent_tokens \(8\), not 9"
    ):
        policies.KMeans(block_tokens=9).start().entries(seen.past, seen.rows)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"layer": 2}, "layer must be between 0 and 1, not 2"),
        ({"kv_head": -1}, "kv_head must be between 0 and 1, not -1"),
        ({"seed": -1}, "seed must be at least 0, not -1"),
    ],
)
def test_a_walk_has_limits(change, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        next(
            policies.walk(
                **{"trace": made(0), "layer": 0, "kv_head": 0, "config": Config()} | change
            )
        )
