"""Fig. 16: what each part brings, at 40K, batch 1."""

from collections.abc import Callable, Sequence
from functools import partial

from resv.system import policy
from resv.system.figures import texts
from resv.system.figures.base import Figure, Value, each, papers, result
from resv.system.figures.latency import made_of
from resv.system.link import transfer
from resv.system.platform import load_platform

TOKENS = 40_000
STEPS = (
    ("resv", "agx-orin", "AGX + ReSV"),
    ("kvpu", "v-rex8", "V-Rex8, KVPU"),
    ("kvmu", "v-rex8", "V-Rex8, all"),
)
PIECES = (
    ("512 B (a token of a head)", policy.HEAD_TOKEN),
    ("4 KB (a token)", policy.TOKEN),
    ("16 KB (a cluster)", policy.CLUSTER),
)


def figure_16(modes: Sequence[str], say: Callable[[str], None]) -> Figure:
    """Ablation, and what the size of pieces alone does."""
    values = []
    for name, machine, title in STEPS:
        say(title)

        def speedup(mode: str, name: str = name, machine: str = machine) -> float:
            base = result("frame", mode, "agx-orin", "flexgen", TOKENS).seconds
            return base / result("frame", mode, machine, name, TOKENS).seconds

        whole = name == "kvmu"
        values.append(
            Value(
                f"{title}, speedup", "x", each(modes if whole else papers(modes), speedup),
                f"ablation.{name}", made_of=made_of("frame", "edge", TOKENS) if whole else (),
            )
        )  # fmt: skip
    for name, machine, title in STEPS[:2]:
        values.append(
            Value(
                f"{title}, choice", "% of time",
                each(papers(modes), lambda mode, one=(machine, name): _choice(mode, *one)),
                f"ablation.{name}_choice_percent",
            )
        )  # fmt: skip
    for title, size in PIECES:
        say(title)
        values.append(
            Value(
                f"link, {title}", "ms",
                each(papers(modes), partial(_fetching, size=size)),
            )
        )  # fmt: skip
    return Figure(
        "16",
        "What each part brings at 40K, batch 1, over FlexGen on AGX Orin",
        tuple(values),
        texts.notes("16"),
    )


def _choice(mode: str, machine: str, name: str) -> float:
    """Share of the time in which something is chosen, hidden or not."""
    one = result("frame", mode, machine, name, TOKENS)
    on_engine = sum(
        use.end - use.begin for use in one.log if use.what == "choice" and use.resource == "engine"
    )
    return 100 * (on_engine + one.busy["dre"]) / one.seconds


def _fetching(mode: str, size: int) -> float:
    """Milliseconds in which the link brings what a frame needs, in pieces of so many bytes."""
    work = result("frame", mode, "v-rex8", "kvmu", TOKENS).work
    asked = sum(layer.fetch.useful_bytes for layer in work.layers if layer.fetch)
    return 1e3 * transfer(load_platform("v-rex8"), asked, size, packets=False).seconds
