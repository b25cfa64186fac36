"""clustering: the decisions of section 4 by hand: join or found, open clusters, a full table."""

import pytest

from model.hash_tables import FOUND, FULL, JOIN, decisions, table, words
from resv import ChunkRefused, ClusterRules, HCTable, cluster_chunk

# -- D13: join or found ----------------------------------------------------------------------------


def test_below_the_threshold_joins_and_at_the_threshold_founds():
    rules = ClusterRules(Th_hd=3)
    result = cluster_chunk(words(0b0011, 0b0111), table((0, 1)), rules)
    assert decisions(result) == [(0, *JOIN, 2), (1, *FOUND, 0)]


def test_the_nearest_wins_and_ties_go_to_the_lowest_index():
    held = table((0b1111_0000, 1), (0b0000_0001, 1), (0b0000_0010, 1))
    result = cluster_chunk(words(0b0000_0000, 0b0000_0011, 0b0000_0010), held, ClusterRules())
    assert decisions(result) == [(1, *JOIN, 1), (1, *JOIN, 1), (2, *JOIN, 0)]


def test_a_founder_of_the_same_chunk_is_joined_when_nearer_than_the_table():
    held = table((0b0000_0000, 1))
    tokens = words(0b0000_1111, 0b0000_0111, 0b0000_0001)
    result = cluster_chunk(tokens, held, ClusterRules(Th_hd=4))
    #  0111 is 3 from the table's cluster but 1 from the founder; 0001 is 1 and 3
    assert decisions(result) == [(1, *FOUND, 0), (1, *JOIN, 1), (0, *JOIN, 1)]


def test_at_equal_distance_the_table_is_preferred_to_a_founder():
    result = cluster_chunk(words(0b1111, 0b0011), table((0, 1)), ClusterRules(Th_hd=4))
    assert decisions(result) == [(1, *FOUND, 0), (0, *JOIN, 2)]


def test_a_founder_keeps_its_own_bits():
    """D15: 0 founds, 01 and 011 join it; 0111 is 3 from the founder though 1 from the last."""
    held = HCTable.empty(8)
    tokens = words(0b0000, 0b0001, 0b0011, 0b0111)
    result = cluster_chunk(tokens, held, ClusterRules(Th_hd=3))
    assert decisions(result) == [(0, *FOUND, 0), (0, *JOIN, 1), (0, *JOIN, 2), (1, *FOUND, 0)]
    held.apply(tokens, result)
    assert held.words.tolist() == [[0b0000], [0b0111]]
    assert held.members.tolist() == [3, 1]


def test_threshold_0_lets_every_token_found():
    result = cluster_chunk(words(5, 5, 5), table((5, 1)), ClusterRules(Th_hd=0))
    assert decisions(result) == [(1, *FOUND, 0), (2, *FOUND, 0), (3, *FOUND, 0)]


@pytest.mark.parametrize("bits", [8, 128])
def test_the_largest_threshold_lets_every_token_join(bits):
    opposite = 2**bits - 1
    held = table((0, 1), bits=bits)
    result = cluster_chunk(words(opposite, bits=bits), held, ClusterRules(Th_hd=bits + 1))
    assert decisions(result) == [(0, *JOIN, bits)]
    result = cluster_chunk(words(opposite, bits=bits), held, ClusterRules(Th_hd=bits))
    assert decisions(result) == [(1, *FOUND, 0)]


# -- D12: open and joinable ------------------------------------------------------------------------


def test_a_cluster_at_its_cap_is_closed():
    rules = ClusterRules(cluster_cap=5)
    assert decisions(cluster_chunk(words(0), table((0, 4)), rules)) == [(0, *JOIN, 0)]
    assert decisions(cluster_chunk(words(0), table((0, 5)), rules)) == [(1, *FOUND, 0)]


def test_a_closed_cluster_nearer_than_an_open_one_is_passed_over():
    held = table((0b0000, 5), (0b0001, 4))
    assert decisions(cluster_chunk(words(0), held, ClusterRules(cluster_cap=5))) == [(1, *JOIN, 1)]


def test_the_cap_is_looked_at_when_the_chunk_begins():
    """4 members and a cap of 5: all three join; a founder takes more than the cap in its chunk."""
    rules = ClusterRules(cluster_cap=5)
    assert decisions(cluster_chunk(words(0, 0, 0), table((0, 4)), rules)) == [(0, *JOIN, 0)] * 3
    rules = ClusterRules(cluster_cap=1)
    result = cluster_chunk(words(0, 0, 0), HCTable.empty(8), rules)
    assert decisions(result) == [(0, *FOUND, 0), (0, *JOIN, 0), (0, *JOIN, 0)]


def test_a_cluster_that_could_pass_65535_members_is_not_joinable():
    rules = ClusterRules(max_chunk=10)
    assert decisions(cluster_chunk(words(0), table((0, 65_525)), rules)) == [(0, *JOIN, 0)]
    assert decisions(cluster_chunk(words(0), table((0, 65_526)), rules)) == [(1, *FOUND, 0)]


def test_members_may_reach_65535():
    held, tokens = table((0, 65_533)), words(0, 0)
    held.apply(tokens, cluster_chunk(tokens, held, ClusterRules(max_chunk=2)))
    assert held.members.tolist() == [65_535]


# -- D14: full table -------------------------------------------------------------------------------


def test_a_full_table_takes_a_far_token_into_the_nearest_open_cluster():
    held = table((0b1111_1111, 1), (0b0111_1111, 1))
    result = cluster_chunk(words(0), held, ClusterRules(max_clusters=2))
    assert decisions(result) == [(1, *FULL, 7)]


def test_a_near_token_joins_a_full_table_as_ever():
    held = table((0b1111_1111, 1), (0b0111_1111, 1))
    result = cluster_chunk(words(0b0011_1111), held, ClusterRules(max_clusters=2))
    assert decisions(result) == [(1, *JOIN, 1)]


def test_at_any_distance_ties_still_go_to_the_lowest_index():
    held = table((0b1111_1111, 1), (0b1111_1110, 1), (0b0111_1111, 1))
    result = cluster_chunk(words(0), held, ClusterRules(max_clusters=3))
    assert decisions(result) == [(1, *FULL, 7)]


def test_a_full_table_prefers_an_open_cluster_to_a_nearer_closed_one():
    held = table((0b0000_0000, 5), (0b1111_1111, 4))
    result = cluster_chunk(words(0), held, ClusterRules(max_clusters=2, cluster_cap=5))
    assert decisions(result) == [(1, *FULL, 8)]


def test_without_an_open_cluster_the_nearest_joinable_one_is_taken_however_near():
    held = table((0b0000_0111, 9), (0b0000_0011, 9), (0b0000_1100, 9), (0b0000_0000, 65_535))
    result = cluster_chunk(words(0), held, ClusterRules(max_clusters=4, cluster_cap=5))
    assert decisions(result) == [(1, *FULL, 2)]  # the last one is nearer but not joinable


def test_the_table_fills_up_inside_a_chunk():
    result = cluster_chunk(
        words(0b0000_0000, 0b1111_1111, 0b0000_1111, 0b0001_1111, 0b1111_1110),
        HCTable.empty(8),
        ClusterRules(Th_hd=2, max_clusters=2),
    )
    expected = [(0, *FOUND, 0), (1, *FOUND, 0), (0, *FULL, 4), (1, *FULL, 3), (1, *JOIN, 1)]
    assert decisions(result) == expected


def test_a_founder_of_this_chunk_is_open_when_the_table_is_full():
    held = table((0b0000_0000, 5))
    rules = ClusterRules(Th_hd=1, max_clusters=2, cluster_cap=5)
    result = cluster_chunk(words(0b1111_0000, 0b0000_0000), held, rules)
    assert decisions(result) == [(1, *FOUND, 0), (1, *FULL, 4)]


def test_a_table_above_max_clusters_is_full():
    """The limit is a runtime value; it may have been lowered since the last chunk."""
    held = table((0b1111_1111, 1), (0b0111_1111, 1), (0b0011_1111, 1))
    result = cluster_chunk(words(0), held, ClusterRules(Th_hd=1, max_clusters=1))
    assert decisions(result) == [(2, *FULL, 6)]


def test_a_chunk_that_no_cluster_can_take_is_refused_and_changes_nothing():
    held = table((0b0000, 65_535), (0b1111, 65_535))
    rules = ClusterRules(max_clusters=2, max_chunk=10)
    message = (
        r"^chunk refused: the table is full \(2 clusters, max_clusters 2\) "
        r"and no cluster can take 10 more members$"
    )
    with pytest.raises(ChunkRefused, match=message):
        cluster_chunk(words(0), held, rules)
    assert held.members.tolist() == [65_535, 65_535]
    assert decisions(cluster_chunk(words(0), held, ClusterRules(max_clusters=3)))  # room: no error
    assert issubclass(ChunkRefused, ValueError)


def test_a_chunk_is_not_refused_while_its_own_founder_can_take_the_rest():
    held = table((0, 65_535))
    rules = ClusterRules(Th_hd=1, max_clusters=2)
    result = cluster_chunk(words(0b1111_0000, 0), held, rules)
    assert decisions(result) == [(1, *FOUND, 0), (1, *FULL, 4)]
