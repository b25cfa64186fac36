"""Answer: where the energy of a frame goes."""

from collections.abc import Callable, Sequence
from typing import Any

from resv.system.figures import texts
from resv.system.figures.base import Figure, Value, result, short
from resv.system.modes import Options

LENGTHS = (1_000, 10_000, 40_000, 200_000)
OPTIONS = Options(kv_bits=8)
PARTS = ("chip", "near memory", "link", "far memory")


def energy(modes: Sequence[str], say: Callable[[str], None]) -> Figure:
    """Joules of a frame on V-Rex8, part by part, and what Table I's power leaves."""
    values = []
    for tokens in LENGTHS:
        say(short(tokens))
        of = {
            mode: result(
                "frame", mode, "v-rex8", None if mode == "ours" else "kvmu", tokens, 1,
                OPTIONS if mode == "ours" else None,
            ).energy
            for mode in modes
        }  # fmt: skip
        parted = {mode: one for mode, one in of.items() if one.parts}
        for part in PARTS:
            ours = {mode: one.parts[part] for mode, one in parted.items()}
            values.append(Value(f"{short(tokens)}, {part}", "J", ours))
        for what, energies in (
            ("all parts", {mode: one.total for mode, one in parted.items()}),
            ("Table I", {mode: one.table for mode, one in of.items()}),
            ("gap", {mode: one.gap for mode, one in parted.items()}),
        ):
            values.append(Value(f"{short(tokens)}, {what}", "J", energies))
    values = [value for value in values if value.ours]
    title = "Energy of a frame on V-Rex8 by parts, one stream"
    return Figure("energy", title, tuple(values), texts.notes("energy"), _draw)


def _draw(figure: Figure, axis: Any, mode: str) -> None:
    """A stacked bar for each length and mode; a line where Table I's power is."""
    of = {value.what: value.ours for value in figure.values}
    bars = [(tokens, mode) for tokens in LENGTHS for mode in figure.modes]
    foot = [0.0] * len(bars)
    for n, part in enumerate(PARTS):
        tall = [of.get(f"{short(tokens)}, {part}", {}).get(mode, 0.0) for tokens, mode in bars]
        axis.bar(range(len(bars)), tall, 0.6, bottom=foot, color=f"C{n}", label=part)
        foot = [a + b for a, b in zip(foot, tall, strict=True)]
    top = 1.5 * max(foot) or None
    for x, (tokens, mode) in enumerate(bars):
        level = of[f"{short(tokens)}, Table I"][mode]
        if top is None or level < top:
            axis.plot([x - 0.4, x + 0.4], [level, level], color="black", linewidth=1)
        else:  # bars would be too small to be seen
            axis.text(x, 0.99 * top, f"↑ {level:.0f}", ha="center", va="top", fontsize=8)
    axis.set_ylim(0, top)
    axis.plot([], [], color="black", label="Table I's power x time")
    axis.set_xticks(range(len(bars)), [f"{short(n)}\n{mode}" for n, mode in bars], fontsize=7)
    axis.set_ylabel("joules a frame")
