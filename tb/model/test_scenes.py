"""scenes: pictures without a film that still look like one to an encoder."""

import itertools

import numpy as np
import pytest

from resv.scenes import scene_pictures
from resv.video import Encoder


def test_pictures_are_what_the_encoder_takes(seed):
    pictures = list(scene_pictures(5, seed=seed))
    assert len(pictures) == 5
    assert all(picture.shape == (3, 384, 384) and picture.dtype == np.uint8 for picture in pictures)
    assert 15 < pictures[0][0].std() < 90


def test_the_same_seed_gives_the_same_pictures(seed):
    first, again = (list(scene_pictures(6, seed=seed)) for _ in range(2))
    other = list(scene_pictures(6, seed=seed + 1))
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert not (first[0] == other[0]).all()


def test_pictures_change_slowly_and_cut_suddenly(seed):
    encoder = Encoder(64)
    tokens = [encoder.encode(p) for p in scene_pictures(80, fps=8, seed=seed, shot_seconds=1)]
    alike = np.array([(a * b).mean() for a, b in itertools.pairwise(tokens)])
    assert np.median(alike) > 0.8
    assert (alike < 0.5).sum() >= 1


def test_places_come_back(seed):
    """With one place, two shots of it are more alike than shots of two places."""
    encoder = Encoder(64)

    def spread(places):
        made = scene_pictures(60, fps=1, seed=seed, shot_seconds=1, places=places)
        tokens = np.array([encoder.encode(picture) for picture in made])
        return tokens.mean(0).std()

    assert spread(1) > spread(40)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"count": 0}, "count must be at least 1, not 0"),
        ({"seed": -1}, "seed must be at least 0, not -1"),
        ({"fps": 0}, "fps must be above 0, not 0"),
        ({"shot_seconds": -1}, "shot_seconds must be above 0, not -1"),
        ({"places": 0}, "places must be at least 1, not 0"),
    ],
)
def test_bad_arguments_are_refused_at_once(values, message):
    with pytest.raises(ValueError, match=message):
        scene_pictures(**{"count": 1} | values)
