"""Pictures without a film: shots of drifting textures and moving shapes, with cuts between them.

They stand in for a video where there is none. What matters to a KV cache is there: pictures that
change slowly, sudden cuts, places that come back, and the spectrum of natural pictures.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from resv import checks
from resv.video import PICTURE_SIZE

_TEXTURE = 512  # pixels along a side; it repeats, so a shot can drift for ever
_SHAPES = 4
_LUMA_SPREAD, _CHROMA_SPREAD = 45.0, 14.0  # of natural pictures, in steps of 8 bits


def scene_pictures(
    count: int, fps: float = 2, seed: int = 0, shot_seconds: float = 6, places: int = 12
) -> Iterator[NDArray[np.uint8]]:
    """Make ``count`` pictures, ``fps`` a second.

    A shot shows one of ``places`` places for a random time, ``shot_seconds`` on average; the camera
    drifts, shapes move across, and every picture has a little noise of its own.

    Parameters
    ----------
    count : int
        Pictures, at least 1.
    fps : float
        Pictures a second, above 0: how far things move between two of them.
    seed : int
        At least 0. The same seed gives the same pictures on one machine.
    shot_seconds : float
        Mean length of a shot, above 0.
    places : int
        Different textures, at least 1.

    Yields
    ------
    uint8 [3, 384, 384]
        Y, Cb and Cr.

    Raises
    ------
    TypeError, ValueError
        If a parameter is of a wrong kind or out of its limits.
    """
    checks.integer("count", count, 1)
    checks.integer("seed", seed, 0)
    checks.integer("places", places, 1)
    for name, value in (("fps", fps), ("shot_seconds", shot_seconds)):
        if checks.real(name, value) <= 0:
            raise ValueError(f"{name} must be above 0, not {value}")
    return _shots(count, fps, seed, shot_seconds, places)


def _shots(
    count: int, fps: float, seed: int, shot_seconds: float, places: int
) -> Iterator[NDArray[np.uint8]]:
    rng = np.random.default_rng((seed, 4))  # 1: encoder, 2: decoder, 3: text
    made = 0
    while made < count:
        texture = _texture(np.random.default_rng((seed, 4, int(rng.integers(places)))))
        at, drift = rng.uniform(0, _TEXTURE, 2), rng.normal(0, 4, 2) / fps
        shapes = [_Shape(rng, fps) for _ in range(_SHAPES)]
        for _ in range(min(count - made, 1 + int(rng.exponential(shot_seconds * fps)))):
            rows, columns = ((int(origin) + np.arange(PICTURE_SIZE)) % _TEXTURE for origin in at)
            picture = texture[:, rows[:, None], columns]
            for shape in shapes:
                shape.draw(picture)
            picture += rng.normal(0, 0.5, picture.shape)
            yield np.clip(np.rint(picture), 0, 255).astype(np.uint8)
            made += 1
            at = at + drift


class _Shape:
    """A disc of one colour that moves in a straight line, round the edges of the picture."""

    def __init__(self, rng: np.random.Generator, fps: float) -> None:
        self._colour = 128 + rng.normal(0, 1, 3) * (50, 25, 25)
        self._radius = rng.uniform(12, 70)
        self._at = rng.uniform(0, PICTURE_SIZE, 2)
        self._speed = rng.normal(0, 20, 2) / fps

    def draw(self, picture: NDArray[np.float32]) -> None:
        y, x = np.ogrid[:PICTURE_SIZE, :PICTURE_SIZE]
        inside = (y - self._at[0]) ** 2 + (x - self._at[1]) ** 2 < self._radius**2
        picture[:, inside] = self._colour[:, None]
        self._at = (self._at + self._speed) % PICTURE_SIZE


def _texture(rng: np.random.Generator) -> NDArray[np.float32]:
    """[3, side, side]: amplitude falls as one over the frequency, as in natural pictures."""
    frequency = np.hypot(*np.meshgrid(*[np.fft.fftfreq(_TEXTURE)] * 2, indexing="ij"))
    frequency[0, 0] = np.inf  # no mean of its own
    spectrum = np.fft.fft2(rng.standard_normal((3, _TEXTURE, _TEXTURE))) / frequency**1.2
    texture = np.fft.ifft2(spectrum).real
    texture /= texture.std((1, 2), keepdims=True)
    spread = np.array([_LUMA_SPREAD, _CHROMA_SPREAD, _CHROMA_SPREAD])[:, None, None]
    mean = 128 + rng.normal(0, 1, (3, 1, 1)) * spread / 2
    return (texture * spread + mean).astype(np.float32)
