"""Why a token was fetched: the reasons must be those of the selection itself."""

import numpy as np
import pytest

import resv
from model.lab_traces import made
from resv.numerics import exp

CONFIG = {"sink_tokens": 4, "recent_tokens": 12, "Th_hd": 3}


@pytest.fixture(scope="module")
def trace():
    return made(3)


def steps_of(trace, config):
    return list(resv.replay(trace, config))


@pytest.mark.parametrize("wicsum", ["float64", "integer"])
def test_what_is_fetched_is_what_the_stream_selects(trace, wicsum, seed):
    config = resv.Config(**CONFIG, wicsum=wicsum, scale=trace.scale)
    rng = np.random.default_rng(seed)
    seen = set()
    for step in steps_of(trace, config)[4:]:
        for head in step.heads:
            for token in rng.choice(step.first, 3, replace=False):
                where = {"layer": head.layer, "kv_head": head.kv_head, "config": config}
                found = resv.explain(trace, step.chunk, int(token), **where)
                assert found.fetched == (token in head.selected_tokens), found
                seen.add((found.place, found.fetched))
    assert {("sink", False), ("recent", False), ("far", True), ("far", False)} <= seen


def test_numbers_are_those_of_a_plain_count(trace):
    config = resv.Config(**CONFIG, scale=trace.scale)
    state = resv.ReSV(config).start()
    chunks = list(trace.chunks())
    for chunk in chunks[:-1]:
        state.step(chunk.q, chunk.k, chunk.v, frame=chunk.frame, kind=chunk.kind)
    table, last = state.table(1, 1), chunks[-1]
    far = range(config.sink_tokens, state.tokens - config.recent_tokens)
    clusters = [int(cluster) for cluster in table.cluster_of]
    means, group = table.mean_keys(), last.q.shape[1] // last.k.shape[1]
    queries = last.q[1, group : 2 * group].reshape(-1, last.q.shape[3])
    scores = resv.wicsum.scores(queries, means).astype(np.float64)
    for token in (far[0], far[len(far) // 2], far[-1]):
        found = resv.explain(trace, len(chunks) - 1, token, layer=1, kv_head=1, config=config)
        own = clusters[token]
        assert found.place == "far"
        assert found.cluster == own
        assert found.founder == clusters.index(own)
        assert found.far_tokens == len(far)
        assert found.far_of_cluster == sum(clusters[one] == own for one in far)
        counts = {c: sum(clusters[one] == c for one in far) for c in set(clusters) - {-1}}
        counts = {c: count for c, count in counts.items() if count}
        assert found.clusters == len(counts)
        for row in range(len(queries)):
            ahead = [c for c in counts if (-scores[row, c], c) < (-scores[row, own], own)]
            top = max(scores[row, c] for c in counts)
            mass = {
                c: float(exp(np.array([trace.scale * (scores[row, c] - top)]))[0]) * counts[c]
                for c in counts
            }
            assert found.rank[row] == len(ahead)
            assert found.before[row] == pytest.approx(
                sum(mass[c] for c in ahead) / sum(mass.values())
            )
            assert found.share[row] == pytest.approx(mass[own] / sum(mass.values()))
            assert found.selected_by[row] == (found.before[row] <= config.TH / 65_536)
            keys = state.keys[1, 1, far.start : far.stop].astype(np.float64)
            weights = np.exp(trace.scale * (keys @ queries[row].astype(np.float64)))
            right = weights[token - far.start] / weights.sum()
            assert found.own[row] == pytest.approx(right)


def test_sentences_say_it(trace):
    config = resv.Config(**CONFIG, scale=trace.scale)
    last = steps_of(trace, config)[-1]
    text = str(resv.explain(trace, last.chunk, 0, config=config))
    assert text.endswith(": a sink token. It is attended to anyway; nothing is fetched.")
    near = str(resv.explain(trace, last.chunk, last.first - 1, config=config))
    assert ": a recent token." in near
    head = last.head(0, 0)
    fetched = int(head.selected_tokens[0])
    assert ": fetched.\nIt is in cluster " in str(
        resv.explain(trace, last.chunk, fetched, config=config)
    )


def test_a_token_that_was_forced_to_join_is_told(trace):
    config = resv.Config(**CONFIG | {"Th_hd": 0}, max_clusters=2, scale=trace.scale)
    last = steps_of(trace, config)[-1]
    texts = [
        str(resv.explain(trace, last.chunk, token, config=config))
        for token in range(last.first - config.recent_tokens - 3, last.first - config.recent_tokens)
    ]
    assert any("because the table was full" in text for text in texts)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 0), "chunk must have tokens before it, not be the first one"),
        ((10_000, 0), "chunk must be between 0 and "),
        ((3, 10_000), "token must be between 0 and "),
        ((3, -1), "token must be between 0 and "),
    ],
)
def test_what_is_not_there_is_refused(trace, arguments, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        resv.explain(trace, *arguments)


def test_the_command_prints_it(run):
    path = str(resv.excerpt_path())
    status, out, err = run("explain", path, "--chunk", 40, "--token", 100)
    assert (status, err) == (0, "")
    assert out == f"{resv.explain(resv.load_trace(path), 40, 100)}\n"
    status, _, err = run("explain", path, "--chunk", 40, "--token", 4_000)
    assert status == 2
    assert err == "resv: token must be between 0 and 405, not 4000\n"
