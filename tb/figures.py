"""Performance figures: each beside its target, its bound and a baseline of the same run."""

import json
import operator
import re
from dataclasses import asdict, dataclass

from rich.table import Table

COMPARISONS = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
    "==": operator.eq,
}


@dataclass(frozen=True)
class Figure:
    """One measured figure.

    Attributes
    ----------
    figure, trace, unit : str
        What was measured, on what, in which unit.
    value : float
    must, aim : str or None
        One comparison, as ``<= 1042``; None where nothing is demanded.
    bound : str or None
        The bound or bar: what limits the figure, or what it is to beat, with its source.
    baseline : str or None
        The same work done another way, measured in the same run.
    """

    figure: str
    trace: str
    value: float
    unit: str
    must: str | None = None
    aim: str | None = None
    bound: str | None = None
    baseline: str | None = None

    def meets(self, target):
        """Whether the value fulfils a comparison; None is always fulfilled.

        Raises
        ------
        ValueError
            If ``target`` is not one comparison with a number.
        """
        if target is None:
            return True
        parts = re.fullmatch(r"(<=|>=|==|<|>) (-?\d+(?:\.\d+)?)", target)
        if not parts:
            raise ValueError(f"a target must be a comparison like '<= 1042', not {target!r}")
        return COMPARISONS[parts[1]](self.value, float(parts[2]))


def table(title, figures):
    """The figures for people; a missed ``must`` is red."""
    shown = Table(title=title, title_justify="left")
    shown.add_column("figure")
    for column in ("trace", "value", "unit", "must", "aim", "bound or bar", "baseline"):
        shown.add_column(column, justify="right" if column == "value" else "left")
    for figure in figures:
        value = f"{figure.value:,.6g}" if figure.value < 1e5 else f"{figure.value:,.0f}"
        shown.add_row(
            figure.figure,
            figure.trace,
            value,
            figure.unit,
            *(text or "" for text in (figure.must, figure.aim, figure.bound, figure.baseline)),
            style=None if figure.meets(figure.must) else "red",
        )
    return shown


def write(path, figures):
    """The figures for programs: a JSON list of objects."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(figure) for figure in figures], indent=1) + "\n")
