"""decoder: its properties, an independent reference, error texts."""

import dataclasses
import re

import numpy as np
import pytest

from resv.decoder import Decoder, DecoderSize, rope
from resv.regimes import REGIMES

SMALL = DecoderSize(width=48, layers=2, query_heads=4, kv_heads=2, head_size=16, hidden=80)
CALIBRATED = REGIMES["calibrated"]


def embeddings(tokens):
    return np.random.default_rng((0, 99)).standard_normal((tokens, SMALL.width), np.float32)


def run(inputs, lengths, seed=0):
    """Hidden states and the decoder, the inputs split into chunks of these lengths."""
    one = Decoder(SMALL, CALIBRATED, seed)
    chunks = np.split(inputs, np.cumsum(lengths)[:-1])
    return np.concatenate([one.step(chunk) for chunk in chunks]), one


def test_rope_turns_pairs_of_halves():
    unit = np.eye(8, dtype=np.float32)
    turned = rope(unit, np.full(8, 3), 16.0)
    angle = 3 * 16.0 ** (-np.arange(4) / 4)
    for i in range(4):
        expected = np.zeros(8)
        expected[[i, i + 4]] = np.cos(angle[i]), np.sin(angle[i])
        np.testing.assert_allclose(turned[i], expected, atol=1e-6)
    np.testing.assert_array_equal(rope(unit, np.zeros(8, int), 16.0), unit)


def test_rope_depends_on_the_distance_only(seed):
    rng = np.random.default_rng(seed)
    q, k = rng.standard_normal((2, 50, 128))
    here, there = rng.integers(0, 20_000, (2, 50))
    products = [
        np.sum(rope(q, here + shift, 5e5) * rope(k, there + shift, 5e5), -1)
        for shift in (0, 1, 777, 40_000)
    ]
    for other in products[1:]:
        np.testing.assert_allclose(other, products[0], atol=2e-4)
    assert np.abs(products[0] - np.sum(q * k, -1)).max() > 1  # it does turn


def test_later_tokens_change_nothing_before():
    inputs = embeddings(40)
    changed = inputs.copy()
    changed[25] += 1
    lengths = [5, 30, 5]
    (before, one), (after, other) = run(inputs, lengths), run(changed, lengths)
    np.testing.assert_allclose(before[:25], after[:25], atol=1e-6)
    assert (np.abs(before[25:] - after[25:]).max(-1) > 1e-3).all()
    for x, y in zip(one.captured([0, 1]), other.captured([0, 1]), strict=True):
        np.testing.assert_allclose(x[:, :, :25], y[:, :, :25], atol=1e-6)


@pytest.mark.parametrize("lengths", [[300], [1] * 300, [255, 1, 1, 43], [7, 250, 43]])
def test_chunks_give_what_the_whole_gives(lengths):
    """300 tokens: the cache grows on the way."""
    inputs = embeddings(300)
    (whole, one), (parts, other) = run(inputs, [299, 1]), run(inputs, lengths)
    assert one.tokens == other.tokens == 300
    np.testing.assert_allclose(parts, whole, atol=1e-4)
    for x, y in zip(one.captured([1, 0]), other.captured([1, 0]), strict=True):
        np.testing.assert_allclose(x, y, atol=1e-4)


def plainly(decoder, inputs):
    """The same decoder as loops over tokens and heads, in float64: all of it seen at once."""
    size = decoder.size
    d = size.head_size
    groups = size.query_heads // size.kv_heads
    pairs = d // 2

    def turned(vector, position):
        pair = vector[:pairs] + 1j * vector[pairs:]
        pair = pair * np.exp(1j * position * size.rope_theta ** (-np.arange(pairs) / pairs))
        return np.concatenate([pair.real, pair.imag])

    def norm(vector):
        return vector / np.sqrt(np.mean(vector**2))

    states = inputs.astype(np.float64)
    for layer in decoder._layers:
        x = [norm(state) for state in states]
        queries, keys, values = {}, {}, {}
        for t, vector in enumerate(x):
            for h in range(size.query_heads):
                content = (vector @ layer.w_q)[h * d : h * d + d]
                queries[h, t] = turned(content * layer.q_scale + layer.q_bias[h, 0], t)
            for h in range(size.kv_heads):
                content = (vector @ layer.w_k)[h * d : h * d + d]
                keys[h, t] = turned(content * layer.k_scale + layer.k_bias[h, 0], t)
                values[h, t] = (vector @ layer.w_v)[h * d : h * d + d]
        after = []
        for t, state in enumerate(states):
            heads = []
            for h in range(size.query_heads):
                g = h // groups
                weights = np.array([queries[h, t] @ keys[g, s] for s in range(t + 1)]) / d**0.5
                weights = np.exp(weights - weights.max())
                heads.append(sum(w * values[g, s] for s, w in enumerate(weights)) / weights.sum())
            residual = 1 / np.sqrt(2 * size.layers)
            state = state + np.concatenate(heads) @ layer.w_out * residual
            gate = norm(state) @ layer.w_gate
            swiglu = gate / (1 + np.exp(-gate)) * (norm(state) @ layer.w_up)
            after.append(state + swiglu @ layer.w_down * residual)
        states = np.array(after)
    return states


def test_it_is_the_decoder_it_says():
    inputs = embeddings(12)
    hidden, one = run(inputs, [1, 8, 3])
    np.testing.assert_allclose(hidden, plainly(one, inputs), atol=1e-4)


def test_the_seed_decides_the_weights():
    inputs = embeddings(20)
    first, again, other = (run(inputs, [20], seed=seed)[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.1


def test_captured_layers_come_in_the_order_asked_for():
    _, one = run(embeddings(9), [9])
    q, k, v = one.captured([1, 0])
    assert [x.shape for x in (q, k, v)] == [(2, 4, 9, 16), (2, 2, 9, 16), (2, 2, 9, 16)]
    assert all(x.dtype == np.float32 for x in (q, k, v))
    for both, last in zip((q, k, v), one.captured([1]), strict=True):
        np.testing.assert_array_equal(both[:1], last)
        assert np.abs(both[0] - both[1]).max() > 0.1


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        *(
            ({name: 0}, ValueError, f"{name} must be at least 1, not 0")
            for name in ("width", "layers", "query_heads", "kv_heads", "head_size", "hidden")
        ),
        ({"layers": 2.0}, TypeError, "layers must be an integer, not float"),
        ({"head_size": 15}, ValueError, "head_size must be even, not 15"),
        ({"query_heads": 3}, ValueError, "query_heads must be a multiple of kv_heads, not 3 of 2"),
        ({"rope_theta": 0.5}, ValueError, "rope_theta must be at least 1, not 0.5"),
    ],
)
def test_messages_of_the_sizes(change, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        dataclasses.replace(SMALL, **change)


@pytest.mark.parametrize(
    ("inputs", "error", "message"),
    [
        (np.zeros((2, 48)), TypeError, "embeddings must be a float32 array, not float64"),
        (
            np.zeros((2, 47), np.float32),
            ValueError,
            "embeddings must have shape [tokens, 48], not [2, 47]",
        ),
        (
            np.zeros((0, 48), np.float32),
            ValueError,
            "embeddings must have shape [tokens, 48], not [0, 48]",
        ),
        (
            np.full((1, 48), np.inf, np.float32),
            ValueError,
            "embeddings must be finite everywhere, not inf at [0, 0]",
        ),
    ],
)
def test_a_bad_chunk_changes_nothing(inputs, error, message):
    one = Decoder(SMALL, CALIBRATED)
    one.step(embeddings(3))
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        one.step(inputs)
    assert one.tokens == 3
    assert one.captured([0])[0].shape == (1, 4, 3, 16)


@pytest.mark.parametrize(
    ("layers", "error", "message"),
    [
        ([], ValueError, "layers must name at least one layer, not none"),
        ([2], ValueError, "layers must be between 0 and 1, not 2"),
        ([-1], ValueError, "layers must be between 0 and 1, not -1"),
        (["0"], TypeError, "layers must be an integer, not str"),
    ],
)
def test_messages_of_captured(layers, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        Decoder(SMALL, CALIBRATED).captured(layers)


def test_a_bad_seed_is_refused():
    with pytest.raises(ValueError, match="seed must be at least 0, not -1"):
        Decoder(SMALL, CALIBRATED, -1)
