"""Streams of a few small chunks whose keys cluster, for tests that look at every step."""

import numpy as np

from resv import Config, to_bfloat16

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
