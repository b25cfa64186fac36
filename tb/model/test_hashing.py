"""hashing: the sign of the exact sum, the order of the bits, the pinned file."""

import hashlib
from fractions import Fraction
from importlib import resources

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resv import hamming_distance, hash_bits, hashing, hyperplanes, to_bfloat16
from resv.numerics import BF16


def words_by_fractions(keys, planes) -> list[list[int]]:
    """D9 and D10 in exact arithmetic and Python ints."""
    words = []
    for key in keys.tolist():
        word = 0
        for h, plane in enumerate(planes.tolist()):
            total = sum(Fraction(k) * Fraction(p) for k, p in zip(key, plane, strict=True))
            word |= (total > 0) << h
        words.append(list(word.to_bytes(len(planes) // 8, "little")))
    return words


seeds = st.integers(0, 2**32 - 1)


# -- hash bits -------------------------------------------------------------------------------------


def test_hyperplane_h_has_weight_2_to_the_h():
    planes = -np.ones((16, 1), BF16)
    planes[0] = planes[3] = planes[9] = 1
    words = hash_bits(np.array([[2.0]], BF16), planes)
    assert words.dtype == np.uint8
    assert words.tolist() == [[0b0000_1001, 0b0000_0010]]


def test_a_sum_of_zero_gives_0():
    planes = np.ones((8, 2), BF16)
    keys = np.array([[0.0, 0.0], [-0.0, -0.0], [3.0, -3.0], [3.0, -2.984375], [-3, 2.984375]], BF16)
    assert hash_bits(keys, planes).tolist() == [[0], [0], [0], [255], [0]]


@given(seeds, st.sampled_from([8, 16, 32]), st.integers(1, 40))
def test_random_keys_hash_like_exact_fractions(seed, bits, d):
    rng = np.random.default_rng(seed)
    keys, planes = (to_bfloat16(rng.standard_normal((n, d))) for n in (3, bits))
    assert hash_bits(keys, planes).tolist() == words_by_fractions(keys, planes)


@given(seeds, st.sampled_from([-1.0, 0.0, 1.0]), st.integers(-110, -50))
def test_sums_next_to_zero_hash_like_exact_fractions(seed, sign, exponent):
    """Terms that cancel pairwise in an unknown order, and one tiny rest that decides."""
    rng = np.random.default_rng(seed)
    half = rng.standard_normal((2, 20))
    keys = np.concatenate([half, half, np.ones((2, 1))], axis=1)
    half = rng.standard_normal((8, 20))
    planes = np.concatenate([half, -half, np.full((8, 1), sign * 2.0**exponent)], axis=1)
    order = rng.permutation(41)
    keys, planes = to_bfloat16(keys[:, order]), to_bfloat16(planes[:, order])
    expected = 255 if sign > 0 else 0
    assert hash_bits(keys, planes).tolist() == [[expected], [expected]]
    assert words_by_fractions(keys, planes) == [[expected], [expected]]


def test_a_sum_whose_sign_float64_gets_wrong():
    keys = np.array([[2.0**60, 1.0, -(2.0**60), -(2.0**-60)]], BF16)
    assert sum(keys[0].tolist()) < 0
    assert hash_bits(keys, np.ones((8, 4), BF16)).tolist() == [[255]]


@given(seeds)
def test_permuting_d_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    keys, planes = (to_bfloat16(rng.standard_normal((n, 64))) for n in (5, 32))
    order = rng.permutation(64)
    assert np.array_equal(hash_bits(keys, planes), hash_bits(keys[:, order], planes[:, order]))


def test_leading_axes_stay():
    rng = np.random.default_rng(1)
    keys, planes = to_bfloat16(rng.standard_normal((2, 3, 5, 16))), hyperplanes(24, 16)
    words = hash_bits(keys, planes)
    assert words.shape == (2, 3, 5, 3)
    assert words[1, 2, 4].tolist() == hash_bits(keys[1, 2, 4], planes).tolist()
    assert hash_bits(keys[:0], planes).shape == (0, 3, 5, 3)


def test_fewer_hash_bits_are_the_first_bytes():
    keys = to_bfloat16(np.random.default_rng(2).standard_normal((9, 128)))
    long, short = (hash_bits(keys, hyperplanes(n, 128)) for n in (128, 32))
    assert np.array_equal(long[:, :4], short)


@pytest.mark.parametrize(
    ("keys", "planes", "error", "message"),
    [
        (
            np.ones((2, 4), np.float32),
            None,
            TypeError,
            "keys must be a bfloat16 array, not float32",
        ),
        ([[1.0]], None, TypeError, "keys must be a bfloat16 array, not list"),
        (np.ones((2, 5), BF16), None, ValueError, r"keys must have shape \[any, 4\], not \[2, 5\]"),
        (np.ones((), BF16), None, ValueError, r"keys must have shape \[4\], not \[\]"),
        (
            np.array([[1, np.nan, 1, 1]], BF16),
            None,
            ValueError,
            r"keys must be finite everywhere, not nan at \[0, 1\]",
        ),
        (
            np.ones((2, 4), BF16),
            np.full((8, 4), np.inf, BF16),
            ValueError,
            r"planes must be finite everywhere, not inf at \[0, 0\]",
        ),
        (
            np.ones((2, 4), BF16),
            np.ones((9, 4), BF16),
            ValueError,
            "hash_bits must be a multiple of 8, not 9",
        ),
        (
            np.ones((2, 4), BF16),
            np.ones((8, 4)),
            TypeError,
            "planes must be a bfloat16 array, not float64",
        ),
    ],
)
def test_wrong_keys_and_planes_are_refused(keys, planes, error, message):
    with pytest.raises(error, match=f"^{message}$"):
        hash_bits(keys, np.ones((8, 4), BF16) if planes is None else planes)


# -- Hamming distance ------------------------------------------------------------------------------


def test_distances_by_hand():
    tokens = np.array([[0b0000_0000, 0], [0b1111_0000, 1]], np.uint8)
    clusters = np.array([[0b0000_0001, 0], [0b1111_1111, 255], [0b1111_0000, 1]], np.uint8)
    distance = hamming_distance(tokens, clusters)
    assert distance.dtype == np.uint8
    assert distance.tolist() == [[1, 16, 5], [6, 11, 0]]


@given(seeds, st.integers(1, 16))
def test_distances_like_python_ints(seed, width):
    rng = np.random.default_rng(seed)
    tokens, clusters = (rng.integers(0, 256, (n, width), np.uint8) for n in (3, 5))
    expected = [
        [
            (int.from_bytes(t.tobytes(), "big") ^ int.from_bytes(c.tobytes(), "big")).bit_count()
            for c in clusters
        ]
        for t in tokens
    ]
    assert hamming_distance(tokens, clusters).tolist() == expected


def test_the_largest_distance_is_128():
    ones, zeros = np.full((1, 16), 255, np.uint8), np.zeros((1, 16), np.uint8)
    assert hamming_distance(ones, zeros).tolist() == [[128]]


def test_no_tokens_and_no_clusters():
    none, two = np.zeros((0, 4), np.uint8), np.zeros((2, 4), np.uint8)
    assert hamming_distance(none, two).shape == (0, 2)
    assert hamming_distance(two, none).shape == (2, 0)


@pytest.mark.parametrize(
    ("tokens", "clusters", "error", "message"),
    [
        (np.zeros((1, 4), np.uint32), None, TypeError, "tokens must be a uint8 array, not uint32"),
        (
            np.zeros(4, np.uint8),
            None,
            ValueError,
            r"tokens must have shape \[any, any\], not \[4\]",
        ),
        (
            np.zeros((1, 2), np.uint8),
            None,
            ValueError,
            r"clusters must have shape \[any, 2\], not \[1, 4\]",
        ),
        (
            np.zeros((1, 17), np.uint8),
            None,
            ValueError,
            "tokens must have words of 1 to 16 bytes, not 17",
        ),
        (
            np.zeros((1, 4), np.uint8),
            np.zeros((1, 4)),
            TypeError,
            "clusters must be a uint8 array, not float64",
        ),
    ],
)
def test_wrong_words_are_refused(tokens, clusters, error, message):
    with pytest.raises(error, match=f"^{message}$"):
        hamming_distance(tokens, np.zeros((1, 4), np.uint8) if clusters is None else clusters)


# -- hyperplanes -----------------------------------------------------------------------------------


def test_the_shipped_file_is_the_pinned_one():
    content = resources.files("resv").joinpath("data/hyperplanes.safetensors").read_bytes()
    assert hashlib.sha256(content).hexdigest() == hashing.HYPERPLANES_SHA256


def test_smaller_matrices_are_corners_of_the_whole():
    whole = hyperplanes(128, 256)
    assert whole.shape == (128, 256)
    assert whole.dtype == BF16
    assert np.array_equal(hyperplanes(32, 64), whole[:32, :64])
    assert not np.array_equal(whole[:64, :128], whole[64:, 128:])


def test_the_matrix_looks_standard_normal():
    values = hyperplanes(128, 256).astype(np.float64)
    assert abs(values.mean()) < 0.02
    assert abs(values.std() - 1) < 0.01
    assert 3 < np.abs(values).max() < 6


def test_the_matrix_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        hyperplanes(8, 8)[0, 0] = 1


def test_another_file_is_refused(monkeypatch):
    monkeypatch.setattr(hashing, "HYPERPLANES_SHA256", "0" * 64)
    hashing._shipped_matrix.cache_clear()
    try:
        with pytest.raises(
            ValueError, match=r"^hyperplanes.safetensors must have the SHA-256 0{64}"
        ):
            hyperplanes(8, 8)
    finally:
        monkeypatch.undo()
        hashing._shipped_matrix.cache_clear()
    assert hyperplanes(8, 8).shape == (8, 8)


@pytest.mark.parametrize(
    ("bits", "d", "error", "message"),
    [
        (12, 8, ValueError, "hash_bits must be a multiple of 8, not 12"),
        (136, 8, ValueError, "hash_bits must be between 8 and 128, not 136"),
        (8, 257, ValueError, "d must be between 1 and 256, not 257"),
        (8, 0, ValueError, "d must be between 1 and 256, not 0"),
        (8.0, 8, TypeError, "hash_bits must be an integer, not float"),
    ],
)
def test_wrong_sizes_are_refused(bits, d, error, message):
    with pytest.raises(error, match=f"^{message}$"):
        hyperplanes(bits, d)
