"""Made-up streams of vectors, for what no trace can show or where none has been made."""

import numpy as np

from resv import Config, Trace, to_bfloat16


def growing_stream(seed, frames=4_000, frame_tokens=10, d=128):
    """A trace of the size of T3: scenes come and go, and each brings clusters of its own."""
    rng = np.random.default_rng(seed)
    tokens = frames * frame_tokens
    scenes = max(frames // 40, 1)
    centres = rng.standard_normal((scenes, 20, d))
    scene = np.arange(tokens) * scenes // tokens
    scene = np.where(rng.random(tokens) < 0.2, rng.integers(0, scene + 1), scene)
    keys = centres[scene, rng.integers(0, 20, tokens)] + 0.3 * rng.standard_normal((tokens, d))
    q = 0.5 * keys + rng.standard_normal((4, tokens, d))
    return _trace(q, keys, rng.standard_normal((tokens, d)), frame_tokens)


def constant_stream(seed, clusters, frames=4_000, frame_tokens=10, d=128):
    """A trace whose clusters are all founded by its first tokens; not quite as many, as some join.

    The first tokens are sinks, which found nothing.
    """
    rng = np.random.default_rng(seed)
    tokens = frames * frame_tokens
    centres = rng.standard_normal((clusters, d))
    sinks = Config().sink_tokens
    which = rng.integers(0, clusters, tokens)
    which[sinks : sinks + clusters] = np.arange(clusters)
    q = rng.standard_normal((4, tokens, d))
    return _trace(q, centres[which], rng.standard_normal((tokens, d)), frame_tokens)


def _trace(q, k, v, frame_tokens):
    frame = (np.arange(q.shape[1]) // frame_tokens).astype(np.int32)
    q, k, v = (to_bfloat16(a) for a in (q[None], k[None, None], v[None, None]))
    return Trace(q=q, k=k, v=v, frame=frame, metadata={"source": "made-up scenes"})
