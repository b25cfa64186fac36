"""stream: whole streams against a restatement of D2 to D6 with Python lists and sets."""

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import resv
from model.small_streams import SIZES, facts, run, vectors
from resv import Config, ReSV, to_bfloat16


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
