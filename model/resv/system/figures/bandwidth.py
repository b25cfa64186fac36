"""Fig. 17: what near memory does during one layer on V-Rex48."""

from collections.abc import Callable, Sequence
from typing import Any

from resv.system.figures import texts
from resv.system.figures.base import Figure, Value, each, result
from resv.system.run import Result

MACHINE, TOKENS, LAYER = "v-rex48", 40_000, 16

COLORS = {
    name: f"C{n}"
    for n, name in enumerate(
        ["qkv", "hash bits and scores", "attention", "feed-forward", "fetch", "spilled", "leaves"]
    )
} | {"written": "C8"}


def figure_17(modes: Sequence[str], say: Callable[[str], None]) -> Figure:
    """Bandwidth over one layer."""
    say("one layer")

    def run(mode: str) -> Result:
        return result("frame", mode, MACHINE, "kvmu", TOKENS)

    def peak(mode: str) -> float:
        uses = [use for use in run(mode).log if use.what.startswith("hash bits")]
        return (
            max(use.bytes / (use.end - use.begin) for use in uses if use.resource == "dram") / 1e9
        )

    def retrieval(mode: str) -> float:
        uses = [use for use in run(mode).log if use.resource == "link"]
        moved = sum(use.bytes for use in uses)
        if not moved:
            return 0.0
        return 100 * moved / sum(use.end - use.begin for use in uses) / 1.935e12

    values = (
        Value("choosing, most", "GB/s", each(modes, peak), "bandwidth.peak_gb_s"),
        Value("fetching", "% of bandwidth", each(modes, retrieval), "bandwidth.retrieval_percent"),
        Value(
            "a layer", "us", each(modes, lambda mode: 1e6 * _span(run(mode))), "bandwidth.layer_us"
        ),
    )
    title = "Near memory's bandwidth during one layer, V-Rex48, 40K"
    return Figure("17", title, values, texts.notes("17"), _draw, panels=tuple(modes))


def _layer(one: Result) -> tuple[float, float]:
    """From when to when the engine is in a layer."""
    starts = [use.begin for use in one.log if use.resource == "engine" and use.what == "qkv"]
    starts.sort()
    return starts[LAYER], starts[LAYER + 1]


def _span(one: Result) -> float:
    begin, end = _layer(one)
    return end - begin


def _draw(figure: Figure, axis: Any, mode: str) -> None:
    """Bandwidth by who uses it."""
    one = result("frame", mode, MACHINE, "kvmu", TOKENS)
    begin, end = _layer(one)
    colors: dict[str, str] = {}
    for use in one.log:
        if use.resource not in ("dram", "link") or use.end <= begin or use.begin >= end:
            continue
        if use.what == "fetched" or not use.bytes:
            continue  # over the link it takes longer, at its rate
        new = use.what not in colors
        color = colors.setdefault(use.what, COLORS.get(use.what, "C5"))
        rate = use.bytes / (use.end - use.begin) / 1e9
        span = ((use.begin - begin) * 1e6, (use.end - use.begin) * 1e6)
        axis.broken_barh([span], (0, rate), color=color, label=use.what if new else None)
    axis.set_yscale("log")
    axis.set_xlim(0, (end - begin) * 1e6)
    axis.set_xlabel("microseconds of a layer")
    axis.set_ylabel("GB/s of near memory")
