"""The fast form of ``resv.table``: sums, means and counts are carried along, not made anew."""

from typing import Self

import numpy as np
from ml_dtypes import bfloat16
from numpy.typing import NDArray

from resv import checks
from resv.clustering import Assignments
from resv.config import Config
from resv.growing import Growing
from resv.numerics import BF16, to_bfloat16
from resv.table import ContextTable


class FastTable(ContextTable):
    """As ``ContextTable``; what a chunk costs depends on the clusters, not on the tokens before.

    Attributes
    ----------
    means : ndarray of float64 [C, d]
        Key_cluster, BF16 numbers held in float64.
    norms : ndarray of float64 [C]
        Their Euclidean lengths, rounded.
    """

    def __init__(self, config: Config, d: int) -> None:
        super().__init__(config, d)
        self._growing_clusters = Growing(np.int32)
        self._growing_sums = Growing(np.float64, d)
        self._growing_means = Growing(np.float64, d)
        self._growing_norms = Growing(np.float64)
        self._counts = Growing(np.int64)
        self._counted = config.sink_tokens  # positions below are in _counts
        self._follow()

    @classmethod
    def restored(
        cls,
        config: Config,
        words: NDArray[np.uint8],
        cluster_of: NDArray[np.int32],
        sums: NDArray[np.float64],
    ) -> Self:
        """As ``ContextTable.restored``."""
        table = super().restored(config, words, cluster_of, sums)
        table._growing_clusters.append(cluster_of)
        table._growing_sums.append(sums)
        table._found(len(words), with_sums=False)
        table._follow()
        table._renew(np.arange(len(words)))
        return table

    @property
    def means(self) -> NDArray[np.float64]:
        return self._growing_means.filled

    @property
    def norms(self) -> NDArray[np.float64]:
        return self._growing_norms.filled

    @property
    def nbytes(self) -> dict[str, int]:
        """As ``ContextTable.nbytes``, with what is carried along."""
        return super().nbytes | {
            "cluster of each position": self._growing_clusters.nbytes,
            "sums of keys": self._growing_sums.nbytes,
            "mean keys": self._growing_means.nbytes,
            "lengths of mean keys": self._growing_norms.nbytes,
            "token counts": self._counts.nbytes,
        }

    def mean_keys(self) -> NDArray[bfloat16]:
        """As ``ContextTable.mean_keys``."""
        return self.means.astype(np.float32).astype(BF16)  # exact: they are BF16 numbers

    def token_count(self, first: int) -> NDArray[np.int64]:
        """As ``ContextTable.token_count``; quick where ``first`` does not go back."""
        checks.integer("first", first, 0, len(self._cluster_of))
        end = first - self._config.recent_tokens
        if end < self._counted and self._counted > self._config.sink_tokens:
            return super().token_count(first)
        if end > self._counted:
            new = self._cluster_of[self._counted : end]
            np.add.at(self._counts.filled, new, 1)
            self._counted = end
        return self._counts.filled.copy()

    def append(
        self, keys: NDArray[bfloat16], words: NDArray[np.uint8], assignments: Assignments
    ) -> None:
        """As ``ContextTable.append``."""
        checks.array("keys", keys, BF16, (None, self._sums.shape[1]))
        sinks = checks.integer("sinks in a chunk", len(keys) - len(assignments), 0)
        self.hash_clusters.apply(words, assignments)
        founders = np.count_nonzero(assignments.founded)
        self._found(founders)
        self._growing_clusters.append(np.full(sinks, -1, np.int32))
        self._growing_clusters.append(assignments.clusters)
        self._follow()
        # One row after the other, in order of arrival, as D17 wants the sum.
        np.add.at(self._sums, assignments.clusters, keys[sinks:].astype(np.float64))
        self._renew(np.unique(assignments.clusters))

    def _found(self, founders: int, with_sums: bool = True) -> None:
        """Make room for new clusters."""
        empty = np.zeros((founders, self._sums.shape[1]))
        if with_sums:
            self._growing_sums.append(empty)
        self._growing_means.append(empty)
        self._growing_norms.append(np.zeros(founders))
        self._counts.append(np.zeros(founders, np.int64))

    def _renew(self, clusters: NDArray[np.integer]) -> None:
        """Mean keys of these clusters, and their lengths, from their sums."""
        exact = self._sums[clusters] / self.hash_clusters.members[clusters, None]
        means = to_bfloat16(exact).astype(np.float64)
        self.means[clusters] = means
        self.norms[clusters] = np.sqrt(np.square(means).sum(axis=1))

    def _follow(self) -> None:
        """What the plain table's own methods look at."""
        self._cluster_of = self._growing_clusters.filled
        self._sums = self._growing_sums.filled
