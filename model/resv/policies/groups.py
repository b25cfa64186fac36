"""Policies that choose whole groups of tokens, each group by its mean key."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from resv.growing import Growing
from resv.policies.base import Head, Policy, pooled_weight, share_entries
from resv.policies.past import Past


class GroupPolicy(Policy):
    """Groups by `GroupHead` or a subclass of it, scored by ``score``.

    Attributes
    ----------
    head : type
        What divides a stream into groups.
    """

    head: ClassVar[type["GroupHead"]]
    table_bytes = "groups * (2 * d + 4)"

    def start(self) -> "GroupHead":
        """As `Policy.start`."""
        return self.head(self)

    def score(
        self,
        past: Past,
        rows: NDArray[np.float64],
        means: NDArray[np.float64],
        place: NDArray[np.integer],
    ) -> NDArray[np.float64]:
        """How much each group with far tokens is wanted: float64 [G].

        Here it is the softmax weight of its mean key, mean over the rows. How many tokens a group
        has is not in the order, as in D20: what a token of it brings is.

        Parameters
        ----------
        past, rows
            As in ``Policy.scores``.
        means : ndarray of float64 [G, d]
            Mean keys.
        place : ndarray of integers [F]
            The group of each far token, 0 to G - 1.
        """
        return pooled_weight(rows, means, np.bincount(place), past.scale)


def token_weight(
    past: Past, rows: NDArray[np.float64], place: NDArray[np.integer]
) -> NDArray[np.float64]:
    """Softmax weight of the tokens of each group, mean over tokens and rows: float64 [G].

    It needs the score of every far token. What a choice by mean keys loses against it is lost by
    the mean keys; what this loses against a choice of tokens is lost by the groups.
    """
    weights = pooled_weight(rows, past.far_keys, 1, past.scale)
    return np.bincount(place, weights) / np.bincount(place)


class GroupHead(Head):
    """Groups with the sum of their keys; this one makes a group of each chunk.

    A mean key is that of all members before the chunk, as Key_cluster (D5, D17), but not rounded.
    """

    def __init__(self, policy: GroupPolicy) -> None:
        super().__init__(policy)
        self.known = 0  # groups
        self._labels = Growing(np.int64)
        self._present = 0

    def entries(self, past: Past, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """As `Head.entries`."""
        self.follow(past)
        far = self._labels.filled[past.far]
        counts = np.bincount(far, minlength=self.known)
        present = np.flatnonzero(counts)
        self._present = len(present)
        means = self._sums.filled[present] / self._members.filled[present, None]
        number = np.zeros(self.known, np.int64)
        number[present] = np.arange(len(present))
        place = number[far]
        return share_entries(place, self.policy.score(past, rows, means, place))

    def groups(self, past: Past) -> int:
        """Groups with far tokens."""
        return self._present

    def labels(self, past: Past) -> NDArray[np.int64]:
        """As `Head.labels`; -1 for a sink. What has no group yet is one of its own."""
        self.follow(past)
        labels = np.full(past.first, self.known)
        labels[: len(self._labels)] = self._labels.filled
        return labels

    def follow(self, past: Past) -> None:
        """Take in the chunks that came since the last time."""
        seen = len(self._labels)
        ends = np.flatnonzero(np.diff(past.chunk[seen:])) + seen + 1
        for stop in [*ends.tolist(), past.first]:
            sinks = min(max(past.sink_tokens - seen, 0), stop - seen)
            if sinks:
                self.add(past, np.full(sinks, -1))
            if stop > seen + sinks:
                self.add(past, self.join(past, slice(seen + sinks, stop)))
            seen = stop

    def join(self, past: Past, new: slice) -> NDArray[np.int64]:
        """Groups of a chunk's tokens, those at the positions ``new``: int64, known ones or next.

        May be fewer than there are tokens, or more, if the rest waits; but far tokens have one.
        """
        del past
        return np.full(new.stop - new.start, self.known)

    def add(self, past: Past, labels: NDArray[np.int64]) -> None:
        """Enter the groups of the next positions."""
        if not len(self._labels):
            self._sums, self._members = Growing(np.float64, past.d), Growing(np.int64)
        start = len(self._labels)
        self._labels.append(labels)
        founded = int(labels.max(initial=-1)) + 1 - self.known
        if founded > 0:
            self.known += founded
            self._sums.append(np.zeros((founded, past.d)))
            self._members.append(np.zeros(founded, np.int64))
        inside = labels >= 0
        keys = past.keys[start : start + len(labels)][inside]
        np.add.at(self._sums.filled, labels[inside], keys)
        np.add.at(self._members.filled, labels[inside], 1)
