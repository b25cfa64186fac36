"""clustering: section 4 against a restatement in Python ints and sorted tuples."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from model.hash_tables import decisions, table, words
from resv import ChunkRefused, ClusterRules, cluster_chunk

NO_CAP = 65_535


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
