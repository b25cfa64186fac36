"""Answer: every policy on every machine that can do it, at the paper's lengths."""

from collections.abc import Callable, Sequence
from typing import Any

from resv.system.figures import texts
from resv.system.figures.base import LENGTHS, Figure, Value, each, result, short
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

                found = each(modes, time)
                values.append(Value(f"{machine} {name} {kind}, {short(tokens)}", "ms", found))
    title = "Every policy on the paper's machines, one stream"
    return Figure("policies", title, tuple(values), texts.notes("policies"), _draw)


def _draw(figure: Figure, axis: Any) -> None:
    """Frames on the edge over the length, in the last but one of the modes, or the only one."""
    mode = "calibrated" if "calibrated" in figure.modes else figure.modes[0]
    of = {value.what: value.ours.get(mode) for value in figure.values}
    edge = [case for case in cases() if case[0] in DRAWN]
    for n, (machine, name) in enumerate(edge):
        points = [(x, of[f"{machine} {name} frame, {short(x)}"]) for x in LENGTHS]
        axis.plot(
            *zip(*[one for one in points if isinstance(one[1], float)], strict=True),
            color=f"C{n}", marker="ovs^"[n % 4], markersize=3, linewidth=1.2,
            linestyle="-" if machine == "v-rex8" else "--", label=f"{machine}, {name}",
        )  # fmt: skip
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_xlabel("cached tokens")
    axis.set_ylabel(f"ms a frame, {mode}")
