"""replay: runs and traces as chunks, and the committed excerpt from its first chunk to its last."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import resv
from resv import Config, Kind, ReSV, Trace, to_bfloat16


@given(st.integers(0, 300), st.integers(1, 70))
def test_runs_are_split_into_full_chunks_and_a_rest(tokens, max_chunk):
    parts = resv.split(tokens, max_chunk)
    assert [p for part in parts for p in range(tokens)[part]] == list(range(tokens))
    sizes = [part.stop - part.start for part in parts]
    assert all(size == max_chunk for size in sizes[:-1])
    assert all(1 <= size <= max_chunk for size in sizes)


def test_a_run_of_256_tokens_is_one_chunk_by_default():
    assert resv.split(256) == [slice(0, 256)]
    assert resv.split(257) == [slice(0, 256), slice(256, 257)]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((-1,), ValueError, "tokens must be at least 0, not -1"),
        ((3, 0), ValueError, "max_chunk must be at least 1, not 0"),
        ((3.0,), TypeError, "tokens must be an integer, not float"),
    ],
)
def test_wrong_runs_are_refused(arguments, error, message):
    with pytest.raises(error, match=f"^{message}$"):
        resv.split(*arguments)


def small_trace(**metadata) -> Trace:
    rng = np.random.default_rng(1)
    q, k, v = (to_bfloat16(rng.standard_normal((1, heads, 40, 16)) * 2) for heads in (2, 1, 1))
    frame = np.repeat(np.array([-1, 0, 1, 2, -2], np.int32), 8)
    return Trace(q=q, k=k, v=v, frame=frame, metadata=metadata, sha256="0" * 64)


def test_a_trace_is_replayed_chunk_by_chunk():
    trace = small_trace()
    steps = list(resv.replay(trace, Config(max_chunk=5)))
    assert [(s.first, s.tokens, s.frame, s.kind) for s in steps] == [
        (first, size, frame, kind)
        for start, frame, kind in (
            (0, -1, Kind.SYSTEM),
            (8, 0, Kind.FRAME),
            (16, 1, Kind.FRAME),
            (24, 2, Kind.FRAME),
            (32, -2, Kind.QUESTION),
        )
        for first, size in ((start, 5), (start + 5, 3))
    ]
    state = ReSV(Config(max_chunk=5)).start()
    chunks = trace.chunks(5)
    other = [state.step(c.q, c.k, c.v, frame=c.frame, kind=c.kind) for c in chunks]
    for one, two in zip(steps, other, strict=True):
        assert one.heads[0].clusters.tolist() == two.heads[0].clusters.tolist()
        assert one.heads[0].attended.tolist() == two.heads[0].attended.tolist()


def test_the_scale_is_the_trace_s_unless_given():
    near = {"sink_tokens": 0, "recent_tokens": 0, "hash_bits": 16, "Th_hd": 3}
    trace = small_trace(scale="0.001")

    def selected(config):
        return [s.heads[0].selected_clusters.tolist() for s in resv.replay(trace, config)]

    assert selected(Config(**near)) == selected(Config(**near, scale=0.001))
    assert selected(Config(**near)) != selected(Config(**near, scale=0.25))


# -- the excerpt -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def excerpt() -> Trace:
    return resv.load_trace(resv.excerpt_path())


@pytest.fixture(scope="module")
def steps(excerpt):
    return list(resv.replay(excerpt))


def test_the_excerpt_is_clustered_whole(excerpt, steps):
    tokens = excerpt.k.shape[2]
    clusters = [int(c) for step in steps for c in step.heads[0].clusters]
    assert clusters[:16] == [-1] * 16
    assert min(clusters[16:]) == 0
    assert len(clusters) == tokens == 640
    founded = [int(f) for step in steps for f in step.heads[0].founded]
    assert sum(founded) == max(clusters) + 1 == len(set(clusters)) - 1


def test_the_excerpt_attends_to_what_d6_says(steps):
    cluster_of = np.concatenate([step.heads[0].clusters for step in steps])
    for step in steps:
        head, first = step.heads[0], step.first
        selected = set(head.selected_clusters.tolist())
        expected = [
            p for p in range(first) if p < 16 or p >= first - 200 or int(cluster_of[p]) in selected
        ]
        assert head.attended.tolist() == expected
        assert head.selected_tokens.tolist() == [p for p in expected if 16 <= p < first - 200]


def test_the_excerpt_is_selective_at_the_defaults(steps):
    """What the figures say: an excerpt that selects everything, or nothing, would test little."""
    far = sum(step.far_tokens for step in steps)
    selected = sum(step.selected_tokens for step in steps)
    assert 0.05 < selected / far < 0.8


def test_light_attention_of_the_excerpt_with_th_r_1_is_full_attention(excerpt):
    state = ReSV(Config(Th_r=1, scale=excerpt.scale)).start()
    for chunk in excerpt.chunks():
        step = state.step(chunk.q, chunk.k, chunk.v, frame=chunk.frame, kind=chunk.kind)
        if chunk.index % 8 == 0 or chunk.kind != Kind.FRAME:
            light, full = state.light_attention(step, chunk.q), state.full_attention(step, chunk.q)
            np.testing.assert_allclose(light, full, rtol=1e-12, atol=1e-300)
