"""Runs of similar frames: StreamKV-like."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resv import checks
from resv.policies.frames import by_mean_query
from resv.policies.groups import GroupHead, GroupPolicy
from resv.policies.past import Past


class SegmentHead(GroupHead):
    """A group is a run of frames; it ends where the next one differs, or when it is long."""

    def __init__(self, policy: "Segment") -> None:
        super().__init__(policy)
        self._last: NDArray[np.float64] | None = None  # mean key of the frame before
        self._frames = 0  # of the segment at hand

    def join(self, past: Past, new: slice) -> NDArray[np.int64]:
        """As `GroupHead.join`; a chunk of text is a segment, and ends the one before."""
        mean = past.keys[new].mean(axis=0)
        is_frame = past.frame[new.start] >= 0
        goes_on = is_frame and self._last is not None and self._goes_on(mean)
        self._frames = self._frames + 1 if goes_on else 1
        self._last = mean if is_frame else None
        return np.full(new.stop - new.start, self.known - 1 if goes_on else self.known)

    def _goes_on(self, mean: NDArray[np.float64]) -> bool:
        if self._frames >= self.policy.longest:
            return False
        if self._frames < self.policy.shortest:
            return True
        lengths = np.linalg.norm(mean) * np.linalg.norm(self._last)
        return bool(mean @ self._last >= self.policy.similarity * lengths)


@dataclass(frozen=True)
class Segment(GroupPolicy):
    """Runs of frames that resemble each other, by their mean key and the mean query.

    Source: StreamKV (Chen et al., arXiv 2511.07278): semantic segments between drops of the
    similarity of successive frames, of a least and a largest length, a summary vector for each.

    Simplified: similarity is the cosine of the frames' mean keys after RoPE in this KV head,
    because a trace holds no frame embeddings; a segment that is too long ends instead of merging
    frames; the budget is the same in all layers; its compression is left out.

    Parameters
    ----------
    similarity : float
        Cosine below which a segment ends, -1 to 1.
    shortest, longest : int
        Frames of a segment, at least 1.
    """

    similarity: float = 0.9
    shortest: int = 2
    longest: int = 16

    name = "segment"
    head = SegmentHead
    operations = "(groups + 1) * d"

    def __post_init__(self) -> None:
        checks.real("similarity", self.similarity, -1, 1)
        checks.integer("shortest", self.shortest, 1)
        checks.integer("longest", self.longest, self.shortest)

    def score(self, past, rows, means, place) -> NDArray[np.float64]:
        """As `GroupPolicy.score`, by the mean query."""
        del past, place
        return by_mean_query(means, rows)
