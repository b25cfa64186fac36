"""regimes: the statistics of the keys and queries that decoders make with them, error texts."""

import dataclasses
import re

import numpy as np
import pytest

from resv.decoder import Decoder, DecoderSize
from resv.regimes import REGIMES, scales_and_biases

WIDE = DecoderSize(width=256, layers=1, query_heads=16, kv_heads=16, hidden=16)


@pytest.fixture(scope="module", params=REGIMES)
def recorded(request):
    """A regime, and q and k [heads, tokens, d] of 16 KV heads on tokens without anything common."""
    regime = REGIMES[request.param]
    embeddings = np.random.default_rng((0, 99)).standard_normal((600, WIDE.width), np.float32)
    decoder = Decoder(WIDE, regime)
    for chunk in np.split(embeddings, 3):
        decoder.step(chunk)
    q, k, _ = decoder.captured([0])
    return regime, q[0].astype(np.float64), k[0].astype(np.float64)


def test_keys_share_what_the_regime_says(recorded):
    regime, _, k = recorded
    shares = np.square(k.mean(1)).sum(-1) / np.square(k).sum(-1).mean(1)
    low, high = regime.key_bias * np.array([1 - regime.head_spread, 1 + regime.head_spread])
    assert low - 0.02 < shares.min() <= shares.max() < high + 0.02
    assert np.ptp(shares) >= 0.5 * (high - low)
    assert shares.mean() == pytest.approx(regime.key_bias, abs=0.1)


def test_content_lies_on_the_slow_pairs(recorded):
    regime, q, k = recorded
    for vectors in (q, k):
        centred = vectors - vectors.mean(1, keepdims=True)
        energy = np.square(centred).mean((0, 1)).reshape(2, 64).sum(0)
        assert energy[-4:].mean() / energy[:4].mean() == pytest.approx(
            regime.slow_tilt ** (60 / 63), rel=0.2
        )


def test_logits_have_the_mean_and_spread_of_the_regime(recorded):
    regime, q, k = recorded
    logits = q @ k.swapaxes(1, 2) / np.sqrt(128)
    assert logits.mean() == pytest.approx(regime.logit_mean, abs=0.1 + 0.1 * regime.logit_spread)
    content = (q - q.mean(1, keepdims=True)) @ (k - k.mean(1, keepdims=True)).swapaxes(1, 2)
    assert (content / np.sqrt(128)).std() == pytest.approx(regime.logit_spread, rel=0.1)


def test_the_regimes_are_ordered_by_their_bias():
    assert list(REGIMES) == ["isotropic", "calibrated", "strong_bias"]
    biases = [regime.key_bias for regime in REGIMES.values()]
    assert biases == sorted(set(biases))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"key_bias": -0.1}, ValueError, "key_bias must be at least 0, not -0.1"),
        ({"key_bias": "0"}, TypeError, "key_bias must be a number, not str"),
        ({"head_spread": 1.0}, ValueError, "head_spread must be between 0 and 0.9, not 1.0"),
        ({"logit_mean": 0.5}, ValueError, "logit_mean must be at most 0, not 0.5"),
        ({"slow_tilt": 0.5}, ValueError, "slow_tilt must be at least 1, not 0.5"),
        ({"logit_spread": np.nan}, ValueError, "logit_spread must be finite, not nan"),
        (
            {"key_bias": 0.75, "head_spread": 0.5},
            ValueError,
            "key_bias * (1 + head_spread) must be below 1, not 1.125",
        ),
        ({"key_bias": 0}, ValueError, "logit_mean must be 0 without a key_bias, not -4.0"),
    ],
)
def test_messages_of_a_regime(change, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        dataclasses.replace(REGIMES["calibrated"], **change)


def test_scales_and_biases_fit_the_heads():
    def draw(name):
        rng = np.random.default_rng(5)
        return scales_and_biases(REGIMES[name], rng, query_heads=6, kv_heads=2, d=32)

    drawn = draw("calibrated")
    assert [array.shape for array in drawn] == [(32,), (32,), (6, 1, 32), (2, 1, 32)]
    assert all(array.dtype == np.float32 for array in drawn)
    for array, again in zip(drawn, draw("calibrated"), strict=True):
        np.testing.assert_array_equal(array, again)
    q_bias, k_bias = drawn[2:]
    for head in range(6):  # the bias of a query head points against that of its KV head
        a, b = q_bias[head, 0], k_bias[head // 3, 0]
        assert a @ b == pytest.approx(-np.linalg.norm(a) * np.linalg.norm(b), rel=1e-6)
        assert a @ b / np.sqrt(32) == pytest.approx(-4, rel=1e-6)
    fast = np.arange(32) % 16 < 12
    assert not k_bias[..., fast].any()
    assert k_bias[..., ~fast].all()

    q_scale, k_scale, *biases = draw("isotropic")
    np.testing.assert_allclose([q_scale, k_scale], 1, rtol=1e-6)
    assert not any(bias.any() for bias in biases)
