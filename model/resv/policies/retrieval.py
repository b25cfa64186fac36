"""ReSV itself behind the protocol of the policies."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resv import checks, fast_clustering, fast_wicsum
from resv.config import Config
from resv.fast_table import FastTable
from resv.hashing import hash_bits, hyperplanes
from resv.numerics import BF16
from resv.policies import automatic
from resv.policies.base import Head, Policy
from resv.policies.past import Past


@dataclass(frozen=True)
class ReSVPolicy(Policy):
    """ReSV as the specification has it (D9 to D21): hash bits, clusters, WiCSum row by row, OR.

    Source: V-Rex (Kim et al., HPCA 2026). Nothing is simplified: at knob Th_r it selects what
    ``resv.ReSV`` selects, in float64 WiCSum, to the token. ``table_bytes`` are those of
    ``resv.footprint`` with whole pages, and the mean keys.

    Parameters
    ----------
    hash_bits, Th_hd, max_clusters, cluster_cap
        As in ``resv.Config``; a ``cluster_cap`` of 0 is none.
    auto : {"none", "ratio", "mass", "follow"}
        With a target the knob is that instead of Th_r, and each head finds its own Th_r (D178).
    prefix : int
        Chunks of frames with far tokens that it finds it from, at least 1.
    tokens_per_cluster : float
        With a target: how large clusters shall be on average, which sets Th_hd; 0: Th_hd stays.
    """

    hash_bits: int = 32
    Th_hd: int = 7
    max_clusters: int = 4_096
    cluster_cap: int = 0
    auto: str = "none"
    prefix: int = 20
    tokens_per_cluster: float = 0.0

    name = "resv"
    operations = "tokens * hash_bits * d + rows * groups * d"
    table_bytes = "groups * (hash_bits / 8 + 20 + 2 * d) + far * (4 + d / 128)"
    layout = "groups"

    def __post_init__(self) -> None:
        checks.integer("cluster_cap", self.cluster_cap, 0)
        automatic.check(self)
        self.config(0, 0)

    @property
    def knob(self) -> str:
        """As `Policy`."""
        return automatic.knob(self)

    def config(self, sink_tokens: int, recent_tokens: int) -> Config:
        """What ``resv.ReSV`` would be given, Th_r and scale apart."""
        return Config(
            hash_bits=self.hash_bits,
            Th_hd=self.Th_hd,
            max_clusters=self.max_clusters,
            cluster_cap=self.cluster_cap or None,
            sink_tokens=sink_tokens,
            recent_tokens=recent_tokens,
        )

    def start(self) -> Head:
        """As `Policy.start`."""
        return self._head() if self.auto == "none" else automatic.AutomaticHead(self)

    def _head(self) -> "ReSVHead":
        """One with the knob Th_r."""
        return ReSVHead(self)


class ReSVHead(Head):
    """An HC table, and where in the order of WiCSum each cluster stands."""

    def __init__(self, policy: ReSVPolicy) -> None:
        super().__init__(policy)
        self._table: FastTable | None = None

    def entries(self, past: Past, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """As `Head.entries`: the smallest Th_r of the register (D20)."""
        table = self._follow(past)
        count = table.token_count(past.first)
        counted = np.flatnonzero(count)
        if not counted.size:
            return np.zeros(0)
        queries = rows.astype(np.float32).astype(BF16)  # exact: they are BF16 numbers
        scores = fast_wicsum.scores(queries, table.means, table.norms)[:, counted]
        entries = np.zeros(len(table))
        entries[counted] = thresholds(scores.astype(np.float64), count[counted], past.scale)
        return entries[table.cluster_of[past.far]]

    def groups(self, past: Past) -> int:
        """Clusters, all of which are scored."""
        return len(self._follow(past))

    def labels(self, past: Past) -> NDArray[np.int64]:
        """As `Head.labels`: clusters, -1 for a sink."""
        return self._follow(past).cluster_of.astype(np.int64)

    def _follow(self, past: Past) -> FastTable:
        """The table as it stands when the chunk begins (D6)."""
        if self._table is None:
            self._config = self.policy.config(past.sink_tokens, past.recent_tokens)
            self._table = FastTable(self._config, past.d)
            self._planes = hyperplanes(self._config.hash_bits, past.d)
        table, seen = self._table, len(self._table.cluster_of)
        ends = np.flatnonzero(np.diff(past.chunk[seen:])) + seen + 1
        for stop in [*ends.tolist(), past.first]:
            if stop > seen:
                keys = past.keys[seen:stop].astype(np.float32).astype(BF16)
                sinks = min(max(past.sink_tokens - seen, 0), len(keys))
                words = hash_bits(keys[sinks:], self._planes)
                decided = fast_clustering.cluster_chunk(
                    words, table.hash_clusters, self._config.rules
                )
                table.append(keys, words, decided)
            seen = stop
        return table


def thresholds(
    scores: NDArray[np.float64], token_count: NDArray[np.integer], scale: float
) -> NDArray[np.float64]:
    """The smallest Th_r at which any row selects each cluster, a multiple of 2^-16: float64 [C].

    A row takes a cluster if the mass before it in the order is not above the threshold (D20).

    Parameters
    ----------
    scores : ndarray of float64 [rows, C]
        BF16 numbers (D18).
    token_count : ndarray of integers [C]
        At least 1.
    scale : float
    """
    order = np.argsort(-scores, axis=1, kind="stable")
    ordered = np.take_along_axis(scores, order, axis=1)
    mass = np.exp(scale * (ordered - ordered[:, :1])) * token_count[order]
    sums = np.cumsum(mass, axis=1)
    before = np.concatenate([np.zeros((len(sums), 1)), sums[:, :-1]], axis=1)
    entries = np.empty_like(before)
    np.put_along_axis(entries, order, before / sums[:, -1:], axis=1)
    return np.minimum(np.ceil(entries.min(axis=0) * 65_536), 65_536) / 65_536
