"""Figures as tables, CSV and pictures."""

import csv
import io
import textwrap
from pathlib import Path
from typing import Any

from resv.files import atomic_writer
from resv.laboratory.plots import pyplot
from resv.system.figures.base import Figure, Value

COLUMNS = ("figure", "what", "unit", "paper", "mode", "ours", "error_percent", "fitted", "why")
LINE, LETTERS = 0.125, 19
"""Inches of a line of a picture's notes; letters of an inch."""

COLUMNS_OF_LEGEND = 3

COLORS = {"paper": "#8a8a8a", "stated": "#b5422c", "calibrated": "#2f6f9f", "ours": "#4f9d69"}


def header(figure: Figure) -> list[str]:
    """Names of the columns of `rows`; those of the paper only if it has a number."""
    columns = ["what", "unit"]
    if not _compared(figure):
        return [*columns, *figure.modes, "why"]
    columns.append("paper")
    for mode in figure.modes:
        columns += [mode, "error"]
    return [*columns, "fit", "why"]


def rows(figure: Figure) -> list[list[str]]:
    """A row for each value; errors are signed, in % of the paper's."""
    compared, found = _compared(figure), []
    for value in figure.values:
        row = [value.what, value.unit]
        if compared:
            row.append("" if value.paper is None else number(value.paper))
        for mode in figure.modes:
            own, error = value.ours.get(mode, ""), value.error(mode)
            row.append(number(own) if isinstance(own, float) else ("none" if own else ""))
            if compared:
                row.append("" if error is None else f"{100 * error:+.0f} %")
        if compared:
            row.append(value.mark if "calibrated" in figure.modes else "")
        found.append([*row, figure.why(value)])
    return found


def _compared(figure: Figure) -> bool:
    return any(value.paper is not None for value in figure.values)


def number(value: float) -> str:
    """Three digits, or all before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def write_csv(figure: Figure, path: Path) -> None:
    """A row for each value and mode."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for value in figure.values:
        for mode, own in value.ours.items():
            error = value.error(mode)
            writer.writerow(
                [
                    figure.name, value.what, value.unit, value.paper, mode,
                    f"{own:.6g}" if isinstance(own, float) else "",
                    "" if error is None else f"{100 * error:.2f}", int(value.fitted),
                    figure.why(value),
                ]
            )  # fmt: skip
    with atomic_writer(path) as file:
        file.write(text.getvalue().encode())


def draw(figure: Figure, path: Path) -> None:
    """A picture: bars of paper and modes, a panel for each unit, or what the figure draws itself.

    Raises
    ------
    ImportError, OSError
        If matplotlib is missing, or the file cannot be written.
    """
    plots = pyplot()
    if figure.draw is not None:
        drawing, panels = _drawn(figure, plots)
    else:
        drawing, panels = _bars(figure, plots)
    for axis in panels:
        axis.spines[["top", "right"]].set_visible(False)
    foot = _foot(figure, drawing)
    if figure.draw is not None:
        panels[-1].legend(fontsize=7, frameon=False)
    else:
        labels = _labels(figure, plots)
        drawing.legend(
            handles=labels, loc="lower left", bbox_to_anchor=(0, foot), borderpad=0.1,
            ncols=COLUMNS_OF_LEGEND, fontsize=7, frameon=False,
        )  # fmt: skip
        foot += 1.3 * LINE * -(-len(labels) // COLUMNS_OF_LEGEND) / drawing.get_figheight()
    drawing.get_layout_engine().set(rect=(0, foot, 1, 1 - foot))
    drawing.suptitle(f"{figure.name}: {figure.title}", fontsize=9)
    drawing.savefig(path, dpi=100, metadata={"Software": None})
    plots.close(drawing)


def _foot(figure: Figure, drawing: Any) -> float:
    """Notes below a picture, which grows by them; the part of its height that they take."""
    width = round(LETTERS * drawing.get_figwidth())
    lines = [line for note in _said(figure) for line in textwrap.wrap(note, width)]
    height = LINE * (len(lines) + 1)
    drawing.set_figheight(drawing.get_figheight() + height)
    foot = height / drawing.get_figheight()
    drawing.text(
        0.01, foot - 0.3 * LINE / drawing.get_figheight(), "\n".join(lines), fontsize=6.5, va="top",
        color="#404040",
    )  # fmt: skip
    return foot


def _said(figure: Figure) -> list[str]:
    """The notes, and all that is not reproduced, by its reason."""
    missed: dict[str, list[str]] = {}
    for value in figure.values:
        if "not reproduced" in figure.why(value):
            missed.setdefault(figure.why(value), []).append(value.what)
    return [*figure.notes, *(f"✗ {', '.join(which)}: {why}." for why, which in missed.items())]


def _drawn(figure: Figure, plots: Any) -> tuple[Any, list[Any]]:
    """Panels that the figure draws itself: one, or one for each of its modes that has one."""
    modes = figure.panels or ("",)
    drawing, axes = plots.subplots(
        1, len(modes), figsize=(max(8.5, 5.2 * len(modes)), 4.6), layout="constrained",
        squeeze=False, sharey=True,
    )  # fmt: skip
    for axis, mode in zip(axes[0], modes, strict=True):
        figure.draw(figure, axis, mode)
        axis.set_title(mode, fontsize=8)
        axis.label_outer()
    return drawing, list(axes[0])


def _bars(figure: Figure, plots: Any) -> tuple[Any, list[Any]]:
    """Panels with a group of bars for each value."""
    units = list(dict.fromkeys(value.unit for value in figure.values))
    groups = [[value for value in figure.values if value.unit == unit] for unit in units]
    wide = min(14.0, max(6.0, 0.36 * len(figure.values) + 1.2 * len(units)))
    drawing, axes = plots.subplots(
        1, len(units), figsize=(wide, 4.4), layout="constrained", squeeze=False,
        width_ratios=[len(group) + 1 for group in groups],
    )  # fmt: skip
    for axis, unit, group in zip(axes[0], units, groups, strict=True):
        _panel(axis, group, ["paper", *figure.modes])
        axis.set_ylabel(unit)
        if figure.log and _wide(group):
            axis.set_yscale("log")
    return drawing, list(axes[0])


def _labels(figure: Figure, plots: Any) -> list[Any]:
    """What the legend of bars shows."""

    def bar(label: str, name: str, *, fitted: bool = False) -> Any:
        return plots.Rectangle((0, 0), 1, 1, label=label, **_bar(name, fitted=fitted))

    found = [bar(name, name) for name in ("paper", *figure.modes)]
    if "calibrated" in figure.modes and any(one.fitted for one in figure.values):
        found.append(bar("calibrated, fitted to it: no evidence", "calibrated", fitted=True))
    if any(one.reproduced is False for one in figure.values):
        label = "not reproduced (calibrated off by > 20 %)"
        cross = plots.Line2D([], [], linestyle="", marker="x", color=COLORS["stated"], label=label)
        found.append(cross)
    return found


def _wide(values: list[Value]) -> bool:
    """Whether bars differ so much that a logarithmic axis shows more."""
    tall = [x for one in values for x in (one.paper, *one.ours.values()) if isinstance(x, float)]
    tall = [x for x in tall if x > 0]
    return bool(tall) and max(tall) > 30 * min(tall)


def _bar(name: str, *, fitted: bool) -> dict[str, Any]:
    """How a bar looks; one of calibrated that something was fitted to is hatched."""
    own = {"facecolor": COLORS[name]}
    if name == "calibrated" and fitted:
        own |= {"hatch": "/////", "edgecolor": "white", "linewidth": 0}
    return own


def _panel(axis: Any, values: list[Value], names: list[str]) -> None:
    """Bars side by side; a cross over what calibrated does not reproduce."""
    width = 0.8 / len(names)
    for place, name in enumerate(names):
        heights = [(one.paper if name == "paper" else one.ours.get(name)) for one in values]
        heights = [height if isinstance(height, float) else 0.0 for height in heights]
        at = [n + width * (place - (len(names) - 1) / 2) for n in range(len(heights))]
        bars = axis.bar(at, heights, width, label=name, color=COLORS[name])
        for bar, one in zip(bars, values, strict=True):
            bar.update(_bar(name, fitted=one.fitted))
    for n, one in enumerate(values):
        tall = [x for x in (one.paper, *one.ours.values()) if isinstance(x, float)]
        if one.reproduced is False:
            axis.text(n, max(tall), "✗", ha="center", va="bottom", fontsize=8, color="#b5422c")
    labels = [one.what for one in values]
    axis.set_xticks(range(len(values)), labels, rotation=60, ha="right", fontsize=6.5)
