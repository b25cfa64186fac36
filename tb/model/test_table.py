"""table: ages, counts and mean keys of one context, by hand."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resv import ClusterRules, Config, ContextTable, cluster_chunk
from resv.numerics import BF16


def add(table: ContextTable, words: list[int], keys=None, sinks=0, **rules) -> None:
    """Cluster and enter a chunk of 8-bit words."""
    hashed = np.array(words, np.uint8).reshape(-1, 1)
    assignments = cluster_chunk(hashed, table.hash_clusters, ClusterRules(**{"Th_hd": 1} | rules))
    if keys is None:
        keys = np.zeros((sinks + len(words), 1), BF16)
    table.append(keys, hashed, assignments)


def new(sink_tokens=0, recent_tokens=0, d=1) -> ContextTable:
    return ContextTable(
        Config(hash_bits=8, sink_tokens=sink_tokens, recent_tokens=recent_tokens), d
    )


def test_the_mean_key_is_the_average_rounded_to_bfloat16():
    table = new()
    add(table, [0, 255, 0, 0], np.array([[1], [7], [2], [2]], BF16))
    assert table.mean_keys().dtype == BF16
    assert table.mean_keys().tolist() == [[float(np.array(5 / 3, BF16))], [7]]


def test_the_sum_is_never_rounded_to_bfloat16():
    """A running mean in BF16 would stay at 256: 257, a tie, goes to 256 every time."""
    table = new()
    for key in (256, *[258] * 9):
        add(table, [0], np.array([[key]], BF16))
    assert table.mean_keys().tolist() == [[258]]  # 257.8


def test_keys_are_added_in_order_of_arrival():
    """1 is lost beside 2^60, and comes back if it is added last."""
    table = new()
    add(table, [0, 255, 0], np.array([[1], [2.0**60], [2.0**60]], BF16))
    add(table, [255, 0, 255], np.array([[-(2.0**60)], [-(2.0**60)], [1]], BF16))
    assert table.mean_keys().tolist() == [[0], [float(np.array(1 / 3, BF16))]]


def test_the_sum_is_one_of_float64():
    """float32 would lose the 1."""
    table = new()
    add(table, [0, 0, 0], np.array([[2.0**30], [1], [-(2.0**30)]], BF16))
    assert table.mean_keys().tolist() == [[float(np.array(1 / 3, BF16))]]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-99, 99)), min_size=1, max_size=30))
def test_mean_keys_like_exact_fractions(tokens):
    table = new()
    for start in range(0, len(tokens), 4):
        part = tokens[start : start + 4]
        add(table, [word for word, _ in part], np.array([[key] for _, key in part], BF16))
    expected = []
    for word in dict.fromkeys(word for word, _ in tokens):
        keys = [key for other, key in tokens if other == word]
        expected.append([float(np.array(float(Fraction(sum(keys), len(keys))), BF16))])
    assert table.mean_keys().tolist() == expected
    assert table.hash_clusters.members.sum() == len(tokens)


def test_counts_begin_after_the_sinks_and_end_before_the_recent_tokens():
    table = new(sink_tokens=2, recent_tokens=3)
    add(table, [0, 0, 255, 0], sinks=2)  # positions 2 to 5 are clustered
    add(table, [255, 0])  # 6, 7
    assert table.cluster_of.tolist() == [-1, -1, 0, 0, 1, 0, 1, 0]
    counts = [table.token_count(first).tolist() for first in range(9)]
    none = [0, 0]
    assert counts == [none] * 6 + [[1, 0], [2, 0], [2, 1]]


def test_far_tokens_are_the_members_that_are_counted():
    table = new(sink_tokens=1, recent_tokens=1)
    add(table, [0, 255, 0, 255, 0], sinks=1)
    assert table.far_tokens(6, np.array([0])).tolist() == [1, 3]
    assert table.far_tokens(6, np.array([0, 1])).tolist() == [1, 2, 3, 4]
    assert table.far_tokens(6, np.array([], int)).tolist() == []
    assert table.far_tokens(5, np.array([1])).tolist() == [2]
    assert table.positions(0).tolist() == [1, 3, 5]
    assert table.positions(1).tolist() == [2, 4]


def test_members_count_all_tokens_and_token_count_only_the_far_ones():
    table = new(recent_tokens=2)
    add(table, [0, 0, 0])
    assert table.hash_clusters.members.tolist() == [3]
    assert table.token_count(3).tolist() == [1]


def test_an_empty_table():
    table = new(sink_tokens=5)
    assert len(table) == 0
    assert table.mean_keys().shape == (0, 1)
    assert table.token_count(0).tolist() == []
    add(table, [], sinks=3)
    assert table.cluster_of.tolist() == [-1, -1, -1]


def test_wrong_arguments_are_refused():
    table = new(d=2)
    with pytest.raises(ValueError, match="first must be between 0 and 0, not 1"):
        table.token_count(1)
    with pytest.raises(ValueError, match=r"keys must have shape \[any, 2\], not \[1, 1\]"):
        add(table, [0])
    with pytest.raises(ValueError, match="sinks in a chunk must be at least 0, not -1"):
        add(table, [0, 0], np.zeros((1, 2), BF16))
    assert len(table) == 0
    with pytest.raises(ValueError, match="d must be at least 1, not 0"):
        new(d=0)
    with pytest.raises(ValueError, match="read-only"):
        table.cluster_of[:1] = 0
