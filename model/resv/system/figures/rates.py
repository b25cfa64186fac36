"""Answer: frames a second of our design, from 1K to 200K cached tokens."""

from collections.abc import Callable, Sequence
from typing import Any

from resv.system.figures import texts
from resv.system.figures.base import Figure, Value, each, result, short
from resv.system.memory import free_bytes
from resv.system.model import load_model
from resv.system.modes import Options
from resv.system.platform import load_platform
from resv.system.run import MODEL

LENGTHS = (1_000, 2_000, 5_000, 10_000, 20_000, 40_000, 100_000, 200_000)

DESIGNS = {
    "exact queries, 16 bits": Options(ahead=0),
    "a layer ahead, 16 bits": Options(),
    "two layers ahead, 16 bits": Options(ahead=2),
    "exact queries, 8 bits": Options(ahead=0, kv_bits=8),
    "exact queries, 4 bits": Options(ahead=0, kv_bits=4.5),
    "a layer ahead, 8 bits": Options(kv_bits=8),
    "a layer ahead, 4 bits": Options(kv_bits=4.5),
    "nothing stays, 16 bits": Options(area=0.0),
    "32.7 % selected, 8 bits": Options(case="T2@0.2", share=0.327, kv_bits=8),
    "T3, 93 % selected, 8 bits": Options(case="T3@0.3", kv_bits=8),
    "T3, 39 % selected, 8 bits": Options(case="T3@0.08", kv_bits=8),
}
"""Names, and options of mode ``ours``: T2 at the paper's Th_r, an area of twice the selection, if
nothing else is said; 4 bits have scales, 16 bits for 32 values."""

AIMED = "a layer ahead, 8 bits"
TARGETS = {40_000: 7.0, 200_000: 2.5}


def fps(modes: Sequence[str], say: Callable[[str], None]) -> Figure:
    """Frames a second of V-Rex8 with our DRE, one stream."""
    values = []
    for name, options in DESIGNS.items():
        say(name)
        for tokens in LENGTHS:

            def rate(mode: str, tokens: int = tokens, options: Options = options) -> float:
                return result("frame", mode, "v-rex8", None, tokens, 1, options).fps

            values.append(Value(f"{name}, {short(tokens)}", "FPS", each(["ours"], rate)))
    return Figure(
        "fps",
        "Frames a second of V-Rex8 with our DRE, one stream",
        tuple(values),
        (*texts.notes("fps"), _capacity(), *_targets()),
        _draw,
    )


def _capacity() -> str:
    """Up to which length nothing would have to leave near memory."""
    model = load_model(MODEL)
    most = free_bytes(load_platform("v-rex8"), model) / model.kv_bytes_all
    return (
        f"One stream of up to {most:,.0f} tokens fits near memory whole: what is offloaded below "
        "that is by choice, the paper's and here (an area of twice the selection)."
    )


def _targets() -> list[str]:
    """Whether the design's aims hold, from these numbers, by what was measured."""
    found = []
    for tokens, aim in TARGETS.items():
        rates = {
            name: result("frame", "ours", "v-rex8", None, tokens, 1, DESIGNS[name]).fps
            for name in (AIMED, "T3, 39 % selected, 8 bits", "T3, 93 % selected, 8 bits")
        }
        each_one = ", ".join(
            f"{name} {rate:.2f} ({'met' if rate >= aim else 'missed'})"
            for name, rate in rates.items()
        )
        found.append(f"Aim at {short(tokens)}: {aim:g} FPS or more; {each_one}.")
    return found


def _draw(figure: Figure, axis: Any, mode: str) -> None:
    """A line for each design over the length."""
    for n, name in enumerate(DESIGNS):
        own = figure.values[n * len(LENGTHS) : (n + 1) * len(LENGTHS)]
        points = [(x, v.ours["ours"]) for x, v in zip(LENGTHS, own, strict=True)]
        points = [(x, y) for x, y in points if isinstance(y, float)]
        color = f"C{n}" if n < 10 else "black"
        line = ":" if "T3" in name else "--" if "exact" in name else "-"
        axis.plot(
            *zip(*points, strict=True), color=color, marker="ovs^"[n % 4], linestyle=line,
            linewidth=1.2, markersize=3, label=name,
        )  # fmt: skip
    for tokens, aim in TARGETS.items():
        axis.plot([tokens], [aim], "x", color="black", markersize=8)
    axis.plot([], [], "x", color="black", label="aims")
    axis.axhline(2, color="#8a8a8a", linewidth=0.8, linestyle=":", label="the paper's real time")
    axis.set_xscale("log")
    axis.set_ylim(bottom=0)
    axis.set_xlabel("cached tokens")
    axis.set_ylabel("frames a second")
