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
        Draws it on axes of matplotlib.
    """

    title: str
    header: list[str]
    rows: list[list[Value]]
    paper: str
    ours: str
    why: str
    draw: Callable[[Any], None]

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
        figure, axis = plots.subplots(figsize=(7.5, 3.8), layout="constrained")
        self.draw(axis)
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(color="#e6e6e6", linewidth=0.6)
        axis.set_title(f"{self.title}: {name}", fontsize=9)
        if axis.get_legend_handles_labels()[0]:
            figure.legend(loc="outside right upper", fontsize=8, frameon=False)
        figure.savefig(png, dpi=110, metadata={"Software": None})
        plots.close(figure)
