"""Answer: how much must be in near memory already, for each of the paper's times to hold?"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from resv.system import laws, paper
from resv.system.events import run_one
from resv.system.figures import texts
from resv.system.figures.base import Figure, Value, papers, result, short
from resv.system.model import load_model
from resv.system.modes import assume
from resv.system.platform import load_platform
from resv.system.policy import policy_of
from resv.system.run import MODEL
from resv.system.work import build

AREAS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0)
"""Retrieved areas, in means of what a frame uses."""

POINTS = (
    ("frame", "v-rex8", 1, 1_000), ("frame", "v-rex8", 1, 5_000), ("frame", "v-rex8", 1, 10_000),
    ("frame", "v-rex8", 1, 20_000), ("frame", "v-rex8", 1, 40_000), ("frame", "v-rex8", 4, 40_000),
    ("frame", "v-rex8", 16, 40_000), ("frame", "v-rex48", 1, 1_000),
    ("frame", "v-rex48", 1, 40_000), ("frame", "v-rex48", 8, 40_000),
    ("token", "v-rex8", 1, 1_000), ("token", "v-rex8", 1, 40_000),
    ("token", "v-rex48", 1, 1_000), ("token", "v-rex48", 1, 40_000),
)  # fmt: skip
"""All of the paper's times."""

ROUNDED_S = 0.5e-3
"""The paper's times are whole milliseconds."""


def local_share(modes: Sequence[str], say: Callable[[str], None]) -> Figure:
    """Shares needed, and shares reached."""
    values = []
    for kind, machine, batch, tokens in POINTS if papers(modes) else ():
        seconds = paper_seconds(machine, batch, tokens, kind)
        name = machine if kind == "frame" else f"{machine} token"
        for hidden in (True, False):
            say(f"{name}, batch {batch}, {short(tokens)}")
            how = "hidden" if hidden else "not hidden"
            values.append(
                Value(
                    f"needed: {name}, batch {batch}, {short(tokens)}, "
                    f"{1e3 * seconds:.0f} ms, fetching {how}",
                    "%",
                    {
                        mode: 100 * needed(machine, batch, tokens, seconds, hidden, kind, mode)
                        for mode in papers(modes)
                    },
                )
            )
    for law in laws.committed().values() if "ours" in modes else ():
        for area in AREAS:
            reached = 100 * (1 - law.read_share("frames", area))
            what = f"reached: {law.name}, area {area:g} x the selection"
            values.append(Value(what, "%", {"ours": reached}))
    return Figure(
        "local-share",
        "Selected tokens that are in near memory: needed for the paper's times, and reached",
        tuple(values),
        texts.notes("local-share"),
        _draw,
        panels=tuple(papers(modes) or modes),
    )


def paper_seconds(machine: str, batch: int, tokens: int, kind: str = "frame") -> float:
    """The paper's time; of batches from its speedups and our time of FlexGen."""
    points = paper.points()
    if batch == 16:
        return batch / points["fps.v-rex8.16.40000"]
    if batch == 1:
        return points[f"{kind}.{machine}.1.{tokens}"] / 1e3
    place, gpu = ("edge", "agx-orin") if machine == "v-rex8" else ("server", "a100")
    base = result("frame", "calibrated", gpu, "flexgen", tokens, batch).seconds
    return base / points[f"speedup.frame.{place}.{batch}.{tokens}"]


def needed(
    machine: str, batch: int, tokens: int, seconds: float, hidden: bool, kind: str = "frame",
    mode: str = "calibrated",
) -> float:  # fmt: skip
    """Smallest share of the selection (32.7 %, text 2.5 %) that must be local; 0 if none need be.

    The engine is as in the mode, the link at its full rate. 1: not even if all is local.
    """
    platform, model, policy = load_platform(machine), load_model(MODEL), policy_of("kvmu")
    assumed = assume(mode, platform, policy, model)
    assumed = replace(assumed, hides_frames=hidden, hides_text=hidden)
    selected = (policy.frames if kind == "frame" else policy.text) * tokens
    chunk = model.frame_tokens if kind == "frame" else 1

    def holds(local: float) -> bool:
        moved = selected * (1 - local)
        one = replace(assumed, moved_tokens=lambda *_: moved)
        work = build(
            model, platform, policy, one, kind=kind, tokens=tokens, chunk=chunk, batch=batch
        )
        dram = platform.dram_rate * one.dram_efficiency
        return run_one(work, dram, platform.link_rate, one.ahead)[0] <= seconds + ROUNDED_S

    if holds(0.0):
        return 0.0
    low, high = 0.0, 1.0
    for _ in range(12):
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def _draw(figure: Figure, axis: Any, mode: str) -> None:
    """Reached over area; needed as lines across."""
    reached = laws.committed() if "ours" in figure.modes else {}
    for n, law in enumerate(reached.values()):
        points = [(x, 100 * (1 - y)) for x, y in law.residency("frames") if x <= AREAS[-1]]
        axis.plot(*zip(*points, strict=True), "o-", color=f"C{n}", markersize=3, label=law.name)
    needs = [
        (value.ours[mode], ",".join(value.what.removeprefix("needed: ").split(",")[:3]))
        for value in figure.values
        if value.what.endswith("fetching hidden") and value.ours.get(mode)
    ]
    for n, (need, name) in enumerate(sorted(needs)):
        axis.axhline(need, color="#8a8a8a", linewidth=0.8, linestyle=":")
        place = (AREAS[-1], 0.72 * AREAS[-1], 0.44 * AREAS[-1])[
            n % 3
        ]  # near ones beside each other
        axis.annotate(name, (place, need), fontsize=6.5, ha="right", va="bottom")
    axis.set_xlim(0, AREAS[-1])
    axis.set_xlabel("retrieved area, in mean selections; dotted: needed by the paper")
    axis.set_ylabel("selected tokens in near memory, %")
