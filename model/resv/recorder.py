"""From pictures to a trace: encoder, decoder, and what is kept of the decoder's layers.

Everything generated here goes through `record`: the committed excerpt, ``resv trace from-video``,
``resv trace synth`` and the named traces of ``resv.named_traces``. See docs/traces.md.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass

import ml_dtypes
import numpy as np
from numpy.typing import NDArray

from resv import checks, traces
from resv.decoder import Decoder, DecoderSize
from resv.regimes import REGIMES, Regime
from resv.tokens import Kind
from resv.traces import Trace
from resv.video import TOKENS_PER_FRAME, Encoder

TEXT_TOKENS_PER_STEP = 256
"""Text goes through the decoder in pieces: attention's memory grows with a step's tokens."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Everything about a generated trace but its pictures.

    Parameters
    ----------
    regime : str
        A name in ``resv.regimes.REGIMES``, or ``custom`` together with ``knobs``.
    knobs : Regime or None
        The regime's numbers; None: those of the named regime.
    layers, kv_heads : tuple of int
        What is kept, of 6 layers and 2 KV heads. Each KV head comes with its 4 query heads.
    seed : int
        Of encoder, decoder and text, at least 0.
    system_tokens, question_tokens, decoded_tokens : int
        Text before and behind the pictures, at least 0.
    frames_per_step : int
        Pictures that go through the decoder at once, at least 1: more is faster, and equal up to
        rounding.

    Raises
    ------
    TypeError, ValueError
        If a value is of a wrong kind or not allowed.
    """

    regime: str = "calibrated"
    knobs: Regime | None = None
    layers: tuple[int, ...] = (3,)
    kv_heads: tuple[int, ...] = (0,)
    seed: int = 0
    system_tokens: int = 16
    question_tokens: int = 16
    decoded_tokens: int = 8
    frames_per_step: int = 1

    def __post_init__(self) -> None:
        size = DecoderSize()
        if self.knobs is None:
            checks.one_of("regime", self.regime, REGIMES)
            object.__setattr__(self, "knobs", REGIMES[self.regime])
        _check_indices("layers", self.layers, size.layers)
        _check_indices("kv_heads", self.kv_heads, size.kv_heads)
        checks.integer("seed", self.seed, 0)
        for name in ("system_tokens", "question_tokens", "decoded_tokens"):
            checks.integer(name, getattr(self, name), 0)
        checks.integer("frames_per_step", self.frames_per_step, 1)

    def metadata(self) -> dict[str, str]:
        """What a trace's file says of it."""
        size = DecoderSize()
        about = {
            "format": traces.FORMAT,
            "scale": repr(1 / math.sqrt(size.head_size)),
            "model": f"resv.decoder {size}; layers {list(self.layers)}, "
            f"KV heads {list(self.kv_heads)}",
            "seed": str(self.seed),
            "rope_theta": repr(size.rope_theta),
            "weights": "random",
            "regime": self.regime,
        }
        if self.regime not in REGIMES:
            knobs = (f"{name} {value:g}" for name, value in asdict(self.knobs).items())
            about["knobs"] = ", ".join(knobs)
        return about


def record(
    pictures: Iterable[NDArray[np.uint8]], recipe: Recipe, metadata: dict[str, str] | None = None
) -> Trace:
    """Run a stream of system tokens, pictures, question and decoded tokens; keep what is asked for.

    Text tokens are random vectors, and the decoder's output is not used: what a random decoder
    would say means nothing.

    Parameters
    ----------
    pictures : iterable of uint8 [3, 384, 384]
        As ``resv.video.sample_pictures`` gives them: 10 tokens each.
    recipe : Recipe
    metadata : dict of str to str, optional
        Added to the trace's own; ``source`` belongs here.

    Returns
    -------
    Trace
        BF16 by round-to-nearest-even. Bit-exact on one machine only: matrix libraries differ.

    Raises
    ------
    ValueError
        If there is neither a picture nor a text token.
    """
    decoder = Decoder(DecoderSize(), recipe.knobs, recipe.seed, max(recipe.layers) + 1)
    frames = _play(decoder, pictures, recipe)
    parts = (
        recipe.system_tokens,
        frames * TOKENS_PER_FRAME,
        recipe.question_tokens,
        recipe.decoded_tokens,
    )
    if not sum(parts):
        raise ValueError("a trace must have at least one token, not none")
    q, k, v = _captured(decoder, recipe)
    return Trace(
        q=q,
        k=k,
        v=v,
        frame=_frame_numbers(frames, recipe),
        kind=np.repeat(np.array(Kind, np.uint8), parts),
        metadata=recipe.metadata() | (metadata or {}),
    )


def _play(decoder: Decoder, pictures: Iterable[NDArray[np.uint8]], recipe: Recipe) -> int:
    """Take the whole stream through the decoder; how many pictures there were."""
    width = DecoderSize().width
    encoder = Encoder(width, recipe.seed)
    draw = np.random.default_rng((recipe.seed, 3)).standard_normal  # 1: encoder, 2: decoder

    def text(tokens: int) -> None:
        for first in range(0, tokens, TEXT_TOKENS_PER_STEP):
            now = min(TEXT_TOKENS_PER_STEP, tokens - first)
            decoder.step(draw((now, width), np.float32))

    text(recipe.system_tokens)
    frames = 0
    for batch in _batches(pictures, recipe.frames_per_step):
        decoder.step(np.concatenate([encoder.encode(picture) for picture in batch]))
        frames += len(batch)
    text(recipe.question_tokens)
    for _ in range(recipe.decoded_tokens):
        text(1)
    return frames


def _captured(decoder: Decoder, recipe: Recipe) -> list[NDArray[ml_dtypes.bfloat16]]:
    """q, k and v of the layers and heads that are kept: bfloat16 [L, heads, T, d]."""
    size = DecoderSize()
    kv_heads = list(recipe.kv_heads)
    query_heads = np.arange(size.query_heads).reshape(size.kv_heads, -1)[kv_heads].ravel()
    q, k, v = decoder.captured(recipe.layers)
    kept = ((q, query_heads), (k, kv_heads), (v, kv_heads))
    return [array[:, heads].astype(ml_dtypes.bfloat16) for array, heads in kept]


def _frame_numbers(frames: int, recipe: Recipe) -> NDArray[np.int32]:
    """The frame of every token; -1 for system tokens, -2 for text behind the pictures."""
    system = np.full(recipe.system_tokens, -1)
    numbers = np.repeat(np.arange(frames), TOKENS_PER_FRAME)
    text = np.full(recipe.question_tokens + recipe.decoded_tokens, -2)
    return np.concatenate([system, numbers, text]).astype(np.int32)


def _batches(pictures: Iterable[NDArray], size: int) -> Iterator[list[NDArray]]:
    batch = []
    for picture in pictures:
        batch.append(picture)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _check_indices(name: str, indices: Sequence[int], count: int) -> None:
    """At least one index below ``count``, none twice."""
    if not len(indices):
        raise ValueError(f"{name} must name at least one, not none")
    for index in indices:
        checks.integer(name, index, 0, count - 1)
    if len(set(indices)) != len(indices):
        raise ValueError(f"{name} must be different from each other, not {list(indices)}")
