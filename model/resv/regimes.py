"""Regimes: the few statistics of trained keys and queries that a random decoder is given.

They are those that decide how keys cluster and how sharp attention is.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resv import checks


@dataclass(frozen=True)
class Regime:
    """The statistics given to keys and queries.

    All of them are set in the projection matrices and biases, before RoPE.

    Parameters
    ----------
    key_bias : float
        Share of a key's energy that is one vector common to all tokens of a KV head, in [0, 1).
        It lies on the slowest quarter of the RoPE pairs, where positions hardly turn it.
    head_spread : float
        Half-width of the range around ``key_bias``, relative to it, from which each KV head draws
        its own: heads differ, as trained ones do. 0 to 0.9.
    logit_mean : float
        Mean of q . k / sqrt(d), at most 0: a vector common to all queries points against the
        keys'. Needs a ``key_bias`` above 0.
    slow_tilt : float
        Energy of the content on the slowest RoPE pair relative to the fastest, at least 1; between
        them it grows geometrically. Large: keys of like content stay alike as positions pass.
    logit_spread : float
        Standard deviation of the content's part of q . k / sqrt(d).

    Raises
    ------
    TypeError, ValueError
        If a number is of a wrong kind or out of its limits.
    """

    key_bias: float
    head_spread: float
    logit_mean: float
    slow_tilt: float
    logit_spread: float

    def __post_init__(self) -> None:
        checks.real("key_bias", self.key_bias, 0)
        checks.real("head_spread", self.head_spread, 0, 0.9)
        checks.real("logit_mean", self.logit_mean, high=0)
        checks.real("slow_tilt", self.slow_tilt, 1)
        checks.real("logit_spread", self.logit_spread, 0)
        largest = self.key_bias * (1 + self.head_spread)
        if largest >= 1:
            raise ValueError(f"key_bias * (1 + head_spread) must be below 1, not {largest}")
        if self.logit_mean and not self.key_bias:
            raise ValueError(f"logit_mean must be 0 without a key_bias, not {self.logit_mean}")


REGIMES = {
    "isotropic": Regime(0.0, 0.0, 0.0, 1.0, 1.0),
    "calibrated": Regime(0.4, 0.5, -4.0, 1000.0, 4.5),
    "strong_bias": Regime(0.6, 0.3, -4.0, 1000.0, 4.5),
}
"""The regimes by name. Measured on 600 frames of Big Buck Bunny (6,040 tokens; 16 sinks are left
out), 12 KV heads, 32 hash bits, Th_hd = 7:

=========================================  ===========  ============  ==============  =============
per head, smallest to largest              isotropic    calibrated    strong_bias     aim
=========================================  ===========  ============  ==============  =============
tokens per cluster                         2.9 to 4.0   11 to 126     52 to 602       28 to 75
the same, median                           3.5          29            113             32
largest cluster, % of the tokens           1            2 to 33       8 to 53         8 to 21
correlation of distance and cosine (-)     .39 to .57   .42 to .81    .48 to .77      .67 to .74
the same within 100 tokens                 .57 to .71   .54 to .84    .59 to .81      .76 to .82
spread of q . k / sqrt(d)                  1.0          4.5 to 7.2    5.8 to 9.2      3 to 7
negative logits, %                         48 to 54     63 to 88      63 to 86        75
=========================================  ===========  ============  ==============  =============

Aims: the paper has 32 tokens in a cluster on average and a correlation of 0.8; the share of
negative logits was measured on a trained text encoder; the others are preliminary measurements on
such decoders. ``calibrated`` (three seeds; the others one) fits the cluster size through the key
bias, its difference between heads through the head spread, the correlation through the tilt, and
the last two rows through the logits' mean and spread. ``isotropic`` is what plain random weights
give: tiny clusters and a flat softmax. ``strong_bias`` is the other end: few, large clusters.
"""


def scales_and_biases(
    regime: Regime, rng: np.random.Generator, query_heads: int, kv_heads: int, d: int
) -> tuple[NDArray[np.float32], ...]:
    """Draw what gives one layer's queries and keys the statistics of a regime.

    To be applied before RoPE to content whose entries have spread 1 and mean 0: ``content * scale +
    bias``. With scales g (keys) and s g (queries) the spread of q . k / sqrt(d) is
    s sqrt(mean(g ** 4)).

    Parameters
    ----------
    regime : Regime
    rng : numpy.random.Generator
    query_heads, kv_heads : int
        Heads; query head h uses KV head ``h // (query_heads // kv_heads)``.
    d : int
        Size of a head, even.

    Returns
    -------
    q_scale, k_scale : float32 [d]
    q_bias : float32 [query_heads, 1, d]
    k_bias : float32 [kv_heads, 1, d]
    """
    pairs = d // 2
    tilt = np.tile(regime.slow_tilt ** np.linspace(0, 1, pairs), 2)
    k_scale = np.sqrt(tilt / tilt.mean())
    q_scale = k_scale * regime.logit_spread / np.sqrt(np.mean(k_scale**4))
    common = rng.standard_normal((kv_heads, 1, 2, pairs))
    common[..., : 3 * pairs // 4] = 0  # the slowest quarter is left
    common = common.reshape(kv_heads, 1, d)
    common *= np.sqrt(d) / np.linalg.norm(common, axis=-1, keepdims=True)
    limits = np.array([1 - regime.head_spread, 1 + regime.head_spread]) * regime.key_bias
    share = rng.uniform(*limits, (kv_heads, 1, 1))
    k_length = np.sqrt(share / (1 - share))
    k_bias = common * k_length
    q_bias = np.zeros_like(common)
    if regime.logit_mean:  # q_bias . k_bias / sqrt(d), with common . common = d
        q_bias = common * regime.logit_mean / (np.sqrt(d) * k_length)
    q_bias = q_bias.repeat(query_heads // kv_heads, 0)
    return tuple(values.astype(np.float32) for values in (q_scale, k_scale, q_bias, k_bias))
