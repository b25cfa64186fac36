"""clustering: dtypes, copies and what is refused, of chunks, tables and assignments."""

import numpy as np
import pytest

from model.hash_tables import table, words
from resv import ClusterRules, HCTable, cluster_chunk


def test_the_dtypes_are_those_promised():
    result = cluster_chunk(words(1, 2), HCTable.empty(8), ClusterRules())
    assert result.clusters.dtype == np.int32
    assert result.founded.dtype == result.full.dtype == bool
    assert result.distances.dtype == np.uint8


def test_a_chunk_without_tokens_is_nothing():
    held = table((3, 4))
    result = cluster_chunk(words(), held, ClusterRules())
    assert len(result) == 0
    held.apply(words(), result)
    assert held.members.tolist() == [4]


def test_clustering_only_reads():
    held, tokens = table((0, 1)), words(0, 255)
    cluster_chunk(tokens, held, ClusterRules())
    assert (len(held), held.members.tolist(), held.words.tolist()) == (1, [1], [[0]])
    assert tokens.tolist() == [[0], [255]]
    with pytest.raises(ValueError, match="read-only"):
        held.members[0] = 3


def test_a_table_copies_its_arrays():
    held_words, held_members = words(1), np.array([2])
    held = HCTable(held_words, held_members)
    held_words[:], held_members[:] = 9, 9
    assert (held.words.tolist(), held.members.tolist()) == ([[1]], [2])
    assert (held.hash_bits, HCTable.empty(128).hash_bits) == (8, 128)


@pytest.mark.parametrize(
    ("tokens", "rules", "error", "message"),
    [
        (words(1, bits=16), {}, ValueError, r"words must have shape \[any, 1\], not \[1, 2\]"),
        (np.zeros((1, 1), int), {}, TypeError, "words must be a uint8 array, not int64"),
        (words(1, 2, 3), {"max_chunk": 2}, ValueError, "tokens of a chunk must be between 0 and 2"),
        (words(1), {"Th_hd": 10}, ValueError, "Th_hd must be between 0 and 9, not 10"),
    ],
)
def test_wrong_chunks_are_refused(tokens, rules, error, message):
    with pytest.raises(error, match=message):
        cluster_chunk(tokens, table((0, 1)), ClusterRules(**rules))


@pytest.mark.parametrize(
    ("held_words", "held_members", "error", "message"),
    [
        (words(1), [1], TypeError, "members must be an integer array, not list"),
        (words(1), np.ones(1), TypeError, "members must be an integer array, not float64"),
        (words(1), np.ones(2, int), ValueError, r"members must have shape \[1\], not \[2\]"),
        (words(1), np.array([0]), ValueError, "members must be between 1 and 65535, not 0"),
        (
            words(1),
            np.array([65_536]),
            ValueError,
            "members must be between 1 and 65535, not 65536",
        ),
        (
            np.zeros((1, 0), np.uint8),
            np.ones(1, int),
            ValueError,
            "words must have words of 1 to 16",
        ),
    ],
)
def test_wrong_tables_are_refused(held_words, held_members, error, message):
    with pytest.raises(error, match=message):
        HCTable(held_words, held_members)


def test_assignments_of_another_table_are_refused():
    tokens = words(0b0000, 0b1111_1111)
    result = cluster_chunk(tokens, HCTable.empty(8), ClusterRules())
    other = table((7, 1))
    with pytest.raises(ValueError, match=r"assignments must found clusters from 1 on, not \[0 1\]"):
        other.apply(tokens, result)
    with pytest.raises(ValueError, match="words must be 2 tokens, not 1"):
        other.apply(tokens[:1], result)
    joined = cluster_chunk(words(3), table((0, 1), (1, 1), (3, 1)), ClusterRules())
    with pytest.raises(ValueError, match="assignments must be made for this table"):
        other.apply(words(3), joined)
    with pytest.raises(ValueError, match="assignments must be made for this table"):
        table((3, 65_535)).apply(words(3), cluster_chunk(words(3), table((3, 1)), ClusterRules()))
    assert other.members.tolist() == [1]
