"""A trace as policies see it: chunk after chunk of one layer and KV head."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resv import checks
from resv.config import Config
from resv.policies.past import Past
from resv.replay import for_trace
from resv.tokens import Kind
from resv.traces import Trace


@dataclass(frozen=True, eq=False)
class Seen:
    """One chunk in one layer and KV head.

    Attributes
    ----------
    chunk : int
        Its number.
    kind : Kind
    past : Past
        What was before it.
    rows : ndarray of float64 [query heads * T, d]
        Its queries that share the KV head, query head by query head (D2).
    keys, values : ndarray of float64 [first + T, d]
        Of all positions up to its end: what full attention sees.
    """

    chunk: int
    kind: Kind
    past: Past
    rows: NDArray[np.float64]
    keys: NDArray[np.float64]
    values: NDArray[np.float64]


def walk(
    trace: Trace, layer: int, kv_head: int, config: Config | None = None, seed: int = 0
) -> Iterator[Seen]:
    """The chunks of a trace that have far tokens, in one layer and KV head.

    Parameters
    ----------
    trace : Trace
    layer, kv_head : int
    config : Config or None
        ``sink_tokens``, ``recent_tokens``, ``max_chunk`` and ``scale`` are used; None: the
        defaults, with the trace's scale.
    seed : int
        Of what policies draw, at least 0.

    Raises
    ------
    TypeError, ValueError
        If an argument is of a wrong kind or range.
    """
    config = for_trace(config, trace)
    layers, kv_heads, tokens, d = trace.k.shape
    checks.integer("layer", layer, 0, layers - 1)
    checks.integer("kv_head", kv_head, 0, kv_heads - 1)
    checks.integer("seed", seed, 0)
    keys, values = (a[layer, kv_head].astype(np.float64) for a in (trace.k, trace.v))
    group = trace.q.shape[1] // kv_heads
    queries = trace.q[layer, kv_head * group : (kv_head + 1) * group]
    numbers = np.empty(tokens, np.int64)
    for chunk in trace.chunks(config.max_chunk):
        numbers[chunk.start : chunk.stop] = chunk.index
        past = Past(
            keys=keys[: chunk.start],
            frame=trace.frame[: chunk.start],
            chunk=numbers[: chunk.start],
            sink_tokens=config.sink_tokens,
            recent_tokens=config.recent_tokens,
            scale=config.scale_for(d),
            kind=chunk.kind,
            tokens=chunk.stop - chunk.start,
            seed=(seed, layer, kv_head, chunk.index),
        )
        if past.far_tokens:
            rows = queries[:, chunk.start : chunk.stop].reshape(-1, d).astype(np.float64)
            everything = (keys[: chunk.stop], values[: chunk.stop])
            yield Seen(chunk.index, chunk.kind, past, rows, *everything)
