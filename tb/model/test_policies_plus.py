"""policies.plus: ReSV when all changes are off, and each change restated in plain Python."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.lab_traces import SMALL, made
from resv import policies, wicsum_integer
from resv.clustering import HCTable, cluster_chunk
from resv.hashing import hash_bits, hyperplanes
from resv.numerics import to_bfloat16
from resv.policies import narrow, plus

OFF = "hash_bits=32:energy=1:key_bits=16:key=mean:threshold=rows"
SEEDS = st.integers(0, 10_000)


@settings(max_examples=10, deadline=None)
@given(seed=SEEDS, changed=st.sampled_from(["", ":Th_hd=3", ":max_clusters=5", ":cluster_cap=2"]))
def test_without_its_changes_it_is_resv(seed, changed):
    heads = [policies.make(name + changed).start() for name in ("resv", f"resv_plus:{OFF}")]
    for seen in policies.walk(made(seed, frames=8, layers=1, kv_heads=1), 0, 0, SMALL):
        one, other = (head.entries(seen.past, seen.rows) for head in heads)
        np.testing.assert_array_equal(one, other)
        np.testing.assert_array_equal(*(head.labels(seen.past) for head in heads))


@settings(max_examples=10, deadline=None)
@given(seed=SEEDS, energy=st.floats(0.3, 1), key_bits=st.sampled_from([3, 8, 16]))
def test_a_selection_restated(seed, energy, key_bits):
    policy = plus.ReSVPlus(energy=energy, key_bits=key_bits, max_clusters=6)
    head, columns = policy.start(), None
    for seen in policies.walk(made(seed, frames=6, layers=1, kv_heads=1), 0, 0, SMALL):
        past = seen.past
        if columns is None:
            columns = plain_columns(past.keys[past.far.start :], seen.rows, energy)
        expected = restated(past, seen.rows, columns, policy)
        np.testing.assert_allclose(head.entries(past, seen.rows), expected, atol=2**-15)
        assert head.sizes() == {"columns": len(columns)}


def restated(past, rows, columns, policy):
    """Entries of the far tokens, token by token and row by row."""
    cluster_of = plain_clusters(past, policy)
    far = range(past.far.start, past.far.stop)
    counts = {c: sum(cluster_of[p] == c for p in far) for c in {cluster_of[p] for p in far}}
    keys = {c: plain_key(past.keys[cluster_of.index(c), columns], policy.key_bits) for c in counts}
    pooled = dict.fromkeys(counts, 0.0)
    for row in rows[:, columns]:
        weight = {c: math.exp(past.scale * float(row @ key)) for c, key in keys.items()}
        total = sum(weight[c] * counts[c] for c in counts)
        for c in counts:
            pooled[c] += weight[c] / total / len(rows)
    entries, before = {}, 0.0
    for c in sorted(counts, key=lambda c: (-pooled[c], c)):
        entries[c] = before
        before += pooled[c] * counts[c]
    return [math.ceil(entries[cluster_of[p]] / before * 65_536) / 65_536 for p in far]


def plain_clusters(past, policy):
    """The cluster of each position, by the plain path; -1 for sinks."""
    config = policy.config(past.sink_tokens, past.recent_tokens)
    table, planes = HCTable.empty(config.hash_bits), hyperplanes(config.hash_bits, past.d)
    result = [-1] * past.sink_tokens
    for chunk in np.unique(past.chunk):
        at = [p for p in np.flatnonzero(past.chunk == chunk) if p >= past.sink_tokens]
        words = hash_bits(to_bfloat16(past.keys[at]), planes)
        decided = cluster_chunk(words, table, config.rules)
        table.apply(words, decided)
        result += decided.clusters.tolist()
    return result[: past.first]


def plain_columns(keys, rows, energy):
    """The fewest columns that hold the share, one after the other."""
    parts = [float(np.var(keys[:, i]) * np.mean(rows[:, i] ** 2)) for i in range(keys.shape[1])]
    taken, order = [], sorted(range(len(parts)), key=lambda i: (-parts[i], i))
    while len(taken) < len(parts) and sum(parts[i] for i in taken) < energy * sum(parts):
        taken.append(order[len(taken)])
    return sorted(taken)


def plain_key(key, bits):
    """The key as fractions: whole numbers times the smallest power of two that holds them."""
    if bits == 16:
        return key
    most, exact = 2 ** (bits - 1) - 1, [Fraction(float(x)) for x in key]
    power = Fraction(2) ** -200
    while max(map(abs, exact)) > most * power:
        power *= 2
    return np.array([float(round(x / power) * power) for x in exact])


@given(
    keys=st.lists(st.floats(-1e4, 1e4, width=32), min_size=1, max_size=6),
    bits=st.integers(2, 9),
)
def test_rounding_restated(keys, bits):
    keys = [key if abs(key) > 1e-30 else 0.0 for key in keys]
    found = narrow.rounded(np.array([keys]), bits)[0]
    if any(keys):
        np.testing.assert_array_equal(found, plain_key(np.array(keys), bits))
    np.testing.assert_array_equal(found, to_bfloat16(found).astype(float))


def test_the_largest_entry_may_be_the_limit_itself():
    found = narrow.rounded(np.array([[127.0, -1.5], [127.5, -1.5], [0.0, 0.0]]), 8)
    assert found.tolist() == [[127, -2], [128, -2], [0, 0]]  # ties to even; steps of 2 above 127


def test_columns_by_hand():
    keys = np.array([[5.0, 0, 1, 0], [5.0, 2, -1, 0]])  # variances 0, 1, 1, 0
    rows = np.array([[9.0, 1, 2, 1]])  # energies 0, 1, 4, 0
    assert narrow.columns(keys, rows, 0.8).tolist() == [2]
    assert narrow.columns(keys, rows, 0.81).tolist() == [1, 2]
    assert narrow.columns(keys, rows, 1).tolist() == [0, 1, 2, 3]
    assert narrow.columns(keys[:1], rows, 0.5).tolist() == [0, 1, 2, 3]  # nothing differs


def test_thresholds_by_hand():
    # Mass 2, 4, 4, 0 of 10; ties to the lowest index.
    found = plus.threshold(np.array([1.0, 2, 2, 0]), np.array([2, 2, 2, 5]))
    steps = [math.ceil(share * 65_536) for share in (0.8, 0.0, 0.4, 1.0)]
    assert (found * 65_536).tolist() == steps


def test_founders_are_first():
    assert plus.founders(np.array([-1, -1, 0, 0, 1, 0, 2, 1])).tolist() == [2, 4, 6]
    assert plus.founders(np.array([-1, -1])).tolist() == []


@settings(max_examples=20, deadline=None)
@given(seed=SEEDS)
def test_the_wtu_selects_it_in_mode_weight(seed):
    rng = np.random.default_rng(seed)
    weights, counts = rng.random(40) ** 3, rng.integers(1, 9, 40)
    words = plus.in_16_bits(weights)
    assert words.max() == 65_535
    entries = plus.threshold(words.astype(float), counts)
    for TH in (0, 9_830, 19_661, 52_429):
        selected = wicsum_integer.select_row_by_weight(words, counts, TH).selected
        np.testing.assert_array_equal(selected, entries <= TH / 65_536)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("energy=0", "energy must be above 0, not 0"),
        ("energy=1.5", "energy must be"),
        ("key_bits=1", "key_bits must be"),
        ("key_bits=12", "key_bits must be 2 to 8, or 16 for BF16, not 12"),
        ("key=median", "key must be one of"),
        ("threshold=both", "threshold must be one of"),
        ("cluster_cap=-1", "cluster_cap must be"),
        ("hash_bits=33", "hash_bits must be a multiple of 8"),
    ],
)
def test_refused(text, message):
    with pytest.raises(ValueError, match=message):
        policies.make(f"resv_plus:{text}")


def test_costs_by_hand():
    sizes = {"rows": 40, "tokens": 10, "far": 1_000, "groups": 300, "d": 128, "columns": 22}
    policy = policies.make("resv_plus")
    assert policy.cost(policy.operations, **sizes) == 10 * 64 * 128 + 40 * 300 * 24
    assert policy.cost(policy.table_bytes, **sizes) == 300 * (8 + 20 + 23) + 5_000 + 22
    policy = policies.make("resv_plus:key_bits=16:threshold=rows")
    assert policy.cost(policy.operations, **sizes) == 10 * 64 * 128 + 40 * 300 * 22
    assert policy.cost(policy.table_bytes, **sizes) == 300 * (8 + 20 + 44) + 5_000 + 22
