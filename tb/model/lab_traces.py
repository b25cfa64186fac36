"""Small traces for the laboratory: frames of a few tokens, a question, decoded tokens; compared."""

import numpy as np

import resv
from resv import Config, Trace, to_bfloat16

SMALL = Config(sink_tokens=3, recent_tokens=8)
KINDS = {"frames": {resv.Kind.FRAME}, "text": {resv.Kind.QUESTION, resv.Kind.DECODED}}


def made(seed=0, frames=14, layers=2, kv_heads=2, group=2, d=8, tokens=4, **metadata):
    """A trace whose keys lie around a few centres that drift from frame to frame."""
    rng = np.random.default_rng(seed)
    text = (2, 3, 2)  # system, question, decoded
    frame = [-1] * text[0] + [n for n in range(frames) for _ in range(tokens)]
    kind = [0] * text[0] + [1] * frames * tokens + [2] * text[1] + [3] * text[2]
    frame = np.array(frame + [-2] * (text[1] + text[2]), np.int32)
    size = len(frame)
    centres = rng.standard_normal((layers, kv_heads, tokens, d))
    cells = np.arange(size) % tokens
    drift = np.cumsum(rng.standard_normal((layers, kv_heads, size, d)) * 0.15, axis=2)
    k = centres[:, :, cells] + drift + 0.3 * rng.standard_normal((layers, kv_heads, size, d))
    q = 1.5 * rng.standard_normal((layers, kv_heads * group, size, d))
    v = rng.standard_normal(k.shape)
    about = {"format": "resv-trace/1", "scale": "0.5", "model": "made up", "seed": str(seed)}
    about |= {"rope_theta": "1e4", "weights": "random", "source": f"clip {seed % 3}"}
    return Trace(
        q=to_bfloat16(q),
        k=to_bfloat16(k),
        v=to_bfloat16(v),
        frame=frame,
        kind=np.array(kind, np.uint8),
        metadata=about | metadata,
    )


def compared(trace, names, **settings):
    """A comparison at three ratios, without link bytes."""
    given = {"config": SMALL, "link": False, "block_chunks": 4} | settings
    return resv.compare(trace, names, [0.1, 0.25, 0.5], **given)
