"""The two ways to take a chunk through one head: plain, to be read; fast, to be used.

They give the same results, which tests hold. ``ReSV(config, engine=...)`` chooses.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from ml_dtypes import bfloat16
from numpy.typing import NDArray

from resv import checks, clustering, fast_clustering, fast_wicsum, wicsum, wicsum_integer
from resv.config import Config
from resv.external import External
from resv.fast_table import FastTable
from resv.hashing import hash_bits
from resv.step import HeadStep, LazyHeadStep
from resv.table import ContextTable


@dataclass(frozen=True)
class Place:
    """Which head of which chunk: its layer and KV head, and the position the chunk begins at."""

    layer: int
    kv_head: int
    first: int


@dataclass(frozen=True)
class Engine:
    """A kind of table, and the function that takes a chunk through a head; it only reads it.

    ``resumes``: it can go on with a stream that was saved.
    """

    table: Callable[[Config, int], ContextTable]
    head: Callable[..., HeadStep | LazyHeadStep]
    resumes: ClassVar[bool] = True

    def tables(
        self, config: Config, layers: int, kv_heads: int, d: int
    ) -> list[list[ContextTable]]:
        """An empty table for every layer and KV head."""
        return [[self.table(config, d) for _ in range(kv_heads)] for _ in range(layers)]

    def heads(
        self,
        config: Config,
        first: int,
        tables: list[list[ContextTable]],
        q: NDArray[bfloat16],
        k: NDArray[bfloat16],
        v: NDArray[bfloat16],
        planes: NDArray[bfloat16],
    ) -> tuple[HeadStep | LazyHeadStep, ...]:
        """Take a chunk that begins at position ``first`` through all heads, in the order of Step.

        Errors name the head. ``q``, ``k`` and ``v`` are as in ``Stream.step``, and checked; values
        decide nothing here.
        """
        layers, kv_heads, _, d = k.shape
        rows = q.reshape(layers, kv_heads, -1, d)  # query heads of a KV head x tokens (D2)
        heads = []
        for at in np.ndindex(layers, kv_heads):
            table = tables[at[0]][at[1]]
            try:
                heads.append(self.head(config, Place(*at, first), table, rows[at], k[at], planes))
            except ValueError as error:  # ChunkRefused is one
                raise type(error)(f"layer {at[0]}, kv_head {at[1]}: {error}") from error
        return tuple(heads)


def plain_head(
    config: Config,
    place: Place,
    table: ContextTable,
    rows: NDArray[bfloat16],
    keys: NDArray[bfloat16],
    planes: NDArray[bfloat16],
) -> HeadStep:
    """Cluster and select for one head, step by step as the specification says.

    Parameters
    ----------
    config : Config
    place : Place
    table : ContextTable
        As it stood when the chunk began.
    rows : ndarray of bfloat16 [query heads * T, d]
        Queries that share this KV head (D2).
    keys : ndarray of bfloat16 [T, d]
    planes : ndarray of bfloat16 [N, d]
    """
    first = place.first
    sinks = min(max(config.sink_tokens - first, 0), len(keys))  # D3
    words = hash_bits(keys[sinks:], planes)
    assignments = clustering.cluster_chunk(words, table.hash_clusters, config.rules)

    # The table as it stood when the chunk began (D6).
    token_count = table.token_count(first)
    scores = wicsum.scores(rows, table.mean_keys())
    form = wicsum_integer if config.wicsum == "integer" else wicsum
    _, selected = form.select(scores, token_count, config.TH, config.scale_for(keys.shape[1]))
    selected_clusters = np.flatnonzero(selected)
    selected_tokens = table.far_tokens(first, selected_clusters)
    sink_positions = np.arange(min(config.sink_tokens, first))
    recent = np.arange(max(first - config.recent_tokens, 0), first)  # D4
    return HeadStep(
        layer=place.layer,
        kv_head=place.kv_head,
        sinks=sinks,
        words=words,
        assignments=assignments,
        token_count=token_count,
        selected_clusters=selected_clusters,
        selected_tokens=selected_tokens,
        attended=np.unique(np.concatenate([sink_positions, recent, selected_tokens])),
    )


def fast_head(
    config: Config,
    place: Place,
    table: FastTable,
    rows: NDArray[bfloat16],
    keys: NDArray[bfloat16],
    planes: NDArray[bfloat16],
) -> LazyHeadStep:
    """As `plain_head`, at a cost that grows with the clusters and not with the tokens."""
    sinks = min(max(config.sink_tokens - place.first, 0), len(keys))
    words = hash_bits(keys[sinks:], planes)
    assignments = fast_clustering.cluster_chunk(words, table.hash_clusters, config.rules)
    token_count = table.token_count(place.first)
    scores = fast_wicsum.scores(rows, table.means, table.norms)
    form = fast_wicsum.select_integer if config.wicsum == "integer" else fast_wicsum.select
    selected = form(scores, token_count, config.TH, config.scale_for(keys.shape[1]))
    return LazyHeadStep(
        layer=place.layer,
        kv_head=place.kv_head,
        sinks=sinks,
        words=words,
        assignments=assignments,
        token_count=token_count,
        selected_clusters=np.flatnonzero(selected),
        cluster_of=table.cluster_of,
        sink_tokens=config.sink_tokens,
        recent_tokens=config.recent_tokens,
    )


ENGINES = {"plain": Engine(ContextTable, plain_head), "fast": Engine(FastTable, fast_head)}


def chosen(engine: str | External) -> Engine | External:
    """The engine of that name, or the one that is given.

    Raises
    ------
    TypeError, ValueError
        If it is neither.
    """
    if isinstance(engine, External):
        return engine
    return ENGINES[checks.one_of("engine", engine, ENGINES)]
