"""The HC table of one context: what the model keeps about the tokens of one KV head (D5, D17)."""

from typing import Self

import numpy as np
from ml_dtypes import bfloat16
from numpy.typing import NDArray

from resv import checks
from resv.clustering import Assignments, HCTable
from resv.config import Config
from resv.numerics import BF16, to_bfloat16


class ContextTable:
    """Clusters of one context, with the positions and the sum of keys of each.

    Parameters
    ----------
    config : Config
        ``hash_bits``, ``sink_tokens`` and ``recent_tokens`` are used.
    d : int
        Head size.

    Attributes
    ----------
    hash_clusters : HCTable
        Hash words and members.
    """

    def __init__(self, config: Config, d: int) -> None:
        self._config = config
        self.hash_clusters = HCTable.empty(config.hash_bits)
        self._cluster_of = np.zeros(0, np.int32)  # for each position; -1 for a sink
        self._sums = np.zeros((0, checks.integer("d", d, 1)))

    def __len__(self) -> int:
        """Number of clusters."""
        return len(self.hash_clusters)

    @classmethod
    def restored(
        cls,
        config: Config,
        words: NDArray[np.uint8],
        cluster_of: NDArray[np.int32],
        sums: NDArray[np.float64],
    ) -> Self:
        """A table as it was when ``hash_clusters.words``, ``cluster_of`` and ``sums`` were read.

        Parameters
        ----------
        config : Config
        words : ndarray of uint8 [C, N / 8]
        cluster_of : ndarray of int32 [tokens]
            Clusters in the order in which they were founded, -1 for a sink.
        sums : ndarray of float64 [C, d]
        """
        table = cls(config, sums.shape[1])
        members = np.bincount(cluster_of[cluster_of >= 0], minlength=len(words))
        table.hash_clusters = HCTable(words, members)
        table._cluster_of = cluster_of.copy()
        table._sums = sums.copy()
        return table

    @property
    def sums(self) -> NDArray[np.float64]:
        """S of every cluster (D17): float64 [C, d], a copy."""
        return self._sums.copy()

    @property
    def cluster_of(self) -> NDArray[np.int32]:
        """The cluster of each position so far, -1 for a sink: int32 [tokens], read-only."""
        view = self._cluster_of.view()
        view.flags.writeable = False
        return view

    @property
    def nbytes(self) -> dict[str, int]:
        """Bytes of the arrays held, by item."""
        return {
            "hash words": self.hash_clusters.words.nbytes,
            "members": self.hash_clusters.members.nbytes,
            "cluster of each position": self._cluster_of.nbytes,
            "sums of keys": self._sums.nbytes,
        }

    def positions(self, cluster: int) -> NDArray[np.int64]:
        """Positions of all members of a cluster, ascending."""
        return np.flatnonzero(self._cluster_of == cluster)

    def mean_keys(self) -> NDArray[bfloat16]:
        """Key_cluster of every cluster, BF16-RNE(S / members), rounded here and never fed back.

        Returns
        -------
        ndarray of bfloat16 [C, d]

        Source: V-Rex, section IV-B (the average of a cluster's keys); D17 for the order of S.
        """
        return to_bfloat16(self._sums / self.hash_clusters.members[:, None])

    def token_count(self, first: int) -> NDArray[np.int64]:
        """Far tokens of every cluster for a chunk that begins at position ``first`` (D5).

        Returns
        -------
        ndarray of int64 [C]
            Members at positions in [sink_tokens, first - recent_tokens).
        """
        far = self._far(first)
        return np.bincount(self._cluster_of[far], minlength=len(self))

    def far_tokens(self, first: int, clusters: NDArray[np.integer]) -> NDArray[np.int64]:
        """Positions of the far tokens of these clusters, ascending (D5).

        Parameters
        ----------
        first : int
            Where the chunk begins.
        clusters : ndarray of integers [any]
        """
        far = self._far(first)
        return far[np.isin(self._cluster_of[far], clusters)]

    def append(
        self, keys: NDArray[bfloat16], words: NDArray[np.uint8], assignments: Assignments
    ) -> None:
        """Enter a chunk (D24): ``keys`` of all its tokens, words and assignments of those hashed.

        The chunk's sinks, if any, come first and have neither (D3).

        Parameters
        ----------
        keys : ndarray of bfloat16 [T, d]
        words : ndarray of uint8 [H, N / 8]
        assignments : Assignments
            Of H tokens, at most T.
        """
        checks.array("keys", keys, BF16, (None, self._sums.shape[1]))
        sinks = checks.integer("sinks in a chunk", len(keys) - len(assignments), 0)
        self.hash_clusters.apply(words, assignments)
        founders = np.zeros((np.count_nonzero(assignments.founded), keys.shape[1]))
        self._sums = np.concatenate([self._sums, founders])
        for cluster, key in zip(assignments.clusters, keys[sinks:], strict=True):
            self._sums[cluster] += key.astype(np.float64)  # in order of arrival
        self._cluster_of = np.concatenate(
            [self._cluster_of, np.full(sinks, -1, np.int32), assignments.clusters]
        )

    def _far(self, first: int) -> NDArray[np.int64]:
        """The positions [sink_tokens, first - recent_tokens)."""
        checks.integer("first", first, 0, len(self._cluster_of))
        return np.arange(self._config.sink_tokens, first - self._config.recent_tokens)
