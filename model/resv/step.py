"""What one chunk gives: for each head its clusters, its selection and what it attends to."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from resv.clustering import Assignments
from resv.tokens import Kind


@dataclass(frozen=True, eq=False, kw_only=True)
class HeadChunk:
    """What one chunk decides in one layer and KV head; `HeadStep` adds what follows from it.

    Parameters
    ----------
    layer, kv_head : int
    sinks : int
        Tokens of the chunk that are sinks; they come first and are not clustered (D3).
    words : ndarray of uint8 [T - sinks, N / 8]
        Hash words of the clustered tokens.
    assignments : Assignments
        Of the clustered tokens.
    token_count : ndarray of int64 [C]
        Far tokens of each cluster at chunk start (D5).
    selected_clusters : ndarray of int64 [any]
        Ascending (D21).
    """

    layer: int
    kv_head: int
    sinks: int
    words: NDArray[np.uint8]
    assignments: Assignments
    token_count: NDArray[np.int64]
    selected_clusters: NDArray[np.int64]

    @property
    def clusters(self) -> NDArray[np.int32]:
        """The cluster each token joined or founded, -1 for a sink: int32 [T]."""
        return self._of_all_tokens(self.assignments.clusters, -1, np.int32)

    @property
    def founded(self) -> NDArray[np.bool_]:
        """Whether each token founded its cluster: bool [T]."""
        return self._of_all_tokens(self.assignments.founded, False, np.bool_)

    @property
    def full(self) -> NDArray[np.bool_]:
        """Whether each token joined because the table was full (D14): bool [T]."""
        return self._of_all_tokens(self.assignments.full, False, np.bool_)

    @property
    def distances(self) -> NDArray[np.int16]:
        """Hamming distance to the cluster's hash bits, -1 for a sink: int16 [T], in bits."""
        return self._of_all_tokens(self.assignments.distances, -1, np.int16)

    @property
    def clusters_before(self) -> int:
        """Number of clusters at chunk start (C)."""
        return len(self.token_count)

    @property
    def far_tokens(self) -> int:
        """Number of tokens that could have been selected."""
        return int(self.token_count.sum())

    @property
    def selected_count(self) -> int:
        """Number of selected far tokens."""
        return int(self.token_count[self.selected_clusters].sum())

    def _of_all_tokens(self, values: NDArray, sink: int, dtype: type) -> NDArray:
        return np.concatenate([np.full(self.sinks, sink, dtype), values.astype(dtype)])


@dataclass(frozen=True, eq=False, kw_only=True)
class HeadStep(HeadChunk):
    """One chunk in one layer and KV head.

    Parameters
    ----------
    layer, kv_head, sinks, words, assignments, token_count, selected_clusters
        As in ``HeadChunk``.
    selected_tokens : ndarray of int64 [any]
        Positions of the selected far tokens, ascending.
    attended : ndarray of int64 [any]
        Positions before the chunk that are attended to, ascending: sinks, recent and selected
        tokens. The chunk itself is attended to causally (D6).
    """

    selected_tokens: NDArray[np.int64]
    attended: NDArray[np.int64]


@dataclass(frozen=True, eq=False, kw_only=True)
class LazyHeadStep(HeadChunk):
    """The same as `HeadStep`; positions are looked up when they are asked for.

    A step then costs as much as the table has clusters, however many tokens there are.

    Parameters
    ----------
    layer, kv_head, sinks, words, assignments, token_count, selected_clusters
        As in ``HeadChunk``.
    cluster_of : ndarray of int32 [first]
        The cluster of each position before the chunk, -1 for a sink; never changed afterwards.
    sink_tokens, recent_tokens : int
        Of the configuration.
    """

    cluster_of: NDArray[np.int32]
    sink_tokens: int
    recent_tokens: int

    @cached_property
    def selected_tokens(self) -> NDArray[np.int64]:
        """Positions of the selected far tokens, ascending: int64 [any]."""
        first = len(self.cluster_of)
        selected = np.zeros(self.clusters_before, bool)
        selected[self.selected_clusters] = True
        far = slice(self.sink_tokens, max(first - self.recent_tokens, self.sink_tokens))
        return np.flatnonzero(selected[self.cluster_of[far]]) + self.sink_tokens

    @cached_property
    def attended(self) -> NDArray[np.int64]:
        """Positions before the chunk that are attended to, ascending: int64 [any] (D6)."""
        first = len(self.cluster_of)
        recent = max(first - self.recent_tokens, min(self.sink_tokens, first))
        sinks = np.arange(min(self.sink_tokens, first))
        return np.concatenate([sinks, self.selected_tokens, np.arange(recent, first)])


@dataclass(frozen=True, eq=False, kw_only=True)
class Step:
    """One chunk of a stream.

    Parameters
    ----------
    chunk : int
        Number of the chunk, from 0.
    first : int
        Position of its first token.
    tokens : int
        Number of its tokens.
    frame : int
    kind : Kind
    layers, kv_heads : int
    heads : tuple of HeadStep or LazyHeadStep
        Layer by layer, KV head by KV head.
    """

    chunk: int
    first: int
    tokens: int
    frame: int
    kind: Kind
    layers: int
    kv_heads: int
    heads: tuple[HeadStep | LazyHeadStep, ...]

    def head(self, layer: int, kv_head: int) -> HeadStep | LazyHeadStep:
        """The part of one layer and KV head."""
        return self.heads[layer * self.kv_heads + kv_head]

    @property
    def far_tokens(self) -> int:
        """Tokens that could have been selected, over all heads."""
        return sum(head.far_tokens for head in self.heads)

    @property
    def selected_tokens(self) -> int:
        """Tokens that were selected, over all heads."""
        return sum(head.selected_count for head in self.heads)

    @property
    def retrieval_ratio(self) -> float | None:
        """Selected far tokens / far tokens, over all heads; None if there are no far tokens.

        Ratios of several chunks are sums over sums, not means of ratios.
        """
        return self.selected_tokens / self.far_tokens if self.far_tokens else None
