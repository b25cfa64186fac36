"""The commands ``resv trace``: look at traces, make them, cut them."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from resv import checks
from resv.console import load, print_table, progress
from resv.files import check_writable
from resv.recorder import Recipe, record
from resv.regimes import REGIMES
from resv.scenes import scene_pictures
from resv.slicing import slice_trace, tokens_of_frames
from resv.traces import Trace, describe, save_trace
from resv.video import sample_pictures

app = typer.Typer(help="Look at traces, make them, cut them.")

DEFAULTS = Recipe()
TraceFile = Annotated[
    Path, typer.Argument(metavar="TRACE", help="A trace, resv-trace/1: a file, or a name as T2.")
]
Output = Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The trace to write.")]
Layers = Annotated[str, typer.Option(help="Layers to keep, of 6: numbers with commas, or all.")]
KVHeads = Annotated[str, typer.Option(help="KV heads to keep, of 2; 4 query heads come with each.")]
Regimes = Annotated[str, typer.Option(help=f"Statistics of the keys: {', '.join(REGIMES)}.")]
Seed = Annotated[int, typer.Option(help="Seed of all weights, and of made-up scenes.")]
System = Annotated[int, typer.Option(help="Text tokens before the first frame.")]
Question = Annotated[int, typer.Option(help="Text tokens behind the last frame.")]
Decoded = Annotated[int, typer.Option(help="Decoded tokens after the question.")]


def _knob(text: str):
    return Annotated[
        float | None, typer.Option(help=f"{text} Instead of the regime's.", show_default=False)
    ]


KeyBias = _knob("Share of a key's energy that all keys have in common.")
HeadSpread = _knob("How much heads differ in that.")
LogitMean = _knob("Mean of q·k/√d, at most 0.")
SlowTilt = _knob("Energy on the slowest RoPE pair against the fastest.")
LogitSpread = _knob("Standard deviation of q·k/√d.")


@app.command()
def info(trace: TraceFile) -> None:
    """Print what a trace holds."""
    rows = {}
    for name, value in describe(load(trace)).items():
        if isinstance(value, dict):
            rows |= {f"{name} {key}": str(entry) for key, entry in value.items()}
        elif name != "warnings":  # they went to standard error
            rows[name.replace("_", " ")] = str(value)
    print_table(rows)


@app.command()
def validate(
    trace: TraceFile,
    strict: Annotated[bool, typer.Option(help="Warnings are errors too.")] = False,
) -> None:
    """Check a trace against the format; exit status 2 and one line if it is not valid."""
    loaded = load(trace)
    if strict and loaded.warnings:
        raise ValueError(f"{trace}: {loaded.warnings[0]}")
    layers, kv_heads, tokens, d = loaded.k.shape
    chunks = sum(1 for _ in loaded.chunks())
    print(f"{trace}: valid, {tokens} tokens in {chunks} chunks, {layers} × {kv_heads} heads of {d}")


@app.command("from-video")
def from_video(
    clip: Annotated[Path, typer.Argument(metavar="CLIP", help="A video that FFmpeg can read.")],
    output: Output,
    frames: Annotated[
        int | None, typer.Option(help="Frames to take.", show_default="all there are")
    ] = None,
    fps: Annotated[float, typer.Option(help="Frames a second to take.")] = 2,
    start: Annotated[float, typer.Option(help="Second of the clip to begin at.")] = 0,
    layers: Layers = "3",
    kv_heads: KVHeads = "0",
    regime: Regimes = DEFAULTS.regime,
    key_bias: KeyBias = None,
    head_spread: HeadSpread = None,
    logit_mean: LogitMean = None,
    slow_tilt: SlowTilt = None,
    logit_spread: LogitSpread = None,
    seed: Seed = 0,
    system_tokens: System = DEFAULTS.system_tokens,
    question_tokens: Question = DEFAULTS.question_tokens,
    decoded_tokens: Decoded = DEFAULTS.decoded_tokens,
) -> None:
    """Make a trace of a video: 10 tokens a frame, through a decoder of random weights."""
    recipe = _recipe(locals())
    pictures = sample_pictures(clip, fps, frames, start)
    _check_output(output, "clip", clip)
    asked = f"{frames} frames" if frames else "all frames"
    source = f"{clip.name}; {asked} at {fps:g} FPS from {start:g} s"
    _write(output, record(progress(pictures, frames, "frames"), recipe, {"source": source}))


@app.command()
def synth(
    output: Output,
    frames: Annotated[int, typer.Option(help="Frames to make.")] = 60,
    fps: Annotated[float, typer.Option(help="Frames a second: how far things move.")] = 2,
    shot_seconds: Annotated[float, typer.Option(help="Mean seconds from cut to cut.")] = 6,
    places: Annotated[int, typer.Option(help="Different places shown.")] = 12,
    layers: Layers = "3",
    kv_heads: KVHeads = "0",
    regime: Regimes = DEFAULTS.regime,
    key_bias: KeyBias = None,
    head_spread: HeadSpread = None,
    logit_mean: LogitMean = None,
    slow_tilt: SlowTilt = None,
    logit_spread: LogitSpread = None,
    seed: Seed = 0,
    system_tokens: System = DEFAULTS.system_tokens,
    question_tokens: Question = DEFAULTS.question_tokens,
    decoded_tokens: Decoded = DEFAULTS.decoded_tokens,
) -> None:
    """Make a trace without a video: drifting textures, moving shapes, cuts."""
    recipe = _recipe(locals())
    pictures = scene_pictures(frames, fps, seed, shot_seconds, places)
    _check_output(output)
    source = f"{frames} made-up pictures at {fps:g} FPS, {places} places, {shot_seconds:g} s a shot"
    _write(output, record(progress(pictures, frames, "frames"), recipe, {"source": source}))


@app.command("slice")
def cut(
    trace: TraceFile,
    output: Output,
    tokens: Annotated[
        str | None, typer.Option(help="START:STOP, STOP is not included.", show_default="all")
    ] = None,
    frames: Annotated[
        str | None, typer.Option(help="FIRST:LAST, both included.", show_default="all")
    ] = None,
    layers: Annotated[str, typer.Option(help="Layers to keep: numbers with commas.")] = "all",
    kv_heads: Annotated[str, typer.Option(help="KV heads to keep, with their queries.")] = "all",
) -> None:
    """Cut tokens, layers and KV heads out of a trace. Keys keep their positions."""
    loaded = load(trace)
    if tokens and frames:
        raise ValueError("tokens must not be given together with frames")
    start, stop = 0, None
    if tokens:
        start, stop = _range("tokens", tokens, loaded.k.shape[2])
    if frames:
        first, last = _range("frames", frames, int(loaded.frame.max()))
        start, stop = tokens_of_frames(loaded, first, last)
    _check_output(output, "trace", trace)
    part = slice_trace(
        loaded,
        start=start,
        stop=stop,
        layers=_numbers("layers", layers),
        kv_heads=_numbers("kv-heads", kv_heads),
    )
    _write(output, part)


def _recipe(given: dict) -> Recipe:
    """The recipe that the options of a command describe."""
    if given["frames"] is not None:
        checks.integer("frames", given["frames"], 1)
    knobs = {name: given[name] for name in asdict(REGIMES["isotropic"])}
    knobs = {name: value for name, value in knobs.items() if value is not None}
    names = ("regime", "seed", "system_tokens", "question_tokens", "decoded_tokens")
    plain = Recipe(
        layers=tuple(_numbers("layers", given["layers"]) or range(6)),
        kv_heads=tuple(_numbers("kv-heads", given["kv_heads"]) or range(2)),
        frames_per_step=4,
        **{name: given[name] for name in names},
    )
    if not knobs:
        return plain
    own = replace(plain.knobs, **knobs)
    return replace(plain, regime=f"{plain.regime}, changed", knobs=own)


def _numbers(name: str, text: str) -> list[int] | None:
    """``0,2,3`` as numbers; ``all`` as None."""
    if text == "all":
        return None
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise ValueError(f"{name} must be numbers with commas, or all, not {text!r}") from None


def _range(name: str, text: str, end: int) -> tuple[int, int]:
    """``3:7`` as two numbers; a missing one is the beginning or the end."""
    first, colon, last = text.partition(":")
    try:
        if not colon:
            raise ValueError
        return int(first or 0), int(last or end)
    except ValueError:
        raise ValueError(f"{name} must be two numbers with a colon, not {text!r}") from None


def _check_output(output: Path, what: str = "", source: Path | None = None) -> None:
    """Tell before long work, not after it, that the output cannot be written."""
    if source is not None and output.exists() and source.exists() and output.samefile(source):
        raise ValueError(f"output must be another file than the {what}, not {output}")
    check_writable(output)


def _write(output: Path, trace: Trace) -> None:
    sha256 = save_trace(output, trace)
    print(f"{output}: {trace.k.shape[2]} tokens, SHA-256 {sha256}")
