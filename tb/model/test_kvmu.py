"""The KVMU model: every token at its address, nothing lost, nothing twice, whatever is asked."""

import random
import re
from dataclasses import replace

import pytest

from model.mirror import Mirror, founded
from resv.kvmu import ContextConfig, ContextRefused, GrantRefused, KVConfig

SMALL = ContextConfig(sink_tokens=3, recent_tokens=5, max_chunk=6, held_back=20, frames=4)


def memories(**changes):
    sizes = {"near_slots": 200, "frames": 12, "far_pages": 400, "window": 3, "most_pages": 2}
    return Mirror(KVConfig(**sizes | changes))


def some_chunk(rng, mirror, context, clusters=9):
    """Clusters of the tokens of a chunk, and a selection."""
    state = mirror.memory.context(context)
    tokens = rng.randint(1, state.config.max_chunk)
    sinks = state.sinks_among(tokens)
    cluster_of = [-1] * sinks + founded(rng, state.clusters, tokens - sinks, clusters)
    selected = rng.sample(range(clusters + 1), rng.choice([0, 1, 2, clusters, clusters + 1]))
    return cluster_of, selected


@pytest.mark.parametrize("offload", ["stale", "largest", "age"])
@pytest.mark.parametrize("eviction", ["lru", "often", "none"])
def test_every_token_is_where_it_is_said_to_be(seed, offload, eviction):
    rng = random.Random(seed)
    mirror = memories(offload=offload, eviction=eviction)
    for context in (0, 7, 4095):
        mirror.begin(context, SMALL)
    for n in range(400):
        context = rng.choice([0, 7, 4095])

        def some(page, n=n):
            return n % 3 == 0 and rng.random() < 0.3

        try:
            made = some_chunk(rng, mirror, context)
            mirror.chunk(context, *made, unread=some, unwritten=some)
        except GrantRefused:
            mirror.free(context)
            mirror.begin(context, SMALL)
    for name in ("parts", "lost", "failed_writes"):
        assert sum(getattr(mirror.memory.counters(n), name) for n in (0, 7, 4095)) > 0, name


def test_far_memory_that_is_full_shows_as_a_full_ring(seed):
    rng = random.Random(seed)
    mirror = memories(far_pages=3)
    mirror.begin(1, SMALL)
    mirror.begin(2, SMALL)
    room = SMALL.capacity - SMALL.max_chunk
    while len(mirror.memory.context(1).slots) <= room:
        mirror.chunk(1, *some_chunk(rng, mirror, 1))
    with pytest.raises(GrantRefused, match=r"tokens of a chunk must be at most [0-5] now, not 6"):
        mirror.chunk(1, [0] * 6, [])
    before = mirror.memory.counters(1).appended
    assert before > 24, "pages have left before"
    with pytest.raises(GrantRefused):
        mirror.chunk(1, [0] * 6, [])
    assert mirror.memory.counters(1).appended == before
    assert mirror.memory.counters(1).refused == 2
    mirror.chunk(2, *some_chunk(rng, mirror, 2))  # others go on
    mirror.free(2)
    mirror.free(1)
    mirror.begin(3, SMALL)  # and what was given back is used again
    for _ in range(12):
        mirror.chunk(3, *some_chunk(rng, mirror, 3))


def test_what_does_not_fit_comes_in_parts(seed):
    mirror = memories(near_slots=300)
    mirror.begin(0, SMALL)
    for n in range(60):
        mirror.chunk(0, [-1] * 3 + [0] * 3 if n == 0 else [n % 3] * 6, [])
    parts = mirror.chunk(0, [0], [0, 1, 2])
    pages = [len(part.frames) for part in parts]
    assert max(pages) == SMALL.frames
    assert len(pages) == -(-sum(pages) // SMALL.frames) > 3
    again = mirror.chunk(0, [0], [0, 1, 2])
    here = len(mirror.memory.context(0).area.pages())
    assert here == SMALL.frames
    assert len(again[0].frames) == 0, "all frames are in use by what is here"
    assert sum(len(part.frames) for part in again) == sum(pages) - SMALL.frames


def test_a_resident_page_is_not_read_again():
    mirror = memories()
    mirror.begin(0, replace(SMALL, frames=9))
    for n in range(12):
        mirror.chunk(0, [-1] * 3 + [0] * 3 if n == 0 else [0] * 6, [])
    (first,) = mirror.chunk(0, [1], [0])
    (second,) = mirror.chunk(0, [1], [0])
    assert len(first.frames) > 0
    assert second.frames == ()
    counters = mirror.memory.counters(0)
    assert counters.pages_hit == counters.pages_read == len(first.frames)
    grown = mirror.chunk(0, [0] * 6, [0])  # a cluster that grows: only what is new
    mirror.chunk(0, [0] * 6, [])
    (later,) = mirror.chunk(0, [0] * 6, [0])
    assert len(grown[0].frames) + len(later.frames) <= 2


def test_pages_of_part_and_neighbours_are_one_read():
    mirror = memories(most_pages=2, window=64)
    sizes = {"sink_tokens": 0, "recent_tokens": 0, "max_chunk": 6, "held_back": 7}
    mirror.begin(0, ContextConfig(**sizes, frames=9))
    for _ in range(12):
        mirror.chunk(0, [0] * 6, [])
    (part,) = mirror.chunk(0, [0], [0])
    assert [tuple(read) for read in part.reads] == [(0, 2), (2, 2), (4, 2), (6, 2), (8, 1)]
    assert mirror.memory.counters(0).reads == 5


def test_a_context_that_does_not_fit_is_refused():
    mirror = memories(near_slots=80)
    mirror.begin(0, SMALL)
    longer = replace(SMALL, recent_tokens=6)
    with pytest.raises(ContextRefused, match="ring slots of a context must be at most 40, not 41"):
        mirror.begin(1, longer)
    with pytest.raises(ContextRefused, match="frames of a context must be at most 8, not 9"):
        mirror.begin(1, replace(SMALL, frames=9))
    mirror.begin(1, SMALL)


BAD = {
    "exists": (lambda m: m.context_init(0), "context must be a new one, not 0, which exists"),
    "too high": (lambda m: m.context_init(4_096), "context must be between 0 and 4095, not 4096"),
    "unknown": (lambda m: m.context_free(3), "context must be one that exists, not 3"),
    "too long": (lambda m: m.grant(0, 7), "tokens must be between 1 and 6, not 7"),
    "no chunk": (lambda m: m.fetch(0, []), "context must have a chunk under way, not 0"),
    "no end": (lambda m: m.end(0, [1]), "context must have a chunk under way, not 0"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_operations_are_refused(name):
    do, message = BAD[name]
    mirror = memories()
    mirror.begin(0, SMALL)
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        do(mirror.memory)
    mirror.chunk(0, [-1, -1, -1, 0], [2])


def test_operations_out_of_order_are_refused():
    memory = memories().memory
    memory.context_init(0, SMALL)
    memory.grant(0, 4)
    with pytest.raises(ValueError, match="context must have ended its chunk, not 0"):
        memory.grant(0, 1)
    with pytest.raises(ValueError, match="context must have a part to release, not 0"):
        memory.release(0)
    with pytest.raises(ValueError, match=r"clusters must be selected once each, not \[1, 1\]"):
        memory.fetch(0, [1, 1])
    memory.fetch(0, [1])
    with pytest.raises(ValueError, match="context must have released its parts, not 0"):
        memory.fetch(0, [1])
    with pytest.raises(ValueError, match="context must have released its parts, not 0"):
        memory.end(0, [-1, -1, -1, 0])
    memory.release(0)
    with pytest.raises(ValueError, match="cluster_of must have 4 clusters, not 2"):
        memory.end(0, [-1, -1])
    with pytest.raises(ValueError, match="must be -1 for a sink and for no other token, not 1 for"):
        memory.end(0, [-1, -1, 1, 1])
    with pytest.raises(ValueError, match="a known cluster or the next one, 0, not 1 for token 3"):
        memory.end(0, [-1, -1, -1, 1])
    assert memory.end(0, [-1, -1, -1, 0]) == []
    memory.grant(0, 3)
    with pytest.raises(ValueError, match="a known cluster or the next one, 2, not 3 for token 2"):
        memory.end(0, [0, 1, 3])
    assert memory.context(0).clusters == 1, "nothing has changed"
    assert memory.end(0, [1, 0, 2]) == []
