"""Answer: every policy on every machine that can do it, at the paper's lengths."""

from collections.abc import Callable, Sequence
from typing import Any

from resv.system.figures import texts
from resv.system.figures.base import LENGTHS, Figure, Value, each, papers, result, short
from resv.system.platform import load_platform
from resv.system.policy import POLICIES

MACHINES = ("agx-orin", "v-rex8", "a100", "v-rex48")
DRAWN = ("agx-orin", "v-rex8")


def cases() -> list[tuple[str, str]]:
    """Machines and policies: those with a DRE do the paper's ReSV on it, GPUs all the others."""
    found = []
    for machine in MACHINES:
        dre = load_platform(machine).has_dre
        names = [name for name, one in POLICIES.items() if (one.predicts == "dre") == dre]
        found += [(machine, name) for name in names if name != "ours"]
    return found


def policies(modes: Sequence[str], say: Callable[[str], None]) -> Figure:
    """Times of frames and tokens, batch 1."""
    values = []
    for machine, name in cases():
        say(f"{machine}, {name}")
        for kind in ("frame", "token"):
            for tokens in LENGTHS:

                def time(
                    mode: str, kind: str = kind, tokens: int = tokens, one=(machine, name)
                ) -> float:
                    return result(kind, mode, *one, tokens).milliseconds

                found = each(modes if name == "kvmu" else papers(modes), time)
                values.append(Value(f"{machine} {name} {kind}, {short(tokens)}", "ms", found))
    title = "Every policy on the paper's machines, one stream"
    values = [value for value in values if value.ours]
    return Figure(
        "policies", title, tuple(values), texts.notes("policies"), _draw,
        panels=tuple(papers(modes) or modes),
    )  # fmt: skip


def _draw(figure: Figure, axis: Any, mode: str) -> None:
    """Frames on the edge over the length; ours in each panel."""
    of = {value.what: value.ours.get(mode) for value in figure.values}
    own = {value.what: value.ours.get("ours") for value in figure.values}
    edge = [case for case in cases() if case[0] in DRAWN]
    for n, (machine, name) in enumerate(edge):
        points = [(x, of.get(f"{machine} {name} frame, {short(x)}")) for x in LENGTHS]
        points = [one for one in points if isinstance(one[1], float)]
        if not points:
            continue
        axis.plot(
            *zip(*points, strict=True), color=f"C{n}", marker="ovs^"[n % 4], markersize=3,
            linewidth=1.2, linestyle="-" if machine == "v-rex8" else "--",
            label=f"{machine}, {name}",
        )  # fmt: skip
    ours = [(x, own[f"v-rex8 kvmu frame, {short(x)}"]) for x in LENGTHS]
    if isinstance(ours[0][1], float):
        axis.plot(*zip(*ours, strict=True), color="black", linewidth=1.6, label="ours")
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_xlabel("cached tokens")
    axis.set_ylabel("ms a frame")
