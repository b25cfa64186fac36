"""Runs and whole traces as chunks (D1)."""

from collections.abc import Iterator
from dataclasses import replace

from resv import checks
from resv.algorithm import ReSV
from resv.config import Config
from resv.step import Step
from resv.traces import Trace


def split(tokens: int, max_chunk: int = 256) -> list[slice]:
    """Divide a run of tokens into consecutive chunks of ``max_chunk`` tokens and a rest (D1).

    Parameters
    ----------
    tokens : int
        Length of the run, at least 0.
    max_chunk : int
        Most tokens of a chunk, at least 1.

    Returns
    -------
    list of slice
        For the token axis of q, k and v.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind or too small.
    """
    checks.integer("tokens", tokens, 0)
    checks.integer("max_chunk", max_chunk, 1)
    return [slice(at, min(at + max_chunk, tokens)) for at in range(0, tokens, max_chunk)]


def replay(trace: Trace, config: Config | None = None, engine: str = "plain") -> Iterator[Step]:
    """Send a trace through ReSV from its first chunk to its last.

    Parameters
    ----------
    trace : Trace
    config : Config or None
        None: the defaults. Without a ``scale`` the trace's own is used (D19, D36).
    engine : {"plain", "fast"}
        As in ``ReSV``.

    Yields
    ------
    Step

    Raises
    ------
    TypeError, ValueError, ChunkRefused
        As ``Stream.step``.
    """
    state = ReSV(for_trace(config, trace), engine=engine).start()
    for chunk in trace.chunks(state.config.max_chunk):
        yield state.step(chunk.q, chunk.k, chunk.v, frame=chunk.frame, kind=chunk.kind)


def for_trace(config: Config | None, trace: Trace) -> Config:
    """The configuration with the trace's scale, unless it has one of its own."""
    config = Config() if config is None else config
    return config if config.scale is not None else replace(config, scale=trace.scale)
