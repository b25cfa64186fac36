"""clustering: section 4 against a restatement in Python ints and sorted tuples, and by hand."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from resv import Assignments, ChunkRefused, ClusterRules, HCTable, cluster_chunk

NO_CAP = 65_535


def words(*values: int, bits: int = 8):
    """Hash words of Python ints."""
    packed = [list(value.to_bytes(bits // 8, "little")) for value in values]
    return np.array(packed, np.uint8).reshape(-1, bits // 8)


def table(*entries: tuple[int, int], bits: int = 8) -> HCTable:
    """A table of (word, members)."""
    return HCTable(
        words(*(word for word, _ in entries), bits=bits), np.array([m for _, m in entries], int)
    )


def decisions(result: Assignments) -> list[tuple[int, bool, bool, int]]:
    columns = (result.clusters, result.founded, result.full, result.distances)
    return list(zip(*(column.tolist() for column in columns), strict=True))


JOIN, FOUND, FULL = (False, False), (True, False), (False, True)


# -- the restatement -------------------------------------------------------------------------------


def restated(tokens: list[int], entries: list[tuple[int, int]], rules: ClusterRules):
    """Section 4 once more: every cluster gets a tuple, the least tuple wins. None: refused."""
    cap = NO_CAP if rules.cluster_cap is None else rules.cluster_cap
    known = [
        (word, members < cap, members + rules.max_chunk <= 65_535) for word, members in entries
    ]
    decided = []
    for token in tokens:
        offers = sorted(
            (not (is_open and joinable), (token ^ word).bit_count(), index)
            for index, (word, is_open, joinable) in enumerate(known)
            if joinable
        )
        closed, distance, index = offers[0] if offers else (True, 0, 0)
        if not closed and distance < rules.Th_hd:
            decided.append((index, False, False, distance))
        elif len(known) < rules.max_clusters:
            decided.append((len(known), True, False, 0))
            known.append((token, True, True))
        elif offers:
            decided.append((index, False, True, distance))
        else:
            return None
    return decided


members = st.one_of(st.integers(1, 6), st.integers(65_535 - 8, 65_535), st.integers(1, 65_535))


@st.composite
def chunks(draw):
    bits = draw(st.sampled_from([8, 16, 128]))
    # few different words, so that equal distances are common
    word = st.sampled_from(draw(st.lists(st.integers(0, 2**bits - 1), min_size=1, max_size=6)))
    word = st.one_of(word, st.builds(lambda w, b: w ^ (1 << b), word, st.integers(0, bits - 1)))
    entries = draw(st.lists(st.tuples(word, members), max_size=8))
    tokens = draw(st.lists(word, max_size=8))
    rules = ClusterRules(
        Th_hd=draw(st.one_of(st.integers(0, bits + 1), st.integers(0, 4))),
        max_clusters=draw(st.integers(1, 10)),
        cluster_cap=draw(st.one_of(st.none(), st.integers(1, 7), st.integers(1, 65_535))),
        max_chunk=draw(st.integers(max(1, len(tokens)), 9)),
    )
    return bits, entries, tokens, rules


@given(chunks())
@example((8, [(0, 65_535)], [0, 1], ClusterRules(max_clusters=1)))  # refused
def test_chunks_are_clustered_as_restated(chunk):
    bits, entries, tokens, rules = chunk
    before = table(*entries, bits=bits)
    expected = restated(tokens, entries, rules)
    if expected is None:
        with pytest.raises(ChunkRefused):
            cluster_chunk(words(*tokens, bits=bits), before, rules)
        return
    result = cluster_chunk(words(*tokens, bits=bits), before, rules)
    assert decisions(result) == expected

    before.apply(words(*tokens, bits=bits), result)
    after = [list(entry) for entry in entries]
    for token, (cluster, founded, _, _) in zip(tokens, expected, strict=True):
        if founded:
            after.append([token, 1])
        else:
            after[cluster][1] += 1
    assert before.members.tolist() == [count for _, count in after]
    assert np.array_equal(before.words, words(*(word for word, _ in after), bits=bits))


@given(chunks(), st.randoms(use_true_random=False))
def test_permuting_the_bits_changes_nothing(chunk, random):
    bits, entries, tokens, rules = chunk
    order = random.sample(range(bits), bits)

    def moved(word: int) -> int:
        return sum((word >> source & 1) << target for target, source in enumerate(order))

    results = []
    for change in (lambda word: word, moved):
        held = table(*((change(word), count) for word, count in entries), bits=bits)
        try:
            chunk_words = words(*map(change, tokens), bits=bits)
            results.append(decisions(cluster_chunk(chunk_words, held, rules)))
        except ChunkRefused:
            results.append("refused")
    assert results[0] == results[1]


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


# -- shapes, kinds, errors -------------------------------------------------------------------------


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
