"""policies: each against a restatement of its definition in plain Python, on small traces."""

import math

import numpy as np
import pytest

import resv
from model.lab_traces import SMALL, made
from resv import Config, policies

SEEDS = range(4)
SHARES = (0.0, 0.1003, 0.3007, 0.7711, 1.0)
"""No multiple of half a token, where rounding would decide."""
KMEANS = "kmeans:block_tokens=8:clusters=3"


def first_k(order, far, share):
    """Whole groups in this order, as near to ``share`` of the far tokens as that gets."""
    chosen = set()
    for group in order:
        more = chosen | set(group) & set(far)
        if abs(len(more) - share * len(far)) > abs(len(chosen) - share * len(far)):
            break
        chosen = more
    return chosen


def dot(a, b):
    return math.fsum(x * y for x, y in zip(a, b, strict=True))


def mean(vectors):
    return [math.fsum(column) / len(vectors) for column in zip(*vectors, strict=True)]


def by_mean_query(keys, counts, rows, scale):
    query = mean(rows)
    return [dot(query, key) for key in keys]


def by_weight(keys, counts, rows, scale):
    """Softmax over the groups, row by row, each key as often as its count says."""
    total = [0.0] * len(keys)
    for row in rows:
        logits = [scale * dot(row, key) for key in keys]
        weights = [math.exp(x - max(logits)) for x in logits]
        S = math.fsum(w * n for w, n in zip(weights, counts, strict=True))
        total = [t + w / S for t, w in zip(total, weights, strict=True)]
    return total


def chunks_of(trace, stop, sinks):
    """Positions after the sinks and before ``stop``, by chunk."""
    parts = [range(max(c.start, sinks), c.stop) for c in trace.chunks() if c.stop <= stop]
    return [list(part) for part in parts if len(part)]


def frames_as_groups(trace, seen):
    return chunks_of(trace, seen.past.first, seen.past.sink_tokens)


def cells_as_groups(trace, seen, frames=4):
    groups, count, block = [], 0, {}
    for chunk in trace.chunks():
        if chunk.start >= seen.past.first:
            break
        positions = [p for p in range(chunk.start, chunk.stop) if p >= seen.past.sink_tokens]
        if not positions:
            continue
        if chunk.frame < 0:
            groups.append(positions)
            continue
        if count % frames == 0:
            block = {}
        count += 1
        for p in positions:
            cell = p - chunk.start
            if cell not in block:
                block[cell] = []
                groups.append(block[cell])
            block[cell].append(p)
    return groups


def segments_as_groups(trace, seen, similarity=0.9, shortest=2, longest=3):
    groups, last, length = [], None, 0
    for positions in frames_as_groups(trace, seen):
        key = mean(seen.past.keys[positions].tolist())
        if trace.frame[positions[0]] < 0:
            groups.append(positions)
            last = None
            continue
        joins = False
        if last is not None and length < longest:
            cosine = dot(key, last) / math.sqrt(dot(key, key) * dot(last, last))
            joins = length < shortest or cosine >= similarity
        if joins:
            groups[-1] = groups[-1] + positions
            length += 1
        else:
            groups.append(positions)
            length = 1
        last = key
    return groups


def kmeans_as_groups(trace, seen, size=8, clusters=3, iterations=10):
    groups, start = [], seen.past.sink_tokens
    while start + size <= seen.past.first:
        keys = [key / np.linalg.norm(key) for key in seen.past.keys[start : start + size]]
        centres = [keys[n * size // clusters] for n in range(clusters)]
        for _ in range(iterations):
            labels = [max(range(clusters), key=lambda c, k=k: k @ centres[c]) for k in keys]
            for c in range(clusters):
                own = [k for k, label in zip(keys, labels, strict=True) if label == c]
                if own:
                    centres[c] = sum(own) / np.linalg.norm(sum(own))
        found = [[start + n for n in range(size) if labels[n] == c] for c in range(clusters)]
        groups += [group for group in found if group]
        start += size
    return groups


GROUPED = {
    "topk_frame_mean": (frames_as_groups, by_mean_query),
    "topk_frame_exp:by=mean": (frames_as_groups, by_weight),
    "segment:longest=3": (segments_as_groups, by_mean_query),
    "cell:frames=4": (cells_as_groups, by_weight),
    KMEANS: (kmeans_as_groups, by_weight),
}


def walked(trace, head=(1, 0), config=SMALL, seed=0):
    return list(policies.walk(trace, *head, config, seed))


def selected(policy, seen, entries, knob):
    assert entries.shape == (seen.past.far_tokens,), policy
    return set((np.flatnonzero(entries <= knob) + seen.past.far.start).tolist())


@pytest.mark.parametrize("name", GROUPED)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_policy_of_groups_takes_the_best_mean_keys(name, seed):
    trace = made(seed)
    groups_of, score = GROUPED[name]
    head = policies.make(name).start()
    for seen in walked(trace):
        far = list(range(3, seen.past.first - 8))
        groups = [g for g in groups_of(trace, seen) if set(g) & set(far)]
        keys = [mean(seen.past.keys[group].tolist()) for group in groups]
        counts = [len(set(group) & set(far)) for group in groups]
        scores = score(keys, counts, seen.rows.tolist(), 0.5)
        order = [groups[n] for n in sorted(range(len(groups)), key=lambda n: -scores[n])]
        entries = head.entries(seen.past, seen.rows)
        for share in SHARES:
            expected = first_k(order, far, share)
            assert selected(name, seen, entries, share) == expected
        assert head.groups(seen.past) == len(groups)


@pytest.mark.parametrize("seed", SEEDS)
def test_topk_frame_exp_takes_the_frames_of_largest_weight_a_token(seed):
    trace, head = made(seed), policies.make("topk_frame_exp").start()
    for seen in walked(trace):
        far = list(range(3, seen.past.first - 8))
        keys = seen.past.keys[far].tolist()
        weights = by_weight(keys, [1] * len(far), seen.rows.tolist(), 0.5)
        weights = dict(zip(far, weights, strict=True))
        groups = [sorted(set(g) & set(far)) for g in frames_as_groups(trace, seen)]
        groups = [group for group in groups if group]
        scores = [math.fsum(weights[p] for p in group) / len(group) for group in groups]
        order = [groups[n] for n in sorted(range(len(groups)), key=lambda n: -scores[n])]
        entries = head.entries(seen.past, seen.rows)
        for share in SHARES:
            assert selected("exp", seen, entries, share) == first_k(order, far, share)


@pytest.mark.parametrize("seed", SEEDS)
def test_topk_token_takes_the_largest_weights(seed):
    trace = made(seed)
    for seen in walked(trace):
        far = list(range(3, seen.past.first - 8))
        keys = seen.past.keys[far].tolist()
        scores = by_weight(keys, [1] * len(far), seen.rows.tolist(), 0.5)
        order = [[far[n]] for n in sorted(range(len(far)), key=lambda n: -scores[n])]
        entries = policies.make("topk_token").start().entries(seen.past, seen.rows)
        for share in SHARES:
            expected = first_k(order, far, share)
            assert selected("topk_token", seen, entries, share) == expected


def test_topk_token_of_some_columns_looks_at_the_largest_ones():
    for seen in walked(made(5)):
        keys = seen.past.keys[3 : seen.past.first - 8]
        size = [sum(abs(r[c]) for r in seen.rows) * sum(abs(k[c]) for k in keys) for c in range(8)]
        columns = sorted(range(8), key=lambda c: -size[c])[:2]
        scores = by_weight(
            keys[:, columns].tolist(), [1] * len(keys), seen.rows[:, columns].tolist(), 0.5
        )
        head = policies.make("topk_token:partial=0.25").start()
        entries = head.entries(seen.past, seen.rows)
        assert np.argsort(entries).tolist() == sorted(range(len(keys)), key=lambda n: -scores[n])


def test_topk_token_for_text_fetches_everything_for_frames():
    policy = policies.make("topk_token:stage=text")
    plain = policies.make("topk_token")
    for seen in walked(made(1)):
        entries = policy.start().entries(seen.past, seen.rows)
        assert policy.fixed(seen.kind) == (seen.kind == resv.Kind.FRAME)
        if policy.fixed(seen.kind):
            assert not entries.any()
        else:
            expected = plain.start().entries(seen.past, seen.rows)
            assert entries.tolist() == expected.tolist()


def test_recent_takes_the_newest_and_full_takes_all():
    for seen in walked(made(2)):
        F = seen.past.far_tokens
        recent = policies.make("recent").start().entries(seen.past, seen.rows)
        assert recent.tolist() == [(F - n - 0.5) / F for n in range(F)]
        full = policies.make("full").start().entries(seen.past, seen.rows)
        assert full.tolist() == [0.0] * F


def test_random_is_drawn_anew_and_can_be_repeated():
    drawn = {}
    for seed in (0, 0, 1):
        for head in ((0, 0), (0, 1)):
            for seen in walked(made(3), head, seed=seed):
                entries = policies.make("random").start().entries(seen.past, seen.rows)
                F = seen.past.far_tokens
                assert sorted(entries.tolist()) == [(n + 0.5) / F for n in range(F)]
                again = drawn.setdefault((seed, head, seen.chunk), entries.tolist())
                assert again == entries.tolist()
    long = [tuple(value) for value in drawn.values() if len(value) > 8]
    assert len(set(long)) == len(long)


@pytest.mark.parametrize("setting", [{}, {"Th_hd": 3}, {"hash_bits": 16, "max_clusters": 6}])
@pytest.mark.parametrize("Th_r", [0.0, 0.05, 0.3, 0.8, 0.999, 1.0])
def test_resv_selects_what_the_golden_model_selects(setting, Th_r):
    trace = made(6, frames=20, tokens=5)
    config = Config(sink_tokens=3, recent_tokens=8, Th_r=Th_r, **setting)
    steps = list(resv.replay(trace, config))
    knob = 1.0 if config.TH is None else config.TH / 65_536
    policy = policies.make(":".join(["resv", *(f"{k}={v}" for k, v in setting.items())]))
    for at in ((0, 0), (1, 1)):
        head = policy.start()
        for seen in walked(trace, at, config):
            entries = head.entries(seen.past, seen.rows)
            found = selected("resv", seen, entries, knob)
            step = steps[seen.chunk].head(*at)
            assert sorted(found) == step.selected_tokens.tolist()
            assert head.groups(seen.past) == step.clusters_before


def test_chunks_may_be_left_out():
    trace = made(7)
    for name in (*GROUPED, "resv"):
        all_of, some = (policies.make(name).start() for _ in range(2))
        for seen in walked(trace):
            expected = all_of.entries(seen.past, seen.rows)
            if seen.chunk % 3 == 0:
                assert some.entries(seen.past, seen.rows).tolist() == expected.tolist()


def test_what_a_policy_sees_is_the_past():
    trace = made(8)
    chunks = {chunk.index: chunk for chunk in trace.chunks()}
    found = walked(trace, (1, 1))
    assert [seen.chunk for seen in found] == [c for c in chunks if chunks[c].start - 8 > 3]
    for seen in found:
        chunk, past = chunks[seen.chunk], seen.past
        assert (past.first, past.tokens, past.kind) == (
            chunk.start, chunk.stop - chunk.start, chunk.kind,
        )  # fmt: skip
        assert past.far == slice(3, chunk.start - 8)
        assert np.array_equal(past.keys, trace.k[1, 1, : chunk.start].astype(float))
        assert np.array_equal(seen.keys, trace.k[1, 1, : chunk.stop].astype(float))
        assert np.array_equal(seen.values, trace.v[1, 1, : chunk.stop].astype(float))
        rows = [trace.q[1, h, p] for h in (2, 3) for p in range(chunk.start, chunk.stop)]
        assert np.array_equal(seen.rows, np.array(rows).astype(float))
