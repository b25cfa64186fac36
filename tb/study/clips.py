"""The traces of the study: eight parts of one film, five sets of random weights, three regimes."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from resv import film, named_traces
from resv.recorder import Recipe, record
from resv.traces import save_trace
from resv.video import TOKENS_PER_FRAME, sample_pictures

STARTS = (8, 68, 128, 188, 248, 308, 368, 428)
"""Seconds of the film at which the clips begin; the titles behind 490 s are left out."""

FRAMES, FPS = 100, 2
"""50 seconds a clip, so that no two have a picture in common."""

SEEDS = (1, 2, 3, 4, 5)
"""Of the weights. The named traces T1 to T3, which methods were tried on first, have 0."""

REGIMES = ("calibrated", "isotropic", "strong_bias")

REVISION = 1
"""Raised whenever the same part gives another trace."""


@dataclass(frozen=True)
class Part:
    """One trace of the study.

    Attributes
    ----------
    start : int
        Second of the film.
    seed : int
    regime : str
    """

    start: int
    seed: int
    regime: str = "calibrated"

    @property
    def clip(self) -> str:
        """What intervals take for a clip."""
        return f"film at {self.start} s"

    @property
    def name(self) -> str:
        """For tables and files."""
        return f"{self.regime}-{self.start}-{self.seed}"

    @property
    def recipe(self) -> Recipe:
        """Two layers of six, both KV heads."""
        return Recipe(
            regime=self.regime,
            layers=(1, 3),
            kv_heads=(0, 1),
            seed=self.seed,
            frames_per_step=4,
        )

    @property
    def path(self) -> Path:
        """Where the trace lies, or will lie."""
        about = repr((REVISION, film.CLIP_SHA256, FRAMES, FPS, self, self.recipe))
        digest = hashlib.sha256(about.encode()).hexdigest()[:12]
        return named_traces.cache_folder() / "study" / f"{self.name}-{digest}.safetensors"


def parts() -> list[Part]:
    """All of them, clip by clip."""
    return [Part(start, seed, regime) for regime in REGIMES for start in STARTS for seed in SEEDS]


def tokens(part: Part) -> int:
    """Tokens of a trace."""
    recipe = part.recipe
    text = recipe.system_tokens + recipe.question_tokens + recipe.decoded_tokens
    return text + FRAMES * TOKENS_PER_FRAME


def make(say: Callable[[str], None] = lambda line: None) -> Iterator[Part]:
    """Make the traces that are not there, and yield each part when its trace is.

    Raises
    ------
    film.Unavailable
        If the film cannot be had.
    ImportError, OSError
        If PyAV is missing, or a file cannot be written.
    """
    pictures, of = [], None
    for part in sorted(parts(), key=lambda one: one.start):
        if not part.path.is_file():
            if of != part.start:  # decoded once for all seeds
                clip = film.get(named_traces.cache_folder().parent)
                pictures, of = list(sample_pictures(clip, FPS, FRAMES, part.start)), part.start
            say(f"trace {part.name}")
            _write(part, pictures)
        yield part


def _write(part: Part, pictures: list) -> None:
    source = f"{film.CREDIT}; {FRAMES} frames at {FPS} FPS from {part.start} s"
    about = {"source": source, "clip": part.clip, "name": part.name}
    part.path.parent.mkdir(parents=True, exist_ok=True)
    save_trace(part.path, record(pictures, part.recipe, about))
