"""Frame by frame: ReKV-like, and the best that frames can do."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resv import checks
from resv.policies.groups import GroupHead, GroupPolicy, token_weight


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

    def score(self, past, rows, means, place) -> NDArray[np.float64]:
        """As `GroupPolicy.score`, by the mean query."""
        del past, place
        return by_mean_query(means, rows)


@dataclass(frozen=True)
class TopkFrameExp(GroupPolicy):
    """The frames whose tokens have the largest softmax weight, mean over tokens and rows.

    Source: none; ReKV's granularity with exact scores, exponentials of every token's own, which is
    an upper bound for choosing by frames rather than a method: it reads every key. With
    ``by="mean"`` it is a method: one score for each row and frame, from the frame's mean key. A
    chunk of text counts as a frame.

    Parameters
    ----------
    by : {"tokens", "mean"}
    """

    by: str = "tokens"

    name = "topk_frame_exp"
    head = GroupHead

    def __post_init__(self) -> None:
        checks.one_of("by", self.by, ("tokens", "mean"))

    @property
    def operations(self) -> str:
        """As `Policy`."""
        return "rows * far * d" if self.by == "tokens" else "rows * groups * d"

    @property
    def table_bytes(self) -> str:
        """As `Policy`: every key, or mean keys."""
        return "2 * d * far" if self.by == "tokens" else "groups * (2 * d + 4)"

    def score(self, past, rows, means, place) -> NDArray[np.float64]:
        """As `GroupPolicy.score`."""
        if self.by == "tokens":
            return token_weight(past, rows, place)
        return super().score(past, rows, means, place)
