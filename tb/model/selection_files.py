"""A small trace, and the file of its decisions, for tests of selection files."""

import numpy as np

import resv
from resv import Config, Trace, to_bfloat16

CONFIG = Config(hash_bits=16, Th_hd=3, sink_tokens=5, recent_tokens=9, Th_r=0.5)


def small_trace(folder) -> Trace:
    """A trace of 2 layers, 2 KV heads and 6 chunks of 8 tokens, read from a file in ``folder``."""
    rng = np.random.default_rng(7)
    q, k, v = (to_bfloat16(rng.standard_normal((2, heads, 48, 16))) for heads in (4, 2, 2))
    frame = np.repeat(np.arange(-1, 5, dtype=np.int32), 8)
    path = folder / "small.safetensors"
    names = dict.fromkeys(("model", "seed", "rope_theta", "source"), "x") | {"weights": "random"}
    resv.save_trace(path, Trace(q=q, k=k, v=v, frame=frame, metadata=names | {"scale": "0.5"}))
    return resv.load_trace(path)
