"""Frame by frame: ReKV-like, and the same with softmax weights."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resv.policies.groups import GroupHead, GroupPolicy


def by_mean_query(means: NDArray[np.float64], rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Inner product of each mean key with the mean of the rows: float64 [G]."""
    return means @ rows.mean(axis=0)


@dataclass(frozen=True)
class TopkFrameMean(GroupPolicy):
    """The frames whose mean key has the largest inner product with the mean query.

    Source: ReKV (Di et al., ICLR 2025), which the paper compares with.

    Simplified: per KV head instead of per layer; a share of the far tokens instead of a fixed
    number of frames; a chunk of text counts as a frame; the chunk's own queries decide, for frames
    as for questions.
    """

    name = "topk_frame_mean"
    head = GroupHead
    operations = "groups * d"

    def score(self, means, counts, rows, scale) -> NDArray[np.float64]:
        """As `GroupPolicy.score`, by the mean query."""
        del counts, scale
        return by_mean_query(means, rows)


@dataclass(frozen=True)
class TopkFrameExp(GroupPolicy):
    """The frames whose mean key has the largest softmax weight, mean over the rows.

    Source: none; ReKV with every query vector by itself, so that a row that looks for something
    rare is heard. A chunk of text counts as a frame.
    """

    name = "topk_frame_exp"
    head = GroupHead
    operations = "rows * groups * d"
