"""The named traces: T1, T2 and T3 of a real film, and T1s, T2s, T3s of made-up scenes.

They are generated once and kept in the user's cache, because they are large. Nothing may expect a
generated trace to be the same on two machines: matrix libraries round in different orders. So every
figure names its trace, and the committed excerpt is what tests compare with.
"""

import hashlib
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resv import film
from resv.decoder import DecoderSize
from resv.files import check_writable
from resv.recorder import Recipe, record
from resv.scenes import scene_pictures
from resv.traces import Trace, save_trace
from resv.video import TOKENS_PER_FRAME, sample_pictures

REVISION = 1
"""Raised whenever the same recipe gives another trace, so that old files are not taken for it."""

ALL_LAYERS, ALL_KV_HEADS = tuple(range(6)), (0, 1)


@dataclass(frozen=True)
class Named:
    """A named trace.

    Attributes
    ----------
    frames : int
    fps : float
        Frames a second of the film or scene.
    recipe : Recipe
    synthetic : bool
        Made-up scenes instead of the film.
    """

    frames: int
    fps: float
    recipe: Recipe
    synthetic: bool = False

    @property
    def tokens(self) -> int:
        """Tokens of the trace."""
        text = self.recipe.system_tokens + self.recipe.question_tokens + self.recipe.decoded_tokens
        return text + self.frames * TOKENS_PER_FRAME

    @property
    def digest(self) -> str:
        """Names all that the trace depends on, machine apart."""
        source = "scenes" if self.synthetic else film.CLIP_SHA256
        about = repr((REVISION, DecoderSize(), self, source))
        return hashlib.sha256(about.encode()).hexdigest()[:12]


_FILM = {
    "T1": Named(196, 2, Recipe(layers=(0, 1, 2, 3), kv_heads=ALL_KV_HEADS, frames_per_step=4)),
    "T2": Named(600, 2, Recipe(layers=ALL_LAYERS, kv_heads=ALL_KV_HEADS, frames_per_step=4)),
    "T3": Named(4_000, 8, Recipe(regime="isotropic", layers=(1,), frames_per_step=10)),
}
TRACES = _FILM | {
    f"{name}s": Named(named.frames, named.fps, named.recipe, synthetic=True)
    for name, named in _FILM.items()
}
"""The named traces by name."""


def cache_folder() -> Path:
    """Where named traces lie: ``vrex-open/traces`` in ``$XDG_CACHE_HOME``, or in ``~/.cache``."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "vrex-open" / "traces"


def path_of(name: str) -> Path:
    """Where a named trace lies, or will lie.

    Raises
    ------
    ValueError
        If the name is unknown; the message lists those that are known.
    """
    if name not in TRACES:
        raise ValueError(f"trace must be one of {', '.join(TRACES)}, not {name!r}")
    return cache_folder() / f"{name}-{TRACES[name].digest}.safetensors"


def find(name: str) -> Path:
    """Where a named trace lies.

    Raises
    ------
    ValueError
        If the name is unknown.
    FileNotFoundError
        If it has not been made yet.
    """
    path = path_of(name)
    if not path.is_file():
        message = f"trace {name} has not been made yet: run `make traces`"
        if f"{name}s" in TRACES and path_of(f"{name}s").is_file():
            message += f", or take {name}s, which is there"
        raise FileNotFoundError(message)
    return path


def resolve(text: str | Path) -> Path:
    """A trace by file or by name; a file of that name comes first.

    What looks like a path (it exists, or has a folder or an ending) is taken for one.

    Raises
    ------
    ValueError, FileNotFoundError
        If it is neither, or the named trace has not been made yet.
    """
    path, text = Path(text), str(text)
    if path.exists() or path.suffix or len(path.parts) > 1:
        return path
    if text not in TRACES:
        raise ValueError(f"trace must be a file or one of {', '.join(TRACES)}, not {str(path)!r}")
    return find(text)


def several(paths: Iterable[Path], load: Callable[[Path], Trace]) -> dict[str, Trace]:
    """Traces by the name they were given; of a file its name without ending.

    Parameters
    ----------
    paths : iterable of Path
        Files, or names.
    load : callable
        Reads one of them.

    Raises
    ------
    ValueError
        If two are the same trace.
    """
    loaded: dict[str, Trace] = {}
    hashes: dict[str | None, Path] = {}
    for path in paths:
        trace = load(path)
        if trace.sha256 in hashes:
            raise ValueError(
                f"traces must be different ones, not {path} and {hashes[trace.sha256]}"
            )
        hashes[trace.sha256] = path
        is_name = resolve(path) != path
        name = str(path) if is_name or path.stem in loaded else path.stem
        loaded[name] = trace
    return loaded


def make(name: str, watch: Callable[[Iterable, int], Iterable[Any]] | None = None) -> Path:
    """Generate a named trace, unless it is there.

    Parameters
    ----------
    name : str
        One of ``TRACES``.
    watch : callable, optional
        Is given the pictures and their number, and yields them: shows progress.

    Returns
    -------
    Path

    Raises
    ------
    ValueError
        If the name is unknown.
    film.Unavailable
        If the film cannot be had.
    ImportError, OSError
        If PyAV is missing, or the file cannot be written.
    """
    path, named = path_of(name), TRACES[name]
    if path.is_file():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    check_writable(path)
    if named.synthetic:
        pictures = scene_pictures(named.frames, named.fps, named.recipe.seed)
        source = f"{named.frames} pictures of made-up scenes at {named.fps} FPS"
    else:
        pictures = sample_pictures(film.get(cache_folder().parent), named.fps, named.frames)
        source = f"{film.CREDIT}; {named.frames} frames at {named.fps} FPS"
    if watch:
        pictures = watch(pictures, named.frames)
    save_trace(path, record(pictures, named.recipe, {"source": source, "name": name}))
    return path
