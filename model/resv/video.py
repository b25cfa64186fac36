"""From a video clip to visual tokens: real pictures through a small random vision encoder.

The encoder stands in for a trained one (V-Rex uses SigLIP-ViT-L-384). It keeps what matters to the
geometry of a KV cache: real pictures that change slowly and cut suddenly, the same patch grid, and
the same ten tokens a frame. Its weights are random, so it tells nothing about accuracy.

Needs PyAV: the ``video`` extra. See docs/traces.md for the traces made with it.
"""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resv import checks, extras

PICTURE_SIZE = 384
"""Height and width of a sampled picture, in pixels; the clip's shape is not kept."""

PATCH_SIZE = 16
"""Height and width of a patch, in pixels."""

GRID = PICTURE_SIZE // PATCH_SIZE
"""Patches along one side of a picture."""

POOLED_GRID = 3
"""Cells along one side of the pooled grid."""

TOKENS_PER_FRAME = 1 + POOLED_GRID**2
"""One token for the whole picture (CLS) and one for each pooled cell."""

_TOLERATED = 1  # seconds by which a clip may end before it says it does: sound may go on longer

# Spectrum of 16 x 16 patches, fitted to 70 pictures of Big Buck Bunny: a standard deviation of
# AMPLITUDE * (u + v) ** -DECAY for the DCT coefficient (u, v), and another for the mean (0, 0).
_MEAN = np.array([2048.0, 2048.0, 2048.0])
_MEAN_SPREAD = np.array([830.0, 290.0, 235.0])
_AMPLITUDE = np.array([134.0, 43.0, 36.0])
_DECAY = np.array([1.1, 1.4, 1.5])
_KEPT_FREQUENCIES = (8, 4, 4)  # u + v below this, for Y, Cb, Cr: the eye's share, 56 coefficients


def sample_pictures(
    clip: str | Path, fps: float | Fraction, count: int | None = None, start_seconds: float = 0
) -> Iterator[NDArray[np.uint8]]:
    """Decode pictures of a clip, ``fps`` a second, from ``start_seconds`` on.

    Picture n is the first one shown at or after ``start_seconds + n / fps``. If the clip has fewer
    pictures a second than that, some are given more than once.

    Parameters
    ----------
    clip : path
        A video file that FFmpeg can read.
    fps : float or Fraction
        Pictures a second, above 0.
    count : int or None
        Number of pictures, at least 1. None: all to the end of the clip, at least one;
        of a format that does not say how long it is nobody can tell whether its end is missing.
    start_seconds : float
        Where to start, in seconds of the clip.

    Yields
    ------
    uint8 [3, 384, 384]
        Y, Cb and Cr.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ImportError
        If PyAV is not installed.
    ValueError
        If the file is no video, is damaged, or ends before the last picture.
    """
    checks.real("fps", float(fps) if isinstance(fps, Fraction) else fps)
    if fps <= 0:
        raise ValueError(f"fps must be above 0, not {fps}")
    if count is not None:
        checks.integer("count", count, 1)
    checks.real("start_seconds", start_seconds, 0)
    if not Path(clip).is_file():
        raise FileNotFoundError(f"clip must be an existing file, not {clip}")
    av = extras.load("av", "reading a clip needs PyAV", "video")
    return _sample(av, Path(clip), Fraction(fps), count, Fraction(start_seconds))


def _sample(
    av: Any, clip: Path, fps: Fraction, count: int | None, start: Fraction
) -> Iterator[NDArray[np.uint8]]:
    found = 0
    try:
        for picture, shown_at in _decoded_from(av, clip, start):
            if picture.is_corrupt and shown_at >= start:  # after seeking earlier ones may be
                raise ValueError(
                    f"clip must be undamaged, not broken after {found} pictures: {clip}"
                )
            pixels = None
            while shown_at >= start + found / fps:
                if pixels is None:
                    small = picture.reformat(PICTURE_SIZE, PICTURE_SIZE, format="yuv444p")
                    pixels = small.to_ndarray()
                yield pixels
                found += 1
                if found == count:
                    return
    except av.error.FFmpegError as error:
        raise ValueError(f"clip must be a readable video file, not {clip} ({error})") from error
    if count is None and found:
        return
    count = count or "any"
    raise ValueError(
        f"clip must give {count} pictures at {float(fps):g} a second, not {found}: {clip}"
    )


def _decoded_from(av: Any, clip: Path, start: Fraction) -> Iterator[tuple[Any, Fraction]]:
    """Pictures and when they are shown, from a key frame at or before ``start`` on.

    Formats without an index (MPEG-TS) may seek to a place behind, or to a picture that needs
    others: then everything from the beginning is decoded.
    """
    if start:
        pictures = _decoded(av, clip, start)
        picture, shown_at = next(pictures, (None, start))
        if picture is not None and picture.key_frame and shown_at <= start:
            yield picture, shown_at
            yield from pictures
            return
        pictures.close()
    yield from _decoded(av, clip)


def _decoded(av: Any, clip: Path, seek: Fraction | None = None) -> Iterator[tuple[Any, Fraction]]:
    """Pictures and when they are shown, in seconds of the clip."""
    with av.open(str(clip)) as container:
        if not container.streams.video:
            raise ValueError(f"clip must contain video, not only sound: {clip}")
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        first = Fraction(stream.start_time or 0) * stream.time_base
        if seek is not None:
            place = int((first + seek) / stream.time_base)
            container.seek(min(place, 2**62), stream=stream)  # FFmpeg counts in 64 bits
        shown_until = None
        for picture in container.decode(stream):
            if picture.pts is None:
                raise ValueError(f"clip must say when its pictures are shown: {clip}")
            shown_at = picture.pts * stream.time_base - first
            shown_until = shown_at + (picture.duration or 0) * stream.time_base
            yield picture, shown_at
        if shown_until is not None and stream.duration:
            missing = stream.duration * stream.time_base - shown_until
            if missing > _TOLERATED:
                raise ValueError(
                    f"clip must be whole, not end {float(missing):.1f} s too early: {clip}"
                )


class Encoder:
    """Random vision encoder: a picture becomes one CLS token and a 3 x 3 grid of tokens.

    Patches of 16 x 16 pixels (YCbCr) go through a DCT and are divided by the spectrum of natural
    pictures, which nearly whitens them. Two random layers follow: a random 3 x 3 filter in each
    channel, a random matrix, ReLU, normalisation. Then pooling and a random projection.

    Parameters
    ----------
    width : int
        Size of a token, at least 1.
    seed : int
        Seed of the weights, at least 0.
    channels : int
        Size of both hidden layers, at least 2.

    Raises
    ------
    TypeError, ValueError
        If a parameter is of a wrong kind or below its limit.
    """

    def __init__(self, width: int = 1024, seed: int = 0, channels: int = 256) -> None:
        checks.integer("width", width, 1)
        checks.integer("seed", seed, 0)
        checks.integer("channels", channels, 2)
        self.width = width
        draw = np.random.default_rng((seed, 1)).standard_normal  # 2 is the decoder
        sizes = (len(_COEFFICIENTS[0]), channels, channels)
        self._filters = [draw((3, 3, size), np.float32) / 3 for size in sizes[:2]]
        self._layers = [_matrix(draw, *sizes[i : i + 2]) for i in range(2)]
        self._grid_projection = _matrix(draw, channels, width)
        self._cls_projection = _matrix(draw, channels, width)

    def encode(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Tokens of one picture: CLS first, then the cells row by row.

        Parameters
        ----------
        picture : uint8 [3, 384, 384]
            Y, Cb and Cr.

        Returns
        -------
        float32 [10, width]
            Each token has a root mean square of 1.

        Raises
        ------
        TypeError, ValueError
            If ``picture`` has another dtype or shape.
        """
        checks.array("picture", picture, np.uint8, (3, PICTURE_SIZE, PICTURE_SIZE))
        features = _whitened_patches(picture)
        for kernel, matrix in zip(self._filters, self._layers, strict=True):
            features = _normalised(np.maximum(_mixed(features, kernel) @ matrix, 0))
        side = GRID // POOLED_GRID
        cells = features.reshape(POOLED_GRID, side, POOLED_GRID, side, -1).mean((1, 3))
        cells = cells.reshape(POOLED_GRID**2, -1)
        cls = cells.mean(0, keepdims=True) @ self._cls_projection
        return _normalised(np.concatenate([cls, cells @ self._grid_projection]))


def _dct_matrix() -> NDArray[np.float32]:
    """Orthonormal DCT-II: row u is the cosine of frequency u."""
    u, x = np.mgrid[:PATCH_SIZE, :PATCH_SIZE]
    matrix = np.cos(np.pi * (2 * x + 1) * u / (2 * PATCH_SIZE)) * np.sqrt(2 / PATCH_SIZE)
    matrix[0] /= np.sqrt(2)
    return matrix.astype(np.float32)


def _coefficients() -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float32]]:
    """Which DCT coefficients are kept (flat index), and their mean and spread."""
    channel, u, v = np.indices((3, PATCH_SIZE, PATCH_SIZE))
    frequency = u + v
    kept = frequency < np.array(_KEPT_FREQUENCIES)[channel]
    decay = np.maximum(frequency, 1) ** -_DECAY[channel]
    spread = np.where(frequency == 0, _MEAN_SPREAD[channel], _AMPLITUDE[channel] * decay)
    mean = np.where(frequency == 0, _MEAN[channel], 0)
    return (
        np.flatnonzero(kept),
        mean[kept].astype(np.float32),
        spread[kept].astype(np.float32),
    )


_DCT = _dct_matrix()
_COEFFICIENTS = _coefficients()


def _whitened_patches(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """[24, 24, 56]: the kept DCT coefficients of each patch, spread about 1."""
    patches = picture.reshape(3, GRID, PATCH_SIZE, GRID, PATCH_SIZE).transpose(1, 3, 0, 2, 4)
    spectrum = _DCT @ patches.astype(np.float32) @ _DCT.T
    kept, mean, spread = _COEFFICIENTS
    return (spectrum.reshape(GRID, GRID, -1)[..., kept] - mean) / spread


def _mixed(features: NDArray[np.float32], kernel: NDArray[np.float32]) -> NDArray[np.float32]:
    """A 3 x 3 filter in each channel; the border is repeated."""
    padded = np.pad(features, ((1, 1), (1, 1), (0, 0)), mode="edge")
    shifts = ((dy, dx) for dy in range(3) for dx in range(3))
    return sum(padded[dy : dy + GRID, dx : dx + GRID] * kernel[dy, dx] for dy, dx in shifts)


def _normalised(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean 0 and root mean square 1 over the last axis."""
    centred = features - features.mean(-1, keepdims=True)
    return centred / np.sqrt(np.square(centred).mean(-1, keepdims=True) + 1e-6)


def _matrix(draw: Any, rows: int, columns: int) -> NDArray[np.float32]:
    """Random weights that keep the scale of what passes through."""
    return draw((rows, columns), np.float32) / np.float32(np.sqrt(rows))
