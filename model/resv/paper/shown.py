"""One figure: a table, what the paper has, what came out, and a picture."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resv.files import atomic_writer
from resv.laboratory.plots import pyplot

Say = Callable[[str], None]
Value = str | int | float


@dataclass(frozen=True, eq=False)
class Shown:
    """What a figure shows.

    Attributes
    ----------
    title : str
    header : list of str
        Names of the columns.
    rows : list of list
        Texts and numbers.
    paper, ours, why : str
        The paper's value, this one, and why they differ.
    draw : callable
        Draws it on axes of matplotlib, or on a row of them.
    panels : int
        How many beside each other; 1: ``draw`` is given one, no row.
    """

    title: str
    header: list[str]
    rows: list[list[Value]]
    paper: str
    ours: str
    why: str
    draw: Callable[[Any], None]
    panels: int = 1

    def texts(self) -> list[list[str]]:
        """Rows for people."""
        return [[x if isinstance(x, str) else f"{x:.4g}" for x in row] for row in self.rows]

    def save(self, csv: Path) -> None:
        """Write the rows as CSV; the file appears when it is complete."""
        with atomic_writer(csv) as file:
            for row in [self.header, *self.rows]:
                file.write((",".join(str(x) for x in row) + "\n").encode())

    def picture(self, png: Path, name: str) -> None:
        """Draw it, with the trace's name.

        Raises
        ------
        ImportError, OSError
            If matplotlib is missing, or the file cannot be written.
        """
        plots = pyplot()
        size = (7.5, 3.8) if self.panels == 1 else (4 * self.panels + 1.5, 3.8)
        figure, axes = plots.subplots(1, self.panels, figsize=size, layout="constrained")
        row = [axes] if self.panels == 1 else list(axes)
        self.draw(axes if self.panels == 1 else row)
        for axis in row:
            axis.spines[["top", "right"]].set_visible(False)
            axis.grid(color="#e6e6e6", linewidth=0.6)
        figure.suptitle(f"{self.title}: {name}", fontsize=9)
        entries = [axis.get_legend_handles_labels() for axis in row]
        found = {text: line for one in entries for line, text in zip(*one, strict=True)}
        if found:
            figure.legend(
                found.values(), found.keys(), loc="outside right upper", fontsize=8, frameon=False
            )
        figure.savefig(png, dpi=110, metadata={"Software": None})
        plots.close(figure)
