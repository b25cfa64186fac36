"""video: which pictures of a clip are taken, and bad clips."""

import random
import re
import sys
from fractions import Fraction

import numpy as np
import pytest

from resv.video import sample_pictures

av = pytest.importorskip("av")

CLIP_FPS, CLIP_PICTURES = 12, 24  # two seconds


def brightness(n):
    """Of picture n of the clip: how a test knows which one it got."""
    return 20 + 9 * n


def write_clip(path, pictures=CLIP_PICTURES, codec="mpeg4", fps=CLIP_FPS, **options):
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream(codec, rate=fps)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.gop_size = 5  # so that seeking finds key frames before the place asked for
        for n in range(pictures):
            planes = np.full((72, 64), 128, np.uint8)
            planes[:48] = brightness(n)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(planes, format="yuv420p")))
        container.mux(stream.encode())
    return path


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4")


def numbers(pictures):
    """Which pictures of the clip these are."""
    lumas = [int(picture[0].mean(dtype=np.float64).round()) for picture in pictures]
    return [round((luma - brightness(0)) / 9) for luma in lumas]


@pytest.mark.parametrize(
    ("fps", "start", "expected"),
    [
        (12, 0, range(24)),
        (4, 0, range(0, 24, 3)),
        (2, 0, [0, 6, 12, 18]),
        (2.0, 0.5, [6, 12, 18]),
        (4, 1.5, [18, 21]),
        (4, 0.01, [1, 4, 7, 10]),  # the first one shown at or after that time
        (Fraction(24, 5), 0, [0, 3, 5, 8, 10, 13, 15, 18, 20, 23]),  # every 2.5th, rounded up
        (24, 0, [0, 1, 1, 2, 2, 3, 3, 4]),  # faster than the clip: some are given again
    ],
)
def test_pictures_are_taken_at_the_rate(clip, fps, start, expected):
    pictures = list(sample_pictures(clip, fps, len(expected), start))
    assert all(p.shape == (3, 384, 384) and p.dtype == np.uint8 for p in pictures)
    assert numbers(pictures) == list(expected)
    assert all(abs(int(p[1:].mean().round()) - 128) <= 2 for p in pictures)  # Cb and Cr: grey


def test_a_clip_too_short_says_how_many_there_are(clip):
    pictures = sample_pictures(clip, 4, 9)
    message = f"clip must give 9 pictures at 4 a second, not 8: {clip}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        list(pictures)
    with pytest.raises(ValueError, match="clip must give 1 pictures at 4 a second, not 0"):
        list(sample_pictures(clip, 4, 1, 99))


def write_nothing(path, whole):
    path.write_bytes(b"")


def write_text(path, whole):
    path.write_text("This is no film. " * 100)


def write_half(path, whole):
    path.write_bytes(whole[: len(whole) // 2])  # an MP4's index is at its end


@pytest.mark.parametrize("damage", [write_nothing, write_text, write_half])
def test_a_damaged_clip_is_named(tmp_path, clip, damage):
    path = tmp_path / "bad.mp4"
    damage(path, clip.read_bytes())
    message = f"clip must be a readable video file, not {path} ("
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        list(sample_pictures(path, 2, 1))


def test_an_unknown_codec_is_named(tmp_path):
    path = write_clip(tmp_path / "clip.avi")
    path.write_bytes(path.read_bytes().replace(b"FMP4", b"ZZZZ"))
    message = f"clip must be a readable video file, not {path} ("
    with pytest.raises(ValueError, match=rf"^{re.escape(message)}.*Decoder not found"):
        list(sample_pictures(path, 2, 1))


def test_a_video_without_a_picture_is_refused(tmp_path):
    path = write_clip(tmp_path / "clip.avi")
    whole = path.read_bytes()
    start = whole.index(b"00dc")  # the first picture's data, in an AVI
    path.write_bytes(whole[:start])
    for count in (1, None):
        with pytest.raises(ValueError, match=f"clip must .*{re.escape(str(path))}"):
            list(sample_pictures(path, 2, count))


def test_all_pictures_to_the_end(clip):
    assert numbers(sample_pictures(clip, 4)) == list(range(0, 24, 3))
    assert numbers(sample_pictures(clip, 4, start_seconds=1.5)) == [18, 21]


@pytest.mark.parametrize(
    ("start", "expected"), [(0, range(24)), (0.125, range(3, 24)), (0.75, range(18, 24))]
)
def test_a_format_that_cannot_seek_well_gives_the_same_pictures(tmp_path, start, expected):
    """MPEG-TS: seeking may end behind the place asked for, or at a picture that needs others."""
    path = write_clip(tmp_path / "clip.ts", codec="mpeg2video", fps=24)
    assert numbers(sample_pictures(path, 24, start_seconds=start)) == list(expected)


def test_a_start_far_behind_the_end_is_refused(clip):
    for start in (1e12, 1e300):  # beyond 64 bits, too
        with pytest.raises(
            ValueError, match=r"clip must give any pictures at 0\.5 a second, not 0"
        ):
            list(sample_pictures(clip, 0.5, start_seconds=start))


def test_a_clip_cut_off_is_not_taken_for_a_whole_one(tmp_path):
    """A format without an index at its end can be opened; it just ends too early."""
    path = write_clip(tmp_path / "clip.ts")
    whole = path.read_bytes()
    assert len(list(sample_pictures(path, 12, 24))) == 24
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match="clip must "):
        list(sample_pictures(path, 12, 24))


def test_a_clip_cut_off_is_told_by_its_length(tmp_path):
    """An MP4 with its index in front, as for the web: what is left of it decodes without error."""
    path = write_clip(tmp_path / "clip.mp4", pictures=24, fps=4, movflags="faststart")
    whole = path.read_bytes()
    assert whole.index(b"moov") < whole.index(b"mdat")
    assert len(list(sample_pictures(path, 4))) == 24
    with av.open(str(path)) as container:
        places = [packet.pos for packet in container.demux(video=0) if packet.size]
    path.write_bytes(whole[: places[12]])  # between two pictures: none of them is broken
    assert len(list(sample_pictures(path, 4, 2))) == 2  # what is asked for is there
    message = rf"^clip must be whole, not end [0-9.]+ s too early: {re.escape(str(path))}$"
    for start in (0, 1):
        with pytest.raises(ValueError, match=message):
            list(sample_pictures(path, 4, start_seconds=start))


@pytest.mark.parametrize("ending", ["mp4", "avi"])
def test_damage_inside_a_clip_is_not_patched_up(tmp_path, ending):
    """Decoders conceal damage. Random bytes in the pictures must be told, almost always."""
    path = write_clip(tmp_path / f"clip.{ending}")
    whole = path.read_bytes()
    start = whole.index(b"mdat" if ending == "mp4" else b"movi") + 8
    told = 0
    for seed in range(20):
        rng = random.Random(seed)
        damaged = bytearray(whole)
        for _ in range(20):
            damaged[rng.randrange(start, start + 1000)] = rng.randrange(256)
        path.write_bytes(damaged)
        try:
            list(sample_pictures(path, 12, 24))
        except ValueError as error:
            told += str(path) in str(error)
    assert told >= 18


def test_sound_is_no_clip(tmp_path):
    path = tmp_path / "sound.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        silence = np.zeros((1, 800), np.int16)
        frame = av.AudioFrame.from_ndarray(silence, format="s16", layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    with pytest.raises(ValueError, match="clip must contain video, not only sound"):
        list(sample_pictures(path, 2, 1))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("none.mp4", 2, 1), FileNotFoundError, "clip must be an existing file, not none.mp4"),
        (("none.mp4", 0, 1), ValueError, "fps must be above 0, not 0"),
        (("none.mp4", Fraction(-1, 2), 1), ValueError, "fps must be above 0, not -1/2"),
        (("none.mp4", "2", 1), TypeError, "fps must be a number, not str"),
        (("none.mp4", 2, 0), ValueError, "count must be at least 1, not 0"),
        (("none.mp4", 2, 1, -1), ValueError, "start_seconds must be at least 0, not -1.0"),
    ],
)
def test_bad_arguments_are_refused_at_once(arguments, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        sample_pictures(*arguments)


def test_without_pyav_one_sentence_says_what_to_do(clip, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    message = "reading a clip needs PyAV: install it with `pip install vrex-open[video]`"
    with pytest.raises(ImportError, match=f"^{re.escape(message)}$"):
        sample_pictures(clip, 2, 1)
