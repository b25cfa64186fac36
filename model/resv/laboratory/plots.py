"""The pictures of a comparison."""

from pathlib import Path
from typing import Any

from resv import extras
from resv.laboratory.comparison import Comparison

MARKERS = "osv^D<>PXph*d"
GREY = "#8a8a8a"


def pyplot() -> Any:
    """Matplotlib, for files only.

    Raises
    ------
    ImportError
        If it is not installed.
    """
    needs = "plots need matplotlib"
    extras.load("matplotlib", needs, "plot", "do without (--no-plots)").use("Agg")
    from matplotlib import pyplot as plots

    return plots


def draw(found: Comparison, folder: Path) -> list[Path]:
    """All pictures of a comparison, in a folder; returns their paths.

    Raises
    ------
    ImportError, OSError
        If matplotlib is missing, or a file cannot be written.
    """
    figures = found.figures()
    drawn = [by_ratio(found, folder / "error.png")]
    if any(key[1] == "frames" for key in figures):
        drawn.append(_by_head(found, folder / "heads.png"))
    if any(f.link_ratio > 0 for f in figures.values()):
        drawn.append(_by_link(figures, folder / "link.png"))
    return drawn


def by_ratio(found: Comparison, path: Path) -> Path:
    """Output error against retrieval ratio: a row for each trace, a column for each kind."""
    figures = found.figures()
    traces = list(dict.fromkeys(key[0] for key in figures))
    kinds = list(dict.fromkeys(key[1] for key in figures))
    figure, axes = _panels(len(traces), len(kinds))
    style = Styles(figures)
    for row, trace in zip(axes, traces, strict=True):
        for axis, kind in zip(row, kinds, strict=True):
            own = {k: f for k, f in figures.items() if k[:3] == (trace, kind, "ratio")}
            curves(axis, own, style, lambda one: one.ratio)
            axis.set_title(f"{trace}, {kind}", fontsize=9)
            axis.set_xlabel("far tokens retrieved, %")
            axis.set_ylabel("output error, %")
    return _finish(figure, axes, path)


def _by_link(figures: dict, path: Path) -> Path:
    """Output error of frames against link bytes: a panel for each trace."""
    traces = list(dict.fromkeys(key[0] for key in figures))
    figure, axes = _panels(1, len(traces))
    style = Styles(figures)
    for axis, trace in zip(axes[0], traces, strict=True):
        own = {k: f for k, f in figures.items() if k[:3] == (trace, "frames", "ratio")}
        curves(axis, own, style, lambda one: one.link_ratio)
        axis.set_title(f"{trace}, frames", fontsize=9)
        axis.set_xlabel("link bytes, % of fetching all far tokens")
        axis.set_ylabel("output error, %")
        axis.set_xscale("symlog", linthresh=0.5)
        axis.set_xticks([0, 1, 10, 100], ["0", "1", "10", "100"])
        axis.set_xticks([], minor=True)
        axis.set_xlim(left=-0.05)
    return _finish(figure, axes, path)


def curves(axis: Any, own: dict, style: "Styles", across: Any) -> None:
    """A line for each policy; hollow where the ratio asked for was not reached."""
    for key, one in own.items():
        if key[3] == "nothing":
            level = 100 * one.output_error
            axis.axhline(level, color=GREY, linestyle=":", linewidth=1)
            axis.annotate(
                "nothing retrieved", (1, level), xycoords=("axes fraction", "data"), fontsize=7,
                color=GREY, ha="right", va="bottom",
            )  # fmt: skip
    for policy in dict.fromkeys(key[3] for key in own):
        points = {
            (across(one), one.output_error): one.reached
            for key, one in own.items()
            if key[3] == policy and key[4] is not None
        }
        if not points:
            continue
        x, y = ([100 * value for value in values] for values in zip(*sorted(points), strict=True))
        color, marker = style.of(policy)
        axis.plot(x, y, color=color, linewidth=1.2, label=policy)
        for (a, b), reached in points.items():
            fill = color if reached else "white"
            axis.plot(100 * a, 100 * b, marker, color=color, markerfacecolor=fill, markersize=5)
    axis.set_ylim(bottom=0)
    axis.grid(color="#e6e6e6", linewidth=0.6)


def _by_head(found: Comparison, path: Path) -> Path:
    """Retrieval ratio of each layer and KV head, frames, at the largest ratio asked for."""
    by_head = found.by_head()
    traces = list(dict.fromkeys(key[0] for key in by_head))
    figure, axes = _panels(len(traces), 1)
    style = Styles(by_head)
    for (axis,), trace in zip(axes, traces, strict=True):
        own = {k: f for k, f in by_head.items() if k[:3] == (trace, "frames", "ratio")}
        target = max((key[4] for key in own if key[4] is not None), default=None)
        own = {k: f for k, f in own.items() if k[4] == target and target is not None}
        points_by_head(axis, own, style)
        asked = "" if target is None else f", one knob for {100 * target:g} % of the trace"
        axis.set_title(f"{trace}, frames{asked}", fontsize=9)
    return _finish(figure, axes, path)


def points_by_head(axis: Any, own: dict, style: "Styles") -> None:
    """Retrieval ratio of each layer and KV head; policies beside each other: many are equal.

    Parameters
    ----------
    axis : axes of matplotlib
    own : dict
        Part of `Comparison.by_head`: one trace, kind, table and target.
    style : Styles
    """
    by = {(key[3], *key[5:]): one for key, one in own.items()}
    heads = list(dict.fromkeys(key[5:] for key in own))
    policies = list(dict.fromkeys(key[3] for key in own))
    for number, policy in enumerate(policies):
        color, marker = style.of(policy)
        x = [n + 0.7 * (number + 0.5) / len(policies) - 0.35 for n in range(len(heads))]
        y = [100 * by[policy, *head].ratio for head in heads]
        axis.plot(x, y, marker, color=color, markersize=5, label=policy)
    axis.set_xticks(range(len(heads)), [f"{layer}.{head}" for layer, head in heads])
    axis.set_xlabel("layer.KV head")
    axis.set_ylabel("far tokens retrieved, %")
    axis.set_ylim(0, 108 * max(one.ratio for one in own.values()))
    axis.grid(color="#e6e6e6", linewidth=0.6)


class Styles:
    """A colour and a marker for each policy, the same in all pictures."""

    def __init__(self, figures: dict) -> None:
        drawn = (key[3] for key in figures if key[4] is not None)  # those with a knob
        policies = list(dict.fromkeys(drawn))
        twenty = pyplot().colormaps["tab20"].colors
        colors = [*twenty[::2], *twenty[1::2]]  # pale ones only if there are many
        self._of = {
            policy: (colors[n % len(colors)], MARKERS[n % len(MARKERS)])
            for n, policy in enumerate(policies)
        }

    def of(self, policy: str) -> tuple[Any, str]:
        return self._of[policy]


def _panels(rows: int, columns: int) -> tuple[Any, Any]:
    size = (max(4.4 * columns + 2.2, 7.5), 3.6 * rows + 0.3)
    return pyplot().subplots(rows, columns, figsize=size, layout="constrained", squeeze=False)


def _finish(figure: Any, axes: Any, path: Path) -> Path:
    """A legend of all policies, no lines that are not data; saved."""
    entries: dict[str, Any] = {}
    for axis in axes.flat:
        axis.spines[["top", "right"]].set_visible(False)
        handles, labels = axis.get_legend_handles_labels()
        entries |= dict(zip(labels, handles, strict=True))
    if entries:
        figure.legend(
            entries.values(), entries.keys(), loc="outside right upper", fontsize=8, frameon=False
        )
    figure.savefig(path, dpi=110, metadata={"Software": None})
    pyplot().close(figure)
    return path
