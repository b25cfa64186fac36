"""Token by token: InfiniGen-like."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resv import checks
from resv.policies.base import Head, Policy, pooled_weight
from resv.policies.controls import EverythingHead
from resv.policies.past import Past
from resv.tokens import Kind


@dataclass(frozen=True)
class TopkToken(Policy):
    """The far tokens of the largest softmax weight, mean over the rows of the KV head.

    Source: InfiniGen (Lee et al., OSDI 2024); the paper's InfiniGenP is ``stage="both"``, its
    InfiniGen ``stage="text"``, which fetches everything for frames.

    Simplified: the chunk's own queries instead of those of the layer before (D7, `exact`); a share
    of the tokens instead of all within a distance of the largest score; with ``partial`` below 1
    the columns of largest |q| · |k| of this chunk, instead of columns chosen once after an SVD.
    With ``partial=1`` the scores are exact: at equal k no policy recalls more mass (D135), so it
    is an upper bound rather than InfiniGen, which predicts with about 0.3.

    Parameters
    ----------
    partial : float
        Share of the columns that prediction reads, above 0, at most 1.
    stage : {"both", "text"}
        Whether frames select too, or fetch everything.
    """

    partial: float = 1.0
    stage: str = "both"

    name = "topk_token"
    operations = "partial * rows * far * d"
    table_bytes = "partial * 2 * d * far"

    def __post_init__(self) -> None:
        checks.real("partial", self.partial, 0, 1)
        if not self.partial:
            raise ValueError("partial must be above 0, not 0")
        checks.one_of("stage", self.stage, ("both", "text"))

    def fixed(self, kind: Kind) -> bool:
        """As `Policy.fixed`."""
        return self.stage == "text" and kind not in (Kind.QUESTION, Kind.DECODED)

    def start(self) -> Head:
        """As `Policy.start`."""
        return _TopkHead(self)

    def scores(self, past: Past, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """As `Policy.scores`."""
        keys = past.far_keys
        if self.partial < 1:
            energy = np.abs(rows).mean(axis=0) * np.abs(keys).mean(axis=0)
            columns = np.argsort(-energy, kind="stable")[: max(round(self.partial * past.d), 1)]
            rows, keys = rows[:, columns], keys[:, columns]
        return pooled_weight(rows, keys, 1, past.scale)


class _TopkHead(Head):
    """Everything where the policy is fixed."""

    def entries(self, past: Past, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """As `Head.entries`."""
        if self.policy.fixed(past.kind):
            return EverythingHead(self.policy).entries(past, rows)
        return super().entries(past, rows)
