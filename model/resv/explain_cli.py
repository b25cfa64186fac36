"""The command ``resv explain``: why a token was fetched, or was not."""

from typing import Annotated

import typer

from resv import console
from resv import explain as explaining
from resv.config import Config
from resv.trace_cli import TraceFile

DEFAULTS = Config()


def explain(
    trace: TraceFile,
    chunk: Annotated[int, typer.Option(help="Number of the chunk that asks, from 0.")],
    token: Annotated[int, typer.Option(help="Position of the token, before the chunk.")],
    layer: Annotated[int, typer.Option(help="Layer of the trace.")] = 0,
    kv_head: Annotated[int, typer.Option(help="KV head of the trace.")] = 0,
    th_hd: Annotated[int, typer.Option(help="Hamming threshold.")] = DEFAULTS.Th_hd,
    th_r: Annotated[float, typer.Option(help="Threshold ratio of WiCSum.")] = DEFAULTS.Th_r,
    sink_tokens: Annotated[int, typer.Option(help="Sinks.")] = DEFAULTS.sink_tokens,
    recent_tokens: Annotated[int, typer.Option(help="Recent tokens.")] = DEFAULTS.recent_tokens,
    max_clusters: Annotated[int, typer.Option(help="Most clusters.")] = DEFAULTS.max_clusters,
) -> None:
    """Say why ReSV fetched a token of a trace for a chunk, or did not."""
    config = Config(
        Th_hd=th_hd,
        Th_r=th_r,
        sink_tokens=sink_tokens,
        recent_tokens=recent_tokens,
        max_clusters=max_clusters,
    )
    loaded = console.load(trace)
    found = explaining(loaded, chunk, token, layer=layer, kv_head=kv_head, config=config)
    print(found)
