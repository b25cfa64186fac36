"""Rules of the KVMU model: which entries leave together, and which page makes room."""

import itertools
import random
import re

import pytest

from model.mirror import founded
from resv.kvmu import EVICTIONS, ContextConfig, KVConfig, belady
from resv.kvmu.experiment import RecordedChunk, pages_used, play
from resv.kvmu.offload import OFFLOADS, Held
from resv.kvmu.parts import Read, first_pages, merged
from resv.kvmu.residency import Area


def held(*clusters):
    """Far tokens 0, 1, ... of these clusters, pages of four."""
    found = Held(4)
    for token, cluster in enumerate(clusters):
        found.add(cluster, token)
    return found


@pytest.mark.parametrize(
    ("rule", "clusters", "take"),
    [
        ("stale", [1, 1, 2, 2, 2, 3, 2, 1, 1], [(2, 4)]),  # the first one that fills a page
        ("stale", [1, 1, 2, 3, 3, 1, 4], [(2, 1), (3, 2), (1, 1)]),  # who grew last is last
        ("largest", [1, 2, 2, 3, 3, 3], [(3, 3), (2, 1)]),
        ("largest", [5, 4, 4, 5, 6], [(4, 2), (5, 2)]),  # ties to the lowest index
        ("age", [3, 1, 3, 2, 2, 2], [(3, 2), (1, 1), (2, 1)]),
    ],
)
def test_what_leaves(rule, clusters, take):
    assert OFFLOADS[rule](held(*clusters)) == take


def test_what_is_taken_is_the_oldest_and_the_rest_stays():
    found = held(1, 2, 1, 1, 1, 1, 1, 1, 1, 1)
    assert found.take(1, 4) == [0, 2, 3, 4]
    assert found.tokens(1) == [5, 6, 7, 8, 9]
    assert OFFLOADS["stale"](found) == [(1, 4)], "it still fills a page"
    assert found.take(1, 4) == [5, 6, 7, 8]
    assert OFFLOADS["stale"](held(2, 1, 3, 3)) == [(2, 1), (1, 1), (3, 2)]
    assert (found.count, found.tokens(2)) == (2, [1])


def test_merging_and_dividing_reads():
    assert merged([7, 3, 4, 5, 9], 2) == [Read(3, 2), Read(5, 1), Read(7, 1), Read(9, 1)]
    assert merged([], 4) == []
    reads = [Read(3, 2), Read(9, 3)]
    assert first_pages(reads, 0) == ([], reads)
    assert first_pages(reads, 2) == ([Read(3, 2)], [Read(9, 3)])
    assert first_pages(reads, 4) == ([Read(3, 2), Read(9, 2)], [Read(11, 1)])
    assert first_pages(reads, 9) == (reads, [])


@pytest.mark.parametrize(("rule", "goes"), [("lru", 11), ("often", 12)])
def test_what_makes_room(rule, goes):
    area = Area([6, 5], rule)
    assert area.place([11]) == ([(11, 6)], []), "at first in the order in which it got them"
    for _ in range(2):
        assert area.use(11) == 6
        area.place([])
    assert area.place([12]) == ([(12, 5)], [])
    assert area.place([13])[1] == [goes]


def test_the_order_of_frames():
    area = Area([4, 2, 3, 9], "lru")
    assert area.place([20, 21, 22]) == ([(20, 4), (21, 2), (22, 3)], [])
    assert area.numbers == [9, 4, 2, 3]
    assert [area.use(page) for page in (21, 20, 21)] == [2, 4, 2], "the first time counts"
    assert area.numbers == [9, 3, 2, 4]
    assert area.use(23) is None
    assert area.place([23, 24]) == ([(23, 9), (24, 3)], [22])
    assert area.numbers == [2, 4, 9, 3]


def test_a_frame_whose_page_could_not_be_read_is_empty_and_last():
    area = Area([0, 1, 2], "lru")
    area.place([5, 6])
    assert area.place([7, 8], frozenset([7])) == ([(7, 2), (8, 0)], [5])
    assert area.numbers == [1, 2, 0]
    assert area.pages() == {6, 8}
    assert area.use(7) is None
    assert area.place([9, 7]) == ([(9, 1), (7, 2)], [6]), "empty ones do not come first"


def test_pages_in_use_stay():
    for rule in EVICTIONS:
        area = Area([0, 1, 2], rule)
        area.place([1, 2, 3])
        area.use(1)
        area.use(3)
        assert area.place([4]) == ([(4, 1)], [2])


def fewest(requests, frames):
    """By trying everything: pages read."""
    best, todo = {frozenset(): 0}, requests
    for pages in todo:
        following = {}
        for here, read in best.items():
            cost = read + len(set(pages) - here)
            there = sorted(here | set(pages))
            for size in range(min(frames, len(there)) + 1):
                for kept in itertools.combinations(there, size):
                    key = frozenset(kept)
                    following[key] = min(following.get(key, 10**9), cost)
        best = following
    return min(best.values())


def test_no_rule_reads_less_than_beladys(seed):
    rng = random.Random(seed)
    for _ in range(12):
        requests = [rng.sample(range(6), rng.randint(0, 4)) for _ in range(7)]
        for frames in (1, 2, 3, 5):
            assert belady(requests, frames) == fewest(requests, frames)


def stream(rng, chunks=80, clusters=12):
    import numpy as np

    found = []
    known = 0
    for n in range(chunks):
        sinks = 3 if n == 0 else 0
        cluster_of = [-1] * sinks + founded(rng, known, 5 - sinks, clusters)
        known = max(known, max(cluster_of) + 1)
        selected = sorted(rng.sample(range(clusters), 4))
        found.append(RecordedChunk(np.array(cluster_of), np.array(selected)))
    return found


def test_pages_used_are_what_is_read_when_nothing_stays(seed):
    chunks = stream(random.Random(seed))
    config = KVConfig(d=64, eviction="none", frames=200)
    context = ContextConfig(sink_tokens=3, recent_tokens=9, max_chunk=8, held_back=20, frames=200)
    requests = pages_used(chunks, config, context)
    counters = play(chunks, config, context).counters(0)
    assert len(requests) == counters.chunks == len(chunks)
    assert sum(map(len, requests)) == counters.pages_read > 0
    assert counters.selected == counters.from_ring + counters.from_far
    assert counters.pages_written * config.page_entries == counters.offloaded
    assert 0 < counters.useful(config.page_entries) <= 1
    kept = play(chunks, KVConfig(d=64, frames=200), context).counters(0)
    assert kept.pages_read < counters.pages_read
    assert kept.pages_read + kept.pages_hit == counters.pages_read
    assert kept.pages_read >= belady(requests, 200)


BAD = [
    ({"d": 96}, "d must make an entry of 4 d bytes divide 4,096, not 96"),
    ({"far_pages": 0}, "far_pages must be at least 1, not 0"),
    ({"near_base": 100}, "near_base must be a multiple of 4096, not 100"),
    ({"offload": "x"}, "offload must be one of 'stale', 'largest', 'age', not 'x'"),
]


@pytest.mark.parametrize(("values", "message"), BAD)
def test_bad_configurations_are_refused(values, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        KVConfig(**values)
