"""search and fast_clustering: the same as the plain forms, whatever the table looks like."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resv import ChunkRefused, ClusterRules, HCTable, clustering, fast_clustering, search
from resv.hashing import hamming_distance


@pytest.mark.parametrize("width", [1, 2, 3, 4, 5, 8, 9, 12, 16])
def test_distances_of_words_of_any_width(width, seed):
    rng = np.random.default_rng(seed)
    a, b = (rng.integers(0, 256, (n, width), np.uint8) for n in (5, 40))
    fast = search.distances(search.as_numbers(a), search.as_numbers(b))
    assert fast.dtype == np.uint8
    assert (fast == hamming_distance(a, b)).all()


@pytest.mark.parametrize("width", [4, 16])
def test_a_large_table_is_searched_in_blocks(width, seed, monkeypatch):
    monkeypatch.setattr(search, "_BLOCK", 64)
    rng = np.random.default_rng(seed)
    a, b = (rng.integers(0, 256, (n, width), np.uint8) for n in (5, 203))
    fast = search.distances(search.as_numbers(a), search.as_numbers(b))
    assert (fast == hamming_distance(a, b)).all()


def test_a_slice_of_words_is_taken_as_it_is(seed):
    words = np.random.default_rng(seed).integers(0, 256, (20, 6), np.uint8)[::2, :4]
    fast = search.distances(search.as_numbers(words), search.as_numbers(words))
    assert (fast == hamming_distance(words.copy(), words.copy())).all()


def test_the_first_of_the_nearest_allowed(seed):
    distance = np.array([[3, 1, 1, 0], [128, 5, 5, 5]], np.uint8)
    assert [part.tolist() for part in search.nearest(distance)] == [[3, 1], [0, 5]]
    allowed = np.array([True, False, True, False])
    assert [part.tolist() for part in search.nearest(distance, allowed)] == [[2, 2], [1, 5]]
    _, none = search.nearest(distance, np.zeros(4, bool))
    assert none.tolist() == [search.NONE] * 2


def outcome(cluster_chunk, words, table, rules):
    try:
        made = cluster_chunk(words, table, rules)
    except ChunkRefused as error:
        return str(error)
    names = ("clusters", "founded", "full", "distances")
    arrays = [getattr(made, name) for name in names]
    return [array.dtype for array in arrays], [array.tolist() for array in arrays]


@given(st.integers(0, 2**32))
@settings(max_examples=300)
def test_every_chunk_is_clustered_as_in_the_plain_form(seed):
    rng = np.random.default_rng(seed)
    width = int(rng.choice([1, 2, 4, 5, 16]))
    size = int(rng.integers(0, 30))
    alphabet = rng.integers(0, 256, (4, width), np.uint8)  # few words: many ties
    words = alphabet[rng.integers(0, 4, size)] ^ (1 << rng.integers(0, 9, (size, width))).astype(
        np.uint8
    )
    members = rng.choice([1, 2, 5, 65_500, 65_530, 65_535], size) if size else np.zeros(0, int)
    if rng.random() < 0.3 and size:
        members = rng.choice([65_530, 65_535], size)
    table = HCTable(words, members)
    chunk = alphabet[rng.integers(0, 4, 12)] ^ (1 << rng.integers(0, 9, (12, width))).astype(
        np.uint8
    )
    rules = ClusterRules(
        Th_hd=int(rng.integers(0, 8 * width + 2)),
        max_clusters=int(rng.choice([1, max(size, 1), size + 3, 100])),
        cluster_cap=rng.choice([None, 1, 3, 65_535]),
        max_chunk=int(rng.choice([12, 36, 65_535])),
    )
    for words in (chunk, chunk[:0], chunk[:1]):
        plain = outcome(clustering.cluster_chunk, words, table, rules)
        assert outcome(fast_clustering.cluster_chunk, words, table, rules) == plain


def test_bad_arguments_are_refused_as_in_the_plain_form():
    table, words = HCTable.empty(32), np.zeros((3, 4), np.uint8)
    for bad_words, rules in (
        (words[:, :2], ClusterRules()),
        (words.astype(np.int8), ClusterRules()),
        (words, ClusterRules(max_chunk=2)),
        (words, ClusterRules(Th_hd=34)),
    ):
        with pytest.raises((TypeError, ValueError)) as plain:
            clustering.cluster_chunk(bad_words, table, rules)
        with pytest.raises((TypeError, ValueError)) as fast:
            fast_clustering.cluster_chunk(bad_words, table, rules)
        assert (fast.type, str(fast.value)) == (plain.type, str(plain.value))
