"""ReSV, the retrieval algorithm of V-Rex, as a bit-exact NumPy golden model.

    state = resv.ReSV(resv.Config()).start()
    step = state.step(q, k, v, frame=0)     # one chunk, BF16
    output = state.light_attention(step, q)

``docs/spec.md`` of the project is the contract that this package follows; Dn are its decisions.
"""

from resv import (
    footprint,
    laboratory,
    policies,
    selection,
    sweeps,
    wicsum,
    wicsum_buckets,
    wicsum_integer,
)
from resv.algorithm import ReSV
from resv.attention import full_attention, light_attention
from resv.clustering import Assignments, ChunkRefused, HCTable, cluster_chunk
from resv.config import ClusterRules, Config
from resv.explain import Explanation, explain
from resv.external import External
from resv.hashing import hamming_distance, hash_bits, hyperplanes
from resv.laboratory import compare
from resv.numerics import to_bfloat16
from resv.replay import replay, split
from resv.step import HeadStep, LazyHeadStep, Step
from resv.stream import Stream
from resv.table import ContextTable
from resv.tokens import Kind
from resv.traces import Chunk, Trace, describe, excerpt_path, load_trace, save_trace

__version__ = "0.1.0"
SPEC_VERSION = selection.SPEC_VERSION
"""Version of the specification that this code follows."""

__all__ = [
    "SPEC_VERSION",
    "Assignments",
    "Chunk",
    "ChunkRefused",
    "ClusterRules",
    "Config",
    "ContextTable",
    "Explanation",
    "External",
    "HCTable",
    "HeadStep",
    "Kind",
    "LazyHeadStep",
    "ReSV",
    "Step",
    "Stream",
    "Trace",
    "__version__",
    "cluster_chunk",
    "compare",
    "describe",
    "excerpt_path",
    "explain",
    "footprint",
    "full_attention",
    "hamming_distance",
    "hash_bits",
    "hyperplanes",
    "laboratory",
    "light_attention",
    "load_trace",
    "policies",
    "replay",
    "save_trace",
    "selection",
    "split",
    "sweeps",
    "to_bfloat16",
    "wicsum",
    "wicsum_buckets",
    "wicsum_integer",
]
