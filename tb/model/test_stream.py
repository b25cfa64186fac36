"""stream: whole streams against a restatement with Python sets; what is refused changes nothing."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import resv
from resv import ChunkRefused, Config, Kind, ReSV, to_bfloat16
from resv.numerics import BF16

SMALL = Config(
    hash_bits=16, Th_hd=4, sink_tokens=5, recent_tokens=9, max_clusters=20, cluster_cap=12
)
SIZES = [3, 1, 4, 6, 2, 6, 1, 1, 7, 5, 6, 3, 6, 6, 8, 1]


def vectors(seed, tokens, layers=1, heads=(2, 1), d=16):
    """Keys around a few centres, so that they cluster."""
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((layers, heads[1], 6, d))
    kinds = rng.integers(0, 6, tokens)
    k = centres[:, :, kinds] + rng.standard_normal((layers, heads[1], tokens, d)) * 0.3
    q = rng.standard_normal((layers, heads[0], tokens, d)) * 3
    v = rng.standard_normal(k.shape)
    return to_bfloat16(q), to_bfloat16(k), to_bfloat16(v)


def run(state, q, k, v, sizes=SIZES):
    """Step through arrays in chunks of these sizes, one frame each."""
    steps, at = [], 0
    for number, size in enumerate(sizes):
        part = (array[:, :, at : at + size] for array in (q, k, v))
        steps.append(state.step(*part, frame=number))
        at += size
    return steps


def facts(steps, layer=0, kv_head=0):
    """What a head did, as Python values."""
    names = ("clusters", "founded", "full", "distances", "selected_clusters", "selected_tokens")
    heads = [step.head(layer, kv_head) for step in steps]
    return [[getattr(head, name).tolist() for name in (*names, "attended")] for head in heads]


# -- against a restatement -------------------------------------------------------------------------


def restated(q, k, config, sizes):
    """D2 to D6 for one head, with Python lists and sets on top of the functions of each step."""
    planes = resv.hyperplanes(config.hash_bits, k.shape[-1])
    cluster_of, table, first, result = [], resv.HCTable.empty(config.hash_bits), 0, []
    for size in sizes:
        chunk = range(first, first + size)
        far = range(config.sink_tokens, first - config.recent_tokens)
        counts = Counter(cluster_of[p] for p in far)
        sums = {}
        for p, cluster in enumerate(cluster_of):
            if cluster >= 0:
                sums[cluster] = sums.get(cluster, 0.0) + k[p].astype(float)
        selected = set()
        if sums:
            means = np.array([sums[c] / cluster_of.count(c) for c in range(len(sums))])
            count = np.array([counts[c] for c in range(len(sums))])
            for head in q:
                for p in chunk:
                    scores = resv.wicsum.scores(head[p : p + 1], to_bfloat16(means))[0]
                    row = resv.wicsum.select_row(scores, count, config.TH, config.scale or 0.25)
                    selected |= set(np.flatnonzero(row).tolist())
        tokens = {p for p in far if cluster_of[p] in selected}
        recent = set(range(max(0, first - config.recent_tokens), first))
        attended = tokens | recent | set(range(min(first, config.sink_tokens)))

        hashed = [p for p in chunk if p >= config.sink_tokens]
        words = resv.hash_bits(k[hashed], planes)
        joined = resv.cluster_chunk(words, table, config.rules)
        table.apply(words, joined)
        sinks = size - len(hashed)
        columns = [
            [-1] * sinks + joined.clusters.tolist(),
            [False] * sinks + joined.founded.tolist(),
            [False] * sinks + joined.full.tolist(),
            [-1] * sinks + joined.distances.tolist(),
        ]
        result.append([*columns, sorted(selected), sorted(tokens), sorted(attended)])
        cluster_of += columns[0]
        first += size
    return result


@settings(max_examples=20)
@given(
    st.integers(0, 2**32 - 1),
    st.lists(st.integers(1, 9), min_size=1, max_size=14),
    st.integers(0, 20),
    st.integers(0, 20),
    st.sampled_from([0, 0.1, 0.5, 0.9, 1]),
)
def test_streams_go_as_restated(seed, sizes, sink_tokens, recent_tokens, Th_r):
    config = Config(
        hash_bits=16, Th_hd=4, sink_tokens=sink_tokens, recent_tokens=recent_tokens, Th_r=Th_r
    )
    q, k, v = vectors(seed, sum(sizes))
    steps = run(ReSV(config).start(), q, k, v, sizes)
    assert facts(steps) == restated(q[0], k[0, 0], config, sizes)


def test_a_long_stream_with_a_full_table_goes_as_restated():
    q, k, v = vectors(1, sum(SIZES) * 3)
    config = Config(
        hash_bits=16, Th_hd=2, sink_tokens=5, recent_tokens=9, max_clusters=20, cluster_cap=3
    )
    steps = run(ReSV(config).start(), q, k, v, SIZES * 3)
    assert facts(steps) == restated(q[0], k[0, 0], config, SIZES * 3)
    assert any(step.heads[0].full.any() for step in steps)


# -- properties ------------------------------------------------------------------------------------


def test_every_token_after_the_sinks_is_in_exactly_one_cluster():
    q, k, v = vectors(2, sum(SIZES))
    state = ReSV(SMALL).start()
    run(state, q, k, v)
    table = state.table(0, 0)
    positions = [p for c in range(len(table)) for p in table.positions(c).tolist()]
    assert sorted(positions) == list(range(5, sum(SIZES)))
    assert [
        len(table.positions(c)) for c in range(len(table))
    ] == table.hash_clusters.members.tolist()


def test_attended_is_disjoint_parts_by_age():
    """By hand: 5 sinks, 9 recent tokens; chunks of 10; Th_r = 1 selects all that is far."""
    q, k, v = vectors(3, 40)
    config = Config(hash_bits=16, sink_tokens=5, recent_tokens=9, Th_r=1)
    steps = run(ReSV(config).start(), q, k, v, [10] * 4)
    heads = [step.heads[0] for step in steps]
    assert [head.selected_tokens.tolist() for head in heads] == [
        [],
        [],  # [5, 10 - 9) is empty
        [*range(5, 11)],
        [*range(5, 21)],
    ]
    assert [head.attended.tolist() for head in heads] == [[*range(10 * n)] for n in range(4)]
    assert heads[0].clusters.tolist()[:6] == [-1, -1, -1, -1, -1, 0]
    assert [head.far_tokens for head in heads] == [0, 0, 6, 16]
    assert [step.retrieval_ratio for step in steps] == [None, None, 1.0, 1.0]


def test_a_chunk_does_not_select_by_its_own_clusters():
    """D6: the second chunk's tokens found clusters, yet its counts are those of before."""
    q, k, v = vectors(4, 30)
    config = Config(hash_bits=16, Th_hd=0, sink_tokens=0, recent_tokens=0)
    steps = run(ReSV(config).start(), q, k, v, [10] * 3)
    heads = [step.heads[0] for step in steps]
    assert [head.clusters_before for head in heads] == [0, 10, 20]
    assert [head.token_count.tolist() for head in heads] == [[], [1] * 10, [1] * 20]
    assert [head.founded.sum() for head in heads] == [10, 10, 10]


@pytest.mark.parametrize("Th_r", [0, 0.3])
def test_the_retrieval_ratio_is_selected_over_far(Th_r):
    q, k, v = vectors(5, sum(SIZES), layers=2, heads=(4, 2))
    config = Config(hash_bits=16, sink_tokens=5, recent_tokens=9, Th_r=Th_r)
    steps = run(ReSV(config).start(), q, k, v)
    for step in steps:
        far = 4 * max(0, step.first - 9 - 5)
        assert step.far_tokens == far
        selected = sum(len(head.selected_tokens) for head in step.heads)
        assert step.retrieval_ratio == (selected / far if far else None)
    assert 0 < steps[-1].retrieval_ratio < 1


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=5)
def test_several_heads_are_the_same_heads_alone(seed):
    q, k, v = vectors(seed, sum(SIZES), layers=2, heads=(6, 3))
    steps = run(ReSV(SMALL).start(), q, k, v)
    for layer in range(2):
        for kv_head in range(3):
            alone_q = q[layer : layer + 1, 2 * kv_head : 2 * kv_head + 2]
            alone = (a[layer : layer + 1, kv_head : kv_head + 1] for a in (k, v))
            one = run(ReSV(SMALL).start(), alone_q, *alone)
            assert facts(steps, layer, kv_head) == facts(one)
            assert (steps[0].head(layer, kv_head).layer, steps[0].head(layer, kv_head).kv_head) == (
                layer,
                kv_head,
            )


def test_light_attention_with_everything_selected_is_full_attention():
    q, k, v = vectors(6, sum(SIZES), layers=2, heads=(4, 2))
    state = ReSV(Config(hash_bits=16, sink_tokens=3, recent_tokens=4, Th_r=1)).start()
    at = 0
    for step in run(state, q, k, v):
        queries = q[:, :, at : at + step.tokens]
        light = state.light_attention(step, queries)
        assert light.shape == queries.shape
        np.testing.assert_allclose(light, state.full_attention(step, queries), rtol=1e-12)
        at += step.tokens


def test_light_attention_is_that_of_the_attended_positions():
    """A value that is far and not selected changes nothing; one that is attended does."""
    q, k, v = vectors(7, 80, layers=2)
    config = Config(hash_bits=16, Th_hd=2, sink_tokens=3, recent_tokens=4, Th_r=0)
    outputs = []
    seen = None
    for change in (None, "unseen", "seen"):
        values = v.copy()
        if change:
            values[1, 0, [p for p in range(75) if (p in seen) == (change == "seen")]] += 1
        state = ReSV(config).start()
        step = run(state, q, k, values, [5] * 16)[-1]
        seen = set(step.head(1, 0).attended.tolist())
        outputs.append(state.light_attention(step, q[:, :, 75:]))
        assert len(seen) < 75
    assert np.array_equal(outputs[0], outputs[1])
    assert not np.allclose(outputs[0][1], outputs[2][1])
    assert np.array_equal(outputs[0][0], outputs[2][0])  # the other layer


def test_attention_of_an_earlier_step_does_not_see_later_tokens():
    q, k, v = vectors(8, 20)
    state = ReSV(SMALL).start()
    first = run(state, q, k, v, [5] * 4)[1]
    short = ReSV(SMALL).start()
    run(short, q, k, v, [5] * 2)
    part = q[:, :, 5:10]
    assert np.array_equal(state.full_attention(first, part), short.full_attention(first, part))


def test_keys_and_values_are_kept_unmerged_and_copied():
    q, k, v = vectors(9, 20)
    state = ReSV(SMALL).start()
    mine = k.copy()
    run(state, q, mine, v, [5] * 4)
    mine[:] = 0
    assert np.array_equal(state.keys, k)
    assert np.array_equal(state.values, v)


def test_the_scale_of_the_configuration_is_used():
    q, k, v = vectors(10, sum(SIZES))
    ratios = []
    for scale in (None, 0.25, 0.01, 4.0):
        config = Config(hash_bits=16, Th_hd=2, sink_tokens=5, recent_tokens=9, scale=scale)
        state = ReSV(config).start()
        steps = run(state, q, k, v)
        ratios.append(sum(s.selected_tokens for s in steps) / sum(s.far_tokens for s in steps))
    assert ratios[0] == ratios[1]  # d = 16
    assert ratios[3] < ratios[1] < ratios[2]


def test_own_hyperplanes_are_cut_to_size():
    q, k, v = vectors(11, sum(SIZES))
    shipped = resv.hyperplanes(128, 256)
    expected = facts(run(ReSV(SMALL).start(), q, k, v))
    assert facts(run(ReSV(SMALL, shipped).start(), q, k, v)) == expected
    other = facts(run(ReSV(SMALL, shipped[64:]).start(), q, k, v))
    assert other != expected


def test_streams_of_one_algorithm_do_not_meet():
    q, k, v = vectors(12, sum(SIZES))
    algorithm = ReSV(SMALL)
    one, other = algorithm.start(), algorithm.start()
    run(other, k[:, [0, 0]], k, v)
    assert facts(run(one, q, k, v)) == facts(run(ReSV(SMALL).start(), q, k, v))


# -- what is refused changes nothing ---------------------------------------------------------------


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


Q, K, V = vectors(14, 4, layers=2, heads=(4, 2))


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
