"""video: what becomes of a picture."""

import re

import numpy as np
import pytest

from resv import video
from resv.video import Encoder


@pytest.fixture(scope="module")
def encoder():
    return Encoder(width=64, seed=3, channels=32)


def noise(seed=0):
    return np.random.default_rng(seed).integers(0, 256, (3, 384, 384), np.uint8)


def test_ten_tokens_a_picture(encoder):
    assert video.TOKENS_PER_FRAME == 10
    tokens = encoder.encode(noise())
    assert tokens.shape == (10, 64)
    assert tokens.dtype == np.float32
    np.testing.assert_allclose(np.square(tokens).mean(-1), 1, rtol=1e-4)
    np.testing.assert_array_equal(tokens, Encoder(64, 3, 32).encode(noise()))
    assert np.abs(tokens - Encoder(64, 4, 32).encode(noise())).max() > 0.1
    assert Encoder().encode(noise()).shape == (10, 1024)


@pytest.mark.parametrize("cell", range(9))
def test_a_cell_of_the_picture_has_its_own_token(encoder, cell):
    """Patches well inside one cell change its token and the CLS token, no other."""
    row, column = divmod(cell, 3)
    inside = (slice(128 * d + 48, 128 * d + 80) for d in (row, column))
    picture = noise()
    picture[(slice(None), *inside)] //= 4
    change = np.abs(encoder.encode(picture) - encoder.encode(noise())).max(-1)
    assert set(np.flatnonzero(change > 1e-5)) == {0, 1 + cell}


def test_each_channel_counts(encoder):
    before = encoder.encode(noise())
    for channel in range(3):
        picture = noise()
        picture[channel] = 255 - picture[channel]
        assert np.abs(encoder.encode(picture) - before).max() > 0.01


def test_like_pictures_have_like_tokens(encoder):
    def blocks(seed):  # a colour for each cell
        return np.kron(noise(seed)[:, ::128, ::128], np.ones((128, 128), np.uint8))

    def likeness(a, b):
        return (encoder.encode(a) * encoder.encode(b)).mean(-1)

    dimmer = (blocks(0) * 0.95).astype(np.uint8)
    same, other = likeness(blocks(0), dimmer), likeness(blocks(0), blocks(1))
    assert same.min() > 0.9
    assert other.mean() < 0.6


def test_whitening_centres_grey_and_separates_frequencies():
    grey = np.full((3, 384, 384), 128, np.uint8)
    np.testing.assert_allclose(video._whitened_patches(grey), 0, atol=1e-4)
    x = (np.arange(384) % 16 + 0.5) * np.pi / 16
    waves = np.tile(128 + 100 * np.cos(3 * x), (384, 1))  # frequency 3 along a row
    picture = grey.copy()
    picture[0] = waves.round()
    features = video._whitened_patches(picture)
    assert features.shape == (24, 24, 56)
    strongest = np.argsort(-np.abs(features[5, 7]))
    assert strongest[0] == 3  # (u, v) = (0, 3) of Y
    assert np.abs(features[5, 7, strongest[1]]) < 0.02 * features[5, 7, 3]
    # 100 cos gives a coefficient of 100 * 8 * sqrt(2) in an orthonormal DCT of 16 x 16.
    assert features[5, 7, 3] == pytest.approx(800 * 2**0.5 / (134 * 3**-1.1), rel=0.01)


@pytest.mark.parametrize(
    ("picture", "error", "message"),
    [
        (np.zeros((3, 384, 384), np.float32), TypeError, "picture must be a uint8 array, not f"),
        (np.zeros((384, 384, 3), np.uint8), ValueError, "picture must have shape [3, 384, 384], "),
    ],
)
def test_bad_pictures_are_refused(encoder, picture, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}"):
        encoder.encode(picture)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"width": 0}, "width must be at least 1, not 0"),
        ({"seed": -1}, "seed must be at least 0, not -1"),
        ({"channels": 1}, "channels must be at least 2, not 1"),
    ],
)
def test_messages_of_the_encoder(arguments, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Encoder(**arguments)
