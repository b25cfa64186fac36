"""What a chunk's outputs are when it attends to the first so many far tokens of an order."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from resv.policies import Seen


@dataclass(frozen=True)
class Quality:
    """Sums over the rows of a chunk, for one selection (D135).

    Attributes
    ----------
    mass : float
        Of each row's share of the far tokens' softmax mass that is attended to.
    error : float
        Of |o' - o| / |o|, with full attention o.
    error_centred : float
        The same over |o - mean value|.
    """

    mass: float
    error: float
    error_centred: float


class Attending:
    """Attention of one chunk in one layer and KV head, divided into near and far tokens (D22).

    Parameters
    ----------
    seen : Seen
    """

    def __init__(self, seen: Seen) -> None:
        self.seen = seen
        past, rows = seen.past, seen.rows
        logits = past.scale * (rows @ seen.keys.T)
        token = past.first + np.arange(len(rows)) % past.tokens
        logits[np.arange(len(seen.keys)) > token[:, None]] = -np.inf  # a row sees no later token
        self.weights = np.exp(logits - logits.max(axis=1, keepdims=True))

    @cached_property
    def _near(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """What sinks, recent window and chunk add: weighted values [R, d], weights [R]."""
        far = self.seen.past.far
        parts = slice(0, far.start), slice(far.stop, None)
        values = sum(self.weights[:, part] @ self.seen.values[part] for part in parts)
        return values, sum(self.weights[:, part].sum(axis=1) for part in parts)

    def first(self, order: NDArray[np.integer], counts: Sequence[int]) -> list[Quality]:
        """Quality if the first ``counts`` of the far tokens in ``order`` are attended to.

        Parameters
        ----------
        order : ndarray of integers [F]
            Far tokens, by their places among the far tokens.
        counts : sequence of int
            0 to F each; any order.
        """
        far = self.seen.past.far
        far_weights, far_values = self.weights[:, far], self.seen.values[far]
        total, mass = self._near[0].copy(), np.zeros(len(self.weights))
        qualities: dict[int, Quality] = {}
        done = 0
        for count in sorted(set(counts)):
            part = order[done:count]
            total += far_weights[:, part] @ far_values[part]
            mass += far_weights[:, part].sum(axis=1)
            done = count
            output = total / (self._near[1] + mass)[:, None]
            qualities[count] = self._quality(output, mass)
        return [qualities[count] for count in counts]

    @cached_property
    def full(self) -> NDArray[np.float64]:
        """Outputs of full attention: float64 [R, d]."""
        weights = self.weights
        return weights @ self.seen.values / weights.sum(axis=1, keepdims=True)

    @cached_property
    def _far_mass(self) -> NDArray[np.float64]:
        return self.weights[:, self.seen.past.far].sum(axis=1)

    def _quality(self, output: NDArray[np.float64], mass: NDArray[np.float64]) -> Quality:
        distance = np.linalg.norm(output - self.full, axis=1)
        centre = self.seen.values.mean(axis=0)
        return Quality(
            float(_share(mass, self._far_mass, 1.0).sum()),
            float(_share(distance, np.linalg.norm(self.full, axis=1), 0.0).sum()),
            float(_share(distance, np.linalg.norm(self.full - centre, axis=1), 0.0).sum()),
        )


def _share(
    part: NDArray[np.float64], whole: NDArray[np.float64], otherwise: float
) -> NDArray[np.float64]:
    """part / whole, where whole is not 0."""
    return np.divide(part, whole, out=np.full(len(part), otherwise), where=whole > 0)
