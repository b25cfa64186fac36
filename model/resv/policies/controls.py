"""Policies that do not look at keys: everything, anything, the newest."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resv.policies.base import Head, Policy
from resv.policies.past import Past
from resv.tokens import Kind


@dataclass(frozen=True)
class Full(Policy):
    """All far tokens: nothing is predicted, everything is fetched.

    Source: FlexGen (Sheng et al., ICML 2023), as the paper uses it: K and V offloaded, all of them
    fetched for every chunk. Its schedule, batching and compression are not modelled.
    """

    name = "full"
    knob = "none"

    def start(self) -> Head:
        """As `Policy.start`."""
        return EverythingHead(self)

    def fixed(self, kind: Kind) -> bool:
        """As `Policy.fixed`."""
        del kind
        return True


class EverythingHead(Head):
    """All far tokens at any knob."""

    def entries(self, past: Past, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """As `Head.entries`."""
        del rows
        return np.zeros(past.far_tokens)


@dataclass(frozen=True)
class Random(Policy):
    """Far tokens drawn anew for every chunk, layer and KV head: what a ratio gives by itself.

    Source: none; the control below which nothing should lie.
    """

    name = "random"

    def scores(self, past: Past, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """As `Policy.scores`."""
        del rows
        return past.random().random(past.far_tokens)


@dataclass(frozen=True)
class Recent(Policy):
    """The newest far tokens: the recent window, longer.

    Source: sliding windows beside sinks, as StreamingLLM (Xiao et al., ICLR 2024). Here the window
    grows with the stream (a share of the far tokens), there it has one length.
    """

    name = "recent"

    def scores(self, past: Past, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """As `Policy.scores`."""
        del rows
        return np.arange(past.far_tokens, dtype=np.float64)
