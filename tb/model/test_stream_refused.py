"""stream: what is refused, in words, and that it changes nothing."""

import numpy as np
import pytest

import resv
from model.small_streams import SIZES, SMALL, facts, run, vectors
from resv import ChunkRefused, Config, Kind, ReSV
from resv.numerics import BF16

Q, K, V = vectors(14, 4, layers=2, heads=(4, 2))


def picture(state):
    """Everything a stream knows."""
    tables = [state.table(0, head) for head in range(2)]
    return [
        state.tokens,
        state.chunks,
        state.keys.tolist(),
        state.values.tolist(),
        [table.cluster_of.tolist() for table in tables],
        [table.mean_keys().tolist() for table in tables],
        [table.hash_clusters.members.tolist() for table in tables],
        [table.hash_clusters.words.tolist() for table in tables],
    ]


def test_a_refused_chunk_changes_no_head():
    """With max_chunk 65,535 no cluster of an earlier chunk is joinable. Head 1 is full at once."""
    config = Config(hash_bits=16, sink_tokens=0, max_chunk=65_535, max_clusters=2)
    state = ReSV(config).start()
    k = np.ones((1, 2, 2, 4), BF16)
    k[0, 1, 1] = -1  # head 1 founds two clusters, head 0 one
    state.step(k, k, k, frame=0)
    before = picture(state)
    message = (
        r"^layer 0, kv_head 1: chunk refused: the table is full \(2 clusters, max_clusters 2\) "
        r"and no cluster can take 65535 more members$"
    )
    with pytest.raises(ChunkRefused, match=message):
        state.step(k, k, k, frame=1)
    assert picture(state) == before
    alone = np.concatenate([k[:, :1]] * 2, axis=1)
    with pytest.raises(ChunkRefused):
        state.step(alone, alone, alone, frame=1)
    assert picture(state) == before


def test_after_a_failed_step_the_stream_goes_on_as_if_it_had_not_been():
    q, k, v = vectors(13, sum(SIZES), heads=(4, 2))
    state = ReSV(SMALL).start()
    steps, at = [], 0
    for number, size in enumerate(SIZES):
        parts = [array[:, :, at : at + size] for array in (q, k, v)]
        if state.chunks > 3:
            before = picture(state)
            huge = parts[0].copy()
            huge[0, 3] = 2.0**127
            message = r"^layer 0, kv_head 1: scores must be finite everywhere, not -?inf at"
            with pytest.raises(ValueError, match=message):
                state.step(huge, *parts[1:], frame=number + 10**6)
            assert picture(state) == before
        steps.append(state.step(*parts, frame=number))
        at += size
    expected = run(ReSV(SMALL).start(), q, k, v)
    for head in range(2):
        assert facts(steps, 0, head) == facts(expected, 0, head)
    assert [step.first for step in steps] == [step.first for step in expected]
    assert [step.chunk for step in steps] == list(range(len(SIZES)))


@pytest.mark.parametrize(
    ("bad", "error", "message"),
    [
        ({"q": Q.astype(np.float32)}, TypeError, "q must be a bfloat16 array, not float32"),
        ({"k": K.astype(np.float16)}, TypeError, "k must be a bfloat16 array, not float16"),
        ({"v": V.tolist()}, TypeError, "v must be a bfloat16 array, not list"),
        ({"q": Q[0]}, ValueError, r"q must have shape \[.*\], not \[4, 4, 16\]"),
        ({"q": Q[:, :, :0]}, ValueError, r"q must have shape \[.*\], not \[2, 4, 0, 16\]"),
        ({"k": K[:1]}, ValueError, r"k must have shape \[2, .*, 4, 16\], not \[1, 2, 4, 16\]"),
        ({"v": V[..., :8]}, ValueError, r"v must have shape \[2, 2, 4, 16\], not \[2, 2, 4, 8\]"),
        ({"q": np.full_like(Q, np.nan)}, ValueError, "q must be finite everywhere, not nan at"),
        ({"k": np.full_like(K, np.inf)}, ValueError, "k must be finite everywhere, not inf at"),
        ({"v": np.full_like(V, -np.inf)}, ValueError, "v must be finite everywhere, not -inf at"),
        ({"frame": -3}, ValueError, "frame must be at least -2, not -3"),
        ({"frame": 1.0}, TypeError, "frame must be an integer, not float"),
        ({"kind": 4}, ValueError, "kind must be between 0 and 3, not 4"),
        ({"kind": 2}, ValueError, "kind must be 1 where frame is 7, not 2"),
        ({"frame": -1, "kind": 1}, ValueError, "kind must be 0 where frame is -1, not 1"),
        ({"frame": -2, "kind": 0}, ValueError, "kind must be 2 or 3 where frame is -2, not 0"),
    ],
)
def test_wrong_chunks_are_refused(bad, error, message):
    good = {"q": Q, "k": K, "v": V, "frame": 7}
    fresh, used = ReSV(SMALL).start(), ReSV(SMALL).start()
    used.step(**good)
    for state in (fresh, used):
        before = (state.tokens, state.chunks)
        with pytest.raises(error, match=f"^{message}"):
            state.step(**good | bad)
        assert (state.tokens, state.chunks) == before
        state.step(**good)


def test_query_heads_must_divide_among_the_kv_heads():
    with pytest.raises(ValueError, match="query heads must be a multiple of KV heads, not 3 of 2"):
        ReSV(SMALL).start().step(Q[:, :3], K, V, frame=0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda q, k, v: (q[:1], k[:1], v[:1]),
            r"q must have shape \[2, 4, T, 16\], not \[1, 4, 4, 16\]",
        ),
        (
            lambda q, k, v: (q[:, :2], k, v),
            r"q must have shape \[2, 4, T, 16\], not \[2, 2, 4, 16\]",
        ),
        (
            lambda q, k, v: (q, k[:, :1], v[:, :1]),
            r"k must have shape \[2, 2, 4, 16\], not \[2, 1, 4, 16\]",
        ),
        (
            lambda q, k, v: (q[..., :8], k[..., :8], v[..., :8]),
            r"q must have shape \[2, 4, T, 16\], not \[2, 4, 4, 8\]",
        ),
    ],
)
def test_the_first_chunk_sets_the_sizes(change, message):
    state = ReSV(SMALL).start()
    state.step(Q, K, V, frame=0)
    with pytest.raises(ValueError, match=f"^{message}$"):
        state.step(*change(Q, K, V), frame=0)


def test_frames_may_not_go_back_and_text_may_come_between():
    state = ReSV(SMALL).start()
    kinds = [state.step(Q, K, V, frame=frame).kind for frame in (-1, -1, 3, 3, -2, 4, -2, 9)]
    text, frame, system = Kind.QUESTION, Kind.FRAME, Kind.SYSTEM
    assert kinds == [system, system, frame, frame, text, frame, text, frame]
    assert state.step(Q, K, V, frame=-2, kind=3).kind is Kind.DECODED
    with pytest.raises(ValueError, match=r"^frame must not decrease, not 8 after 9$"):
        state.step(Q, K, V, frame=8)
    assert state.tokens == 9 * 4


def test_longer_runs_are_to_be_split_first():
    config = Config(hash_bits=16, max_chunk=3)
    message = r"^tokens of a chunk must be at most max_chunk \(3\), not 4: divide longer runs with "
    with pytest.raises(ValueError, match=message + r"resv\.split or Trace\.chunks$"):
        ReSV(config).start().step(Q, K, V, frame=0)
    state = ReSV(config).start()
    sizes = [
        state.step(Q[:, :, part], K[:, :, part], V[:, :, part], frame=0).tokens
        for part in resv.split(4, 3)
    ]
    assert sizes == [3, 1]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (({"Th_hd": 7},), TypeError, "config must be a Config, not dict"),
        ((SMALL, np.ones((16, 4))), TypeError, "planes must be a bfloat16 array, not float64"),
        ((SMALL, np.ones((8, 4), BF16)), ValueError, "rows of planes must be at least 16, not 8"),
        ((SMALL, np.full((16, 4), np.nan, BF16)), ValueError, "planes must be finite everywhere"),
    ],
)
def test_a_wrong_algorithm_is_refused(arguments, error, message):
    with pytest.raises(error, match=f"^{message}"):
        ReSV(*arguments)


def test_heads_larger_than_the_hyperplanes_are_refused():
    with pytest.raises(ValueError, match=r"^d must be between 1 and 4, not 16$"):
        ReSV(SMALL, np.ones((16, 4), BF16)).start().step(Q, K, V, frame=0)
    wide = np.ones((1, 1, 1, 257), BF16)
    with pytest.raises(ValueError, match=r"^d must be between 1 and 256, not 257$"):
        ReSV(SMALL).start().step(wide, wide, wide, frame=0)
