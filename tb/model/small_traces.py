"""A small valid trace, whole or with a part changed, for tests of the format."""

import ml_dtypes
import numpy as np

from resv import tensors
from resv.traces import Trace

BF16 = ml_dtypes.bfloat16
FRAME = np.array([-1, -1, 0, 0, 0, 4, 4, -2, -2, -2, -2], np.int32)
KIND = np.array([0, 0, 1, 1, 1, 1, 1, 2, 2, 3, 3], np.uint8)
METADATA = {
    "format": "resv-trace/1",
    "scale": "0.25",
    "model": "none",
    "seed": "0",
    "rope_theta": "500000.0",
    "weights": "random",
    "source": "numbers – drawn",
}


def make(frame=FRAME, kind=KIND, metadata=METADATA, **changes):
    """A valid trace of 2 layers, 4 query heads, 2 KV heads of 6, unless it is changed."""
    tokens = len(frame)
    rng = np.random.default_rng(0)
    arrays = {
        "q": rng.standard_normal((2, 4, tokens, 6), np.float32).astype(BF16),
        "k": rng.standard_normal((2, 2, tokens, 6), np.float32).astype(BF16),
        "v": rng.standard_normal((2, 2, tokens, 6), np.float32).astype(BF16),
    }
    return Trace(**arrays | {"frame": frame, "kind": kind, "metadata": metadata} | changes)


def raw(path, metadata=METADATA, **changes):
    """Write tensors without the checks of ``Trace``; None leaves one out."""
    trace = make()
    arrays = {name: getattr(trace, name) for name in ("q", "k", "v", "frame", "kind")} | changes
    arrays = {name: array for name, array in arrays.items() if array is not None}
    tensors.write_tensors(path, arrays, metadata)
    return path
