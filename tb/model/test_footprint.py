"""footprint: bytes by hand, and of whole streams."""

import numpy as np
import pytest

import resv
from resv import Config, ReSV, footprint


def test_32_tokens_a_cluster_by_hand():
    """32 tokens of 512 bytes are 4 pages; a cluster of them takes 184 bytes of table."""
    found = footprint.of_members(np.full(1_250, 32), 32, 128)
    assert found.table == {
        "hash words": 5_000,
        "members": 2_500,
        "token counts": 2_500,
        "token indices": 160_000,
        "chains and residency": 20_000,
        "extents": 40_000,
    }
    assert found.mean_keys == 320_000
    assert found.keys_and_values == 20_480_000
    assert found.table_share == 184 / 16_384
    assert found.mean_keys_share == 256 / 16_384


def test_extents_are_whole_pages_at_best_and_single_tokens_at_worst():
    members = np.array([1, 8, 9, 17])
    assert footprint.of_members(members, 32, 128).table["extents"] == 8 * (1 + 1 + 2 + 3)
    assert footprint.of_members(members, 32, 128, scattered=True).table["extents"] == 8 * 35
    assert footprint.of_members(members, 32, 256).table["extents"] == 8 * (1 + 2 + 3 + 5)


def test_wider_words_and_sinks_count():
    found = footprint.of_members(np.array([3, 4]), 128, 64, sinks=5)
    assert found.table["hash words"] == 32
    assert found.keys_and_values == 12 * 256
    assert footprint.of_members(np.zeros(0, int), 32, 64, sinks=5).table_share == 0


@pytest.fixture(scope="module", params=["plain", "fast"])
def stream(request):
    """The excerpt's last state."""
    trace = resv.load_trace(resv.excerpt_path())
    state = ReSV(Config(), engine=request.param).start()
    for chunk in trace.chunks():
        state.step(chunk.q, chunk.k, chunk.v, frame=chunk.frame, kind=chunk.kind)
    return state


def test_a_stream_is_the_sum_of_its_heads(stream):
    members = stream.table(0, 0).hash_clusters.members
    one = footprint.of_members(members, 32, 128, sinks=16)
    assert footprint.of_stream(stream) == one
    assert one.keys_and_values == 640 * 512
    assert one + one == footprint.Footprint(
        {name: 2 * size for name, size in one.table.items()},
        2 * one.mean_keys,
        2 * one.keys_and_values,
    )


def test_the_model_s_arrays_are_all_counted(stream):
    items = footprint.of_model(stream)
    clusters = len(stream.table(0, 0))
    assert items["keys and values"] == 640 * 512
    assert items["hash words"] == 4 * clusters
    assert items["members"] == 4 * clusters
    assert items["sums of keys"] >= 8 * 128 * clusters
    assert items["cluster of each position"] >= 4 * 640
    if len(items) > 5:  # fast
        assert items["mean keys"] >= 8 * 128 * clusters
        assert items["token counts"] >= 8 * clusters


def test_several_heads_are_added(seed):
    rng = np.random.default_rng(seed)
    q, k, v = (resv.to_bfloat16(rng.standard_normal((2, heads, 30, 16))) for heads in (4, 2, 2))
    state = ReSV(Config(hash_bits=16)).start()
    state.step(q, k, v, frame=0)
    found = footprint.of_stream(state)
    assert found.keys_and_values == 4 * 30 * 64
    assert found.table["token indices"] == 4 * 14 * 4
    assert footprint.of_model(state)["keys and values"] == found.keys_and_values


def test_wrong_arguments_are_refused():
    with pytest.raises(ValueError, match=r"^members must be at least 1, not 0$"):
        footprint.of_members(np.array([1, 0]), 32, 128)
    with pytest.raises(ValueError, match=r"^hash_bits must be a multiple of 8, not 30$"):
        footprint.of_members(np.array([1]), 30, 128)
    for asked in (footprint.of_stream, footprint.of_model):
        with pytest.raises(ValueError, match=r"^stream must have taken at least one chunk, not 0$"):
            asked(ReSV().start())
