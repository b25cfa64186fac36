"""attention: against softmax written out in Python floats."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resv import full_attention, light_attention, to_bfloat16
from resv.numerics import BF16


def sumprod(a, b) -> float:
    return math.fsum(x * y for x, y in zip(a, b, strict=True))


def written_out(q, k, v, scale, sees) -> list[list[list[float]]]:
    """softmax(scale q.k) v; ``sees(kv_head, row, position)`` says what is attended to."""
    out = []
    for h, rows in enumerate(q.astype(float).tolist()):
        head = h // (len(q) // len(k))
        keys, values = k[head].astype(float).tolist(), v[head].astype(float).tolist()
        out.append([])
        for t, row in enumerate(rows):
            seen = [p for p in range(len(keys)) if sees(head, t, p)]
            logits = [scale * sumprod(row, keys[p]) for p in seen]
            weights = [math.exp(x - max(logits)) for x in logits]
            columns = zip(*(values[p] for p in seen), strict=True)
            out[h].append([sumprod(weights, c) / math.fsum(weights) for c in columns])
    return out


def vectors(seed, heads=(4, 2), tokens=3, positions=11, d=6):
    rng = np.random.default_rng(seed)
    q = to_bfloat16(rng.standard_normal((heads[0], tokens, d)) * 2)
    k, v = (to_bfloat16(rng.standard_normal((heads[1], positions, d))) for _ in range(2))
    return q, k, v


@given(st.integers(0, 2**32 - 1), st.sampled_from([(4, 2), (3, 1), (2, 2)]), st.integers(1, 11))
def test_full_attention_is_causal_softmax(seed, heads, tokens):
    q, k, v = vectors(seed, heads, tokens)
    expected = written_out(q, k, v, 0.4, lambda _, t, p: p <= 11 - tokens + t)
    found = full_attention(q, k, v, 0.4)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-13)


@given(st.integers(0, 2**32 - 1), st.sets(st.integers(0, 7)), st.sets(st.integers(0, 7)))
def test_light_attention_sees_what_is_attended_and_the_chunk(seed, one, other):
    q, k, v = vectors(seed)
    attended = [np.array(sorted(each), int) for each in (one, other)]
    expected = written_out(
        q, k, v, 0.4, lambda head, t, p: p in (one, other)[head] or 8 <= p <= 8 + t
    )
    found = light_attention(q, k, v, 0.4, attended)
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-13)


def test_attending_to_everything_is_full_attention():
    q, k, v = vectors(1)
    light = light_attention(q, k, v, 0.4, [np.arange(8)] * 2)
    assert np.array_equal(light, full_attention(q, k, v, 0.4))


def test_a_lone_token_gets_its_own_value():
    q, k, v = vectors(2, (1, 1), 1, 1)
    assert np.array_equal(full_attention(q, k, v, 1.0), v.astype(float))


def test_large_logits_do_not_overflow():
    q, k = np.full((1, 1, 1), 2.0**60, BF16), np.array([[[1], [2]]], BF16)
    v = np.array([[[3], [5]]], BF16)
    assert full_attention(q, k, v, 1.0).tolist() == [[[5.0]]]


Q, K, V = vectors(4)


@pytest.mark.parametrize(
    ("bad", "error", "message"),
    [
        ({"q": Q.astype(np.float32)}, TypeError, "q must be a bfloat16 array, not float32"),
        ({"q": Q[0]}, ValueError, r"q must have shape \[Hq, T, d\], not \[3, 6\]"),
        ({"k": K[:, :, :5]}, ValueError, r"k must have shape \[Hkv, P, 6\], not \[2, 11, 5\]"),
        ({"v": V[:, :9]}, ValueError, r"v must have shape \[2, 11, 6\], not \[2, 9, 6\]"),
        ({"q": Q[:3]}, ValueError, "query heads must be a multiple of KV heads, not 3 of 2"),
        ({"k": K[:, :2], "v": V[:, :2]}, ValueError, "q must have at most 2 tokens, as k, not 3"),
        ({"v": np.full_like(V, np.nan)}, ValueError, r"v must be finite everywhere, not nan at"),
        ({"scale": 0}, ValueError, "scale must be above 0, not 0"),
    ],
)
def test_wrong_arguments_are_refused(bad, error, message):
    good = {"q": Q, "k": K, "v": V, "scale": 1.0}
    with pytest.raises(error, match=f"^{message}"):
        full_attention(**good | bad)
    with pytest.raises(error, match=f"^{message}"):
        light_attention(**good | bad, attended=[np.arange(0)] * 2)


@pytest.mark.parametrize("positions", [[8], [-1], [2, 2], [3, 1]])
def test_attended_positions_must_be_ascending_and_before_the_chunk(positions):
    with pytest.raises(
        ValueError, match=r"^attended must be ascending positions before the chunk at 8"
    ):
        light_attention(Q, K, V, 1.0, [np.arange(8), np.array(positions)])


def test_there_must_be_one_array_for_each_kv_head():
    with pytest.raises(ValueError, match=r"^attended must be one array for each of 2 KV heads$"):
        light_attention(Q, K, V, 1.0, [np.arange(8)])
