"""A part of a trace as a trace of its own."""

from collections.abc import Sequence

import numpy as np

from resv import checks
from resv.tokens import Kind
from resv.traces import Trace


def slice_trace(
    trace: Trace,
    *,
    start: int = 0,
    stop: int | None = None,
    layers: Sequence[int] | None = None,
    kv_heads: Sequence[int] | None = None,
) -> Trace:
    """Cut tokens, layers and KV heads out of a trace.

    Keys and queries keep the rotation of the positions they were made at. Attention is not changed
    by that, since RoPE makes q . k depend on the distance of two tokens only. But a part that does
    not begin with the stream has other sinks: its own first tokens (D3). Chunks that are cut stay
    chunks, with fewer tokens.

    Parameters
    ----------
    trace : Trace
    start, stop : int
        Tokens ``[start, stop)``; ``stop`` None: to the end.
    layers, kv_heads : sequence of int or None
        What to keep, in this order; None: all. A KV head comes with its query heads.

    Returns
    -------
    Trace
        Its metadata says in ``slice`` what it is a part of.

    Raises
    ------
    TypeError, ValueError
        If something that is asked for is not in the trace.
    """
    count, heads, tokens, _ = trace.k.shape
    stop = tokens if stop is None else stop
    checks.integer("start", start, 0, tokens - 1)
    checks.integer("stop", stop, start + 1, tokens)
    layers = _chosen("layers", layers, count)
    kv_heads = _chosen("kv_heads", kv_heads, heads)
    query_heads = np.arange(trace.q.shape[1]).reshape(heads, -1)[kv_heads].ravel()
    inside = slice(start, stop)

    def part(tensor, of_heads):
        return None if tensor is None else tensor[layers][:, of_heads][:, :, inside].copy()

    about = f"tokens {start} to {stop - 1} of {tokens}, layers {layers} of {count}, "
    about += f"KV heads {kv_heads} of {heads}"
    if trace.sha256:
        about += f", of the trace with SHA-256 {trace.sha256}"
    return Trace(
        q=part(trace.q, query_heads),
        k=part(trace.k, kv_heads),
        v=part(trace.v, kv_heads),
        q_ahead=part(trace.q_ahead, query_heads),
        frame=trace.frame[inside].copy(),
        kind=trace.kind[inside].copy(),
        chunk=trace.chunk[inside].copy(),
        metadata=trace.metadata | {"slice": about},
    )


def tokens_of_frames(trace: Trace, first: int, last: int) -> tuple[int, int]:
    """The tokens ``[start, stop)`` of frames ``first`` to ``last``; whatever stands between too.

    Raises
    ------
    ValueError
        If the trace has none of these frames.
    """
    found = np.flatnonzero(
        (trace.kind == Kind.FRAME) & (trace.frame >= first) & (trace.frame <= last)
    )
    if not len(found):
        known = trace.frame[trace.kind == Kind.FRAME]
        has = f"{known.min()} to {known.max()}" if len(known) else "none"
        raise ValueError(f"frames must be in the trace, which has {has}, not {first} to {last}")
    return int(found[0]), int(found[-1]) + 1


def _chosen(name: str, asked: Sequence[int] | None, count: int) -> list[int]:
    if asked is None:
        return list(range(count))
    if not len(asked):
        raise ValueError(f"{name} must name at least one, not none")
    chosen = [checks.integer(name, index, 0, count - 1) for index in asked]
    if len(set(chosen)) != len(chosen):
        raise ValueError(f"{name} must be different from each other, not {chosen}")
    return chosen
