"""A small random-weight decoder that makes queries, keys and values out of tokens.

It has the structure of a Llama-style language model: RMSNorm, grouped-query attention with rotary
position embedding (RoPE), SwiGLU, a KV cache that grows, causal attention. Its weights are random,
but not *plainly* random: a ``Regime`` shapes its keys and queries. Such traces test geometry and
plumbing, not accuracy.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resv import checks
from resv.regimes import Regime, scales_and_biases


@dataclass(frozen=True)
class DecoderSize:
    """Sizes of a decoder.

    Parameters
    ----------
    width : int
        Size of a token.
    layers : int
        Number of layers.
    query_heads, kv_heads : int
        Heads; query head h uses KV head ``h // (query_heads // kv_heads)``.
    head_size : int
        Size of a head (d), even.
    hidden : int
        Size of the SwiGLU layer.
    rope_theta : float
        Base of the RoPE frequencies.

    Raises
    ------
    TypeError, ValueError
        If a size is of a wrong kind, below its limit, or does not fit the others.
    """

    width: int = 1024
    layers: int = 6
    query_heads: int = 8
    kv_heads: int = 2
    head_size: int = 128
    hidden: int = 2816
    rope_theta: float = 5e5

    def __post_init__(self) -> None:
        for name in ("width", "layers", "query_heads", "kv_heads", "head_size", "hidden"):
            checks.integer(name, getattr(self, name), 1)
        checks.real("rope_theta", self.rope_theta, 1)
        if self.query_heads % self.kv_heads:
            raise ValueError(
                f"query_heads must be a multiple of kv_heads, not {self.query_heads} of "
                f"{self.kv_heads}"
            )
        if self.head_size % 2:
            raise ValueError(f"head_size must be even, not {self.head_size}")


class Decoder:
    """A decoder with its KV cache; ``step`` appends tokens to it.

    Parameters
    ----------
    size : DecoderSize
    regime : Regime
    seed : int
        Seed of the weights, at least 0.
    depth : int or None
        Layers whose queries, keys and values are wanted, from the first one. What only later layers
        need is left out, which changes nothing in these. None: all, and the output.

    Attributes
    ----------
    tokens : int
        Number of tokens in the cache.
    """

    def __init__(
        self, size: DecoderSize, regime: Regime, seed: int = 0, depth: int | None = None
    ) -> None:
        checks.integer("seed", seed, 0)
        self._complete = depth is None
        depth = checks.integer("depth", size.layers if depth is None else depth, 1, size.layers)
        self.size = size
        self.tokens = 0
        rng = np.random.default_rng((seed, 2))  # 1 is the vision encoder
        self._layers = [_Layer(size, regime, rng) for _ in range(depth)]

    def step(self, embeddings: NDArray[np.float32]) -> NDArray[np.float32]:
        """Append a chunk of tokens; each sees itself and everything before it.

        Parameters
        ----------
        embeddings : float32 [tokens, width]
            At least one token, root mean square about 1.

        Returns
        -------
        float32 [tokens, width]
            The last layer's hidden state; with ``depth``, what enters the last layer wanted.
            Floating point: equal up to rounding however the same tokens are split into chunks, and
            on other machines.

        Raises
        ------
        TypeError, ValueError
            If ``embeddings`` has another dtype or shape, or has NaN or infinity.
        """
        checks.array("embeddings", embeddings, np.float32, ("tokens", self.size.width))
        checks.finite("embeddings", embeddings)
        positions = np.arange(self.tokens, self.tokens + len(embeddings))
        hidden = embeddings
        for layer in self._layers[:-1]:
            hidden = layer.step(hidden, positions)
        if self._complete:
            hidden = self._layers[-1].step(hidden, positions)
        else:
            self._layers[-1].project(hidden, positions)
        self.tokens += len(embeddings)
        return hidden

    def captured(
        self, layers: Sequence[int]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Queries and keys after RoPE, and values, of all tokens so far.

        Parameters
        ----------
        layers : sequence of int
            Which layers, from 0.

        Returns
        -------
        q : float32 [L, query_heads, tokens, d]
        k, v : float32 [L, kv_heads, tokens, d]

        Raises
        ------
        TypeError, ValueError
            If no layer is given, or one is no integer or does not exist.
        """
        if not len(layers):
            raise ValueError("layers must name at least one layer, not none")
        for layer in layers:
            checks.integer("layers", layer, 0, len(self._layers) - 1)
        chosen = [self._layers[layer] for layer in layers]
        return tuple(
            np.stack([getattr(layer, name).filled for layer in chosen]) for name in ("q", "k", "v")
        )


def rope(
    vectors: NDArray[np.float32], positions: NDArray[np.integer], theta: float
) -> NDArray[np.float32]:
    """Rotary position embedding in Llama's layout: entry i pairs with entry i + d / 2.

    Pair i turns by ``position * theta ** (-2 i / d)`` radians, so that q . k depends on the
    distance of their positions only.

    Parameters
    ----------
    vectors : float32 [..., tokens, d]
    positions : int [tokens]
    theta : float
        Base of the frequencies.

    Returns
    -------
    float32 [..., tokens, d]
    """
    pairs = vectors.shape[-1] // 2
    angles = positions[:, None] * theta ** (-np.arange(pairs) / pairs)
    cosine, sine = np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)
    first, second = vectors[..., :pairs], vectors[..., pairs:]
    return np.concatenate([first * cosine - second * sine, second * cosine + first * sine], -1)


class _Layer:
    """Weights and cache of one layer; ``q`` is kept for ``Decoder.captured`` only."""

    def __init__(self, size: DecoderSize, regime: Regime, rng: np.random.Generator) -> None:
        self.size = size
        heads = (size.query_heads, size.kv_heads, size.kv_heads)
        self.w_q, self.w_k, self.w_v = (_matrix(rng, size.width, n * size.head_size) for n in heads)
        self.w_out = _matrix(rng, size.query_heads * size.head_size, size.width)
        self.w_gate, self.w_up = (_matrix(rng, size.width, size.hidden) for _ in range(2))
        self.w_down = _matrix(rng, size.hidden, size.width)
        self.q_scale, self.k_scale, self.q_bias, self.k_bias = scales_and_biases(
            regime, rng, size.query_heads, size.kv_heads, size.head_size
        )
        self.q, self.k, self.v = (_Growing(n, size.head_size) for n in heads)

    def step(
        self, hidden: NDArray[np.float32], positions: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        residual = np.float32(1 / np.sqrt(2 * self.size.layers))  # 2 L branches add up to about 1
        hidden = hidden + self._attention(self.project(hidden, positions)) * residual
        inputs = _normalised(hidden)
        gate = inputs @ self.w_gate
        swish = gate / (1 + np.exp(-gate))
        return hidden + (swish * (inputs @ self.w_up)) @ self.w_down * residual

    def project(
        self, hidden: NDArray[np.float32], positions: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Append what these tokens add to the cache; returns their queries."""
        inputs = _normalised(hidden)
        theta, d = self.size.rope_theta, self.size.head_size
        q = _by_head(inputs @ self.w_q, d) * self.q_scale + self.q_bias
        k = _by_head(inputs @ self.w_k, d) * self.k_scale + self.k_bias
        q = rope(q, positions, theta)
        self.q.append(q)
        self.k.append(rope(k, positions, theta))
        self.v.append(_by_head(inputs @ self.w_v, d))
        return q

    def _attention(self, q: NDArray[np.float32]) -> NDArray[np.float32]:
        tokens, d = q.shape[1:]
        rows = q.reshape(self.size.kv_heads, -1, d)  # a KV head's query heads, one after the other
        # In place, and divided last: with a long cache this is all about memory.
        weights = (rows / np.float32(np.sqrt(d))) @ self.k.filled.swapaxes(1, 2)
        future = np.triu(np.ones((tokens, tokens), bool), 1)
        weights.reshape(self.size.query_heads, tokens, -1)[..., -tokens:][:, future] = -np.inf
        weights -= weights.max(-1, keepdims=True)
        np.exp(weights, out=weights)
        mixed = weights @ self.v.filled / weights.sum(-1, keepdims=True)
        mixed = mixed.reshape(self.size.query_heads, tokens, d)
        return mixed.swapaxes(0, 1).reshape(tokens, -1) @ self.w_out


class _Growing:
    """An array [heads, tokens, d] that grows along its tokens; space doubles when it is full."""

    def __init__(self, heads: int, d: int) -> None:
        self._space = np.empty((heads, 256, d), np.float32)
        self._tokens = 0

    @property
    def filled(self) -> NDArray[np.float32]:
        return self._space[:, : self._tokens]

    def append(self, new: NDArray[np.float32]) -> None:
        end = self._tokens + new.shape[1]
        if end > self._space.shape[1]:
            grown = np.empty((len(new), 2 * end, new.shape[2]), np.float32)
            grown[:, : self._tokens] = self.filled
            self._space = grown
        self._space[:, self._tokens : end] = new
        self._tokens = end


def _matrix(rng: np.random.Generator, rows: int, columns: int) -> NDArray[np.float32]:
    """Random weights that keep the scale of what passes through."""
    return rng.standard_normal((rows, columns), np.float32) / np.float32(np.sqrt(rows))


def _by_head(values: NDArray[np.float32], d: int) -> NDArray[np.float32]:
    """[tokens, heads * d] as [heads, tokens, d]."""
    return values.reshape(len(values), -1, d).swapaxes(0, 1)


def _normalised(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """RMSNorm without weights."""
    return values / np.sqrt(np.square(values).mean(-1, keepdims=True) + np.float32(1e-6))
