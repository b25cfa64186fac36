"""Figures as tables, CSV and pictures."""

import csv
import io
from pathlib import Path
from typing import Any

from resv.files import atomic_writer
from resv.laboratory.plots import pyplot
from resv.system.figures.base import Figure

COLUMNS = ("figure", "what", "unit", "paper", "mode", "ours", "error_percent", "fitted", "why")
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
            row.append("fit" if value.fitted and "calibrated" in figure.modes else "")
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
    """A picture: bars of paper and modes, or what the figure draws itself.

    Raises
    ------
    ImportError, OSError
        If matplotlib is missing, or the file cannot be written.
    """
    plots = pyplot()
    wide = min(14.0, max(6.0, 0.42 * len(figure.values) + 2.5))
    drawing, axis = plots.subplots(figsize=(wide, 4.4), layout="constrained")
    (figure.draw or _bars)(figure, axis)
    axis.spines[["top", "right"]].set_visible(False)
    axis.set_title(f"{figure.name}: {figure.title}", fontsize=9, loc="left")
    axis.legend(fontsize=7, frameon=False)
    drawing.savefig(path, dpi=110, metadata={"Software": None})
    plots.close(drawing)


def _bars(figure: Figure, axis: Any) -> None:
    """A group for each value; a cross over what calibrated does not reproduce."""
    names = ["paper", *figure.modes]
    width = 0.8 / len(names)
    for number_of, name in enumerate(names):
        heights = [
            (value.paper if name == "paper" else value.ours.get(name)) for value in figure.values
        ]
        heights = [height if isinstance(height, float) else 0.0 for height in heights]
        places = [n + width * (number_of - (len(names) - 1) / 2) for n in range(len(heights))]
        axis.bar(places, heights, width, label=name, color=COLORS[name])
    for n, value in enumerate(figure.values):
        tall = [x for x in (value.paper, *value.ours.values()) if isinstance(x, float)]
        if value.reproduced is False:
            axis.text(n, max(tall), "✗", ha="center", va="bottom", fontsize=8, color="#b5422c")
    if any(value.reproduced is False for value in figure.values):
        axis.plot([], [], "x", color="#b5422c", label="not reproduced (calibrated off by > 20 %)")
    axis.set_xticks(range(len(figure.values)))
    labels = [f"{value.what} [{value.unit}]" for value in figure.values]
    axis.set_xticklabels(labels, rotation=60, ha="right", fontsize=6.5)
    if figure.log:
        axis.set_yscale("log")
