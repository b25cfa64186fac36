"""Clusters of keys by k-means: ClusterKV-like."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resv import checks
from resv.policies.groups import GroupHead, GroupPolicy
from resv.policies.past import Past


class KMeansHead(GroupHead):
    """Blocks of tokens, each divided into clusters when it is complete."""

    def join(self, past: Past, new: slice) -> NDArray[np.int64]:
        """As `GroupHead.join`; tokens wait until their block is complete."""
        size, start = self.policy.block_tokens, len(self._labels)
        self.policy.check(past.recent_tokens)
        found, known = [np.zeros(0, np.int64)], self.known
        while start + size <= new.stop:
            labels = spherical_kmeans(
                past.keys[start : start + size], self.policy.clusters, self.policy.iterations
            )
            found.append(labels + known)
            known += int(labels.max()) + 1
            start += size
        return np.concatenate(found)

    def follow(self, past: Past) -> None:
        """Take in what came since the last time; what waits comes again."""
        seen = len(self._labels)
        sinks = min(max(past.sink_tokens - seen, 0), past.first - seen)
        if sinks:
            self.add(past, np.full(sinks, -1))
        if past.first > past.sink_tokens:
            self.add(past, self.join(past, slice(seen + sinks, past.first)))


def spherical_kmeans(
    keys: NDArray[np.float64], clusters: int, iterations: int
) -> NDArray[np.int64]:
    """Clusters of keys by cosine: int64 [tokens], numbered from 0 without gaps.

    Begins with keys at even distances in time; a key joins the centre of largest cosine, ties to
    the lowest index; a centre is the mean of its keys' directions, or stays if it has none.
    """
    lengths = np.linalg.norm(keys, axis=1, keepdims=True)
    directions = keys / np.where(lengths > 0, lengths, 1)
    clusters = min(clusters, len(keys))
    centres = directions[(np.arange(clusters) * len(keys)) // clusters]
    labels = np.zeros(len(keys), np.int64)
    for _ in range(iterations):
        labels = (directions @ centres.T).argmax(axis=1)
        sums = np.zeros_like(centres)
        np.add.at(sums, labels, directions)
        sizes = np.linalg.norm(sums, axis=1, keepdims=True)
        centres = np.where(sizes > 0, sums / np.where(sizes > 0, sizes, 1), centres)
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)


@dataclass(frozen=True)
class KMeans(GroupPolicy):
    """Clusters of nearby tokens by k-means, by the softmax weight of their mean key.

    Source: ClusterKV (Liu et al., DAC 2025): clusters in the space of keys, by cosine, of so many
    tokens at a time; whole clusters are taken until the budget is full.

    Simplified: all tokens come in blocks, where ClusterKV has larger ones for a long prompt;
    clusters of 32 tokens on average, as the paper's; the scores are pooled over the rows of the KV
    head; the last cluster is not cut.

    Parameters
    ----------
    block_tokens : int
        Tokens clustered at a time, at most the recent window.
    clusters : int
        Clusters of a block.
    iterations : int
        Rounds of k-means.
    """

    block_tokens: int = 160
    clusters: int = 5
    iterations: int = 10

    name = "kmeans"
    head = KMeansHead
    operations = "rows * groups * d + iterations * tokens * clusters * d"
    table_bytes = "groups * (2 * d + 4) + 4 * far"
    layout = "groups"

    def __post_init__(self) -> None:
        for name in ("block_tokens", "clusters", "iterations"):
            checks.integer(name, getattr(self, name), 1)
        checks.integer("clusters", self.clusters, 1, self.block_tokens)

    def check(self, recent_tokens: int) -> None:
        """As `Policy.check`."""
        if self.block_tokens > recent_tokens:
            raise ValueError(
                f"kmeans:block_tokens must be at most recent_tokens ({recent_tokens}), "
                f"not {self.block_tokens}: a token needs a cluster before it is far"
            )
