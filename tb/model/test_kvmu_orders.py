"""Orders of the KVMU model, by hand: of deliveries, of what comes back, and after what fails."""

from dataclasses import replace

from resv.kvmu import KVMU, ContextConfig, KVConfig

PAGE = 4096
ENTRY = 1024  # four a page
AREA = 1 << 20
PLAIN = ContextConfig(sink_tokens=1, recent_tokens=0, max_chunk=8, held_back=3, frames=3)


def memories(**changes):
    sizes = {"near_slots": 40, "frames": 8, "far_pages": 9, "area_base": AREA}
    return KVMU(KVConfig(**{"d": ENTRY // 4, **sizes, **changes}))


def chunk(memory, cluster_of, fails=lambda page: False):
    """One chunk of context 0, without a selection; slots granted, and pages written."""
    slots = [address // ENTRY for address in memory.grant(0, len(cluster_of))]
    return slots, memory.end(0, cluster_of, fails=fails)


def begun(cluster_of, config=PLAIN, **changes):
    """A memory whose context 0 has had one chunk, of a sink and these clusters."""
    memory = memories(**changes)
    memory.context_init(0, config)
    chunk(memory, [-1, *cluster_of])
    return memory


def delivered(part):
    """(token, frame, place) of what comes from the area, (token, slot) from the ring."""
    return [
        (token, (at - AREA) // PAGE, at % PAGE // ENTRY) if at >= AREA else (token, at // ENTRY)
        for token, at in part.deliveries
    ]


def test_deliveries_are_in_the_order_of_the_selection_then_of_pages():
    memory = begun([0, 1, 0, 1, 2, 2])  # page 0: tokens 1 3 2 4; held 5 6, in slots 5 6
    chunk(memory, [2, 0, 1, 2, 2])  # page 1: tokens 5 6 7 10 of cluster 2; held 8 9 11
    memory.grant(0, 1)
    part = memory.fetch(0, [1, 2, 0])
    here = [(9, 9), (11, 11), (8, 8)]
    assert delivered(part) == [
        *here,
        *((1, 0, 0), (3, 0, 1), (2, 0, 2), (4, 0, 3)),  # both clusters, by their places
        *((5, 1, 0), (6, 1, 1), (7, 1, 2), (10, 1, 3)),
    ]
    assert memory.release(0) is None
    part = memory.fetch(0, [1, 2, 0])  # now all is here, and a cluster's held are its youngest
    assert delivered(part) == [
        *((2, 0, 2), (4, 0, 3), (9, 9)),
        *((5, 1, 0), (6, 1, 1), (7, 1, 2), (10, 1, 3), (11, 11)),
        *((1, 0, 0), (3, 0, 1), (8, 8)),
    ]


def test_a_page_that_cannot_be_written_changes_nothing_but_its_place():
    memory = begun([0, 1, 0, 1, 2, 2, 2])  # page 0: 1 3 2 4; 5 6 7 held
    asked = []
    slots, writes = chunk(
        memory, [0, 2, 0, 1, 0, 0, 3], lambda page: asked.append(page) or page == 1
    )
    assert (writes, asked) == ([], [1]), "no other page is written with this chunk"
    assert list(memory.free_pages) == [2, 3, 4, 5, 6, 7, 8, 1]
    state = memory.context(0)
    assert state.held.count == 10
    assert list(state.held.by_cluster) == [2, 1, 0, 3]
    assert list(state.held.whole) == [2, 0]
    assert memory.counters(0).failed_writes == 1
    # With the next one everything leaves, as it would have then.
    _, writes = chunk(memory, [3])
    two = [5, 6, 7, slots[1]]
    none = [slots[n] for n in (0, 2, 4, 5)]
    assert [(write.page, list(write.slots)) for write in writes] == [(2, two), (3, none)]
    assert memory.counters(0).pages_written == 3
    memory.context_free(0)
    assert list(memory.free_pages) == [4, 5, 6, 7, 8, 1, 0, 2, 3], "its pages as written"


def test_a_page_that_cannot_be_read_is_not_delivered_and_read_again():
    memory = begun([0, 1, 0, 1, 2, 2], replace(PLAIN, held_back=4))
    chunk(memory, [2, 0, 1, 2, 2])  # as above: pages 0 and 1, held 8 9 11
    memory.grant(0, 1)
    part = memory.fetch(0, [0, 2], fails=lambda page: page == 0)
    assert part.reads == ((0, 2),)
    assert (part.frames, part.failed, part.lost) == (((0, 0), (1, 1)), (0,), (1, 3))
    assert delivered(part) == [(8, 8), (11, 11), (5, 1, 0), (6, 1, 1), (7, 1, 2), (10, 1, 3)]
    counters = memory.counters(0)
    assert (counters.lost, counters.from_far, counters.selected) == (2, 4, 6)
    assert memory.context(0).area.numbers == [2, 0, 1]
    assert memory.release(0) is None
    memory.end(0, [0])
    memory.grant(0, 1)
    part = memory.fetch(0, [1])
    assert part.frames == ((0, 2),), "the first frame, though another one is empty"
    assert delivered(part) == [(9, 9), (2, 2, 2), (4, 2, 3)]


def test_frames_that_an_extent_was_found_in_are_last():
    config = ContextConfig(sink_tokens=0, recent_tokens=0, max_chunk=8, held_back=3, frames=3)
    memory = memories()
    memory.context_init(0, config)
    chunk(memory, [0, 1, 0, 1, 2, 2, 2, 2])  # pages 0 (cluster 2), 1 (clusters 0 and 1)
    chunk(memory, [3, 3, 3, 3])  # page 2
    memory.grant(0, 1)
    memory.fetch(0, [2, 0, 3])
    assert memory.context(0).area.numbers == [0, 1, 2]
    memory.release(0)
    memory.fetch(0, [0, 2, 1])  # page 1 is found twice, page 0 between
    assert memory.context(0).area.numbers == [2, 1, 0]
    memory.context_free(0)
    assert list(memory.free_frames) == [3, 4, 5, 6, 7, 2, 1, 0]


def test_what_a_context_gives_back():
    config = ContextConfig(sink_tokens=2, recent_tokens=2, max_chunk=8, held_back=7, frames=3)
    memory = memories()
    memory.context_init(0, config)
    chunk(memory, [-1])  # of two sinks one has come
    chunk(memory, [-1, 0, 1, 2, 1, 0, 2, 0])  # 2 to 6 held back, 7 8 recent
    memory.grant(0, 2)
    memory.context_free(0)
    sinks, held, others = [0, 1], [4, 3, 5, 2, 6], [7, 8, 9, 10]
    assert list(memory.free_slots) == [*range(11, 40), *sinks, *held, *others]
    assert list(memory.free_frames) == [3, 4, 5, 6, 7, 0, 1, 2]
