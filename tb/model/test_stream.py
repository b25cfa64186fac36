"""stream: what holds for every stream: clusters, selection, heads, attention, what is kept."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import resv
from model.small_streams import SIZES, SMALL, facts, run, vectors
from resv import Config, ReSV


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
