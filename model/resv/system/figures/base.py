"""What every figure is made of: the paper's value, ours in each mode, error and reason."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from resv.system import calibration, modes, paper, run
from resv.system.assumptions import DoesNotGo
from resv.system.figures import texts
from resv.system.modes import Options
from resv.system.run import Result

TOLERANCE = 0.2
"""Beyond so large an error of ``calibrated`` a value counts as not reproduced."""

LENGTHS = (1_000, 5_000, 10_000, 20_000, 40_000)
"""The paper's cached tokens."""


@dataclass(frozen=True)
class Value:
    """One number of a figure.

    Attributes
    ----------
    what, unit : str
    point : str
        The paper's name for it (`resv.system.paper`); empty if the paper has no number.
    ours : dict of str to float or str
        By mode; a text where there is no number: why not.
    why : str
        Why it differs, or what it is.
    known : float or None
        The paper's number if it has no name: a product of others, or in a machine's data file.
    made_of : tuple of str
        Names of the paper's numbers that this one follows from; if something was fitted to each of
        them, agreement here is no evidence either.
    """

    what: str
    unit: str
    ours: dict[str, float | str]
    point: str = ""
    why: str = ""
    known: float | None = None
    made_of: tuple[str, ...] = ()

    @property
    def paper(self) -> float | None:
        """The paper's number."""
        if self.known is not None:
            return self.known
        return paper.points()[self.point] if self.point else None

    @property
    def fitted(self) -> bool:
        """Something was fitted to it, or to all that it is made of: agreement is no evidence."""
        return bool(self.mark)

    @property
    def mark(self) -> str:
        """``fit`` if something was fitted to it, ``of fits`` if to all that it is made of."""
        fitted = calibration.fitted_points()
        if self.point in fitted:
            return "fit"
        return "of fits" if self.made_of and fitted.issuperset(self.made_of) else ""

    def error(self, mode: str) -> float | None:
        """Ours over the paper's, minus 1."""
        own = self.ours.get(mode)
        if self.paper is None or not isinstance(own, float):
            return None
        return own / self.paper - 1

    @property
    def reproduced(self) -> bool | None:
        """Whether ``calibrated`` comes near enough; None if that is not known."""
        error = self.error("calibrated")
        return None if error is None else abs(error) <= TOLERANCE


@dataclass(frozen=True)
class Figure:
    """A figure or table.

    Attributes
    ----------
    name, title : str
    values : tuple of Value
    notes : tuple of str
        What it says about the paper.
    draw : callable or None
        (figure, axis, mode) draws it instead of bars.
    panels : tuple of str
        Modes that have a panel each, if it draws itself; empty: one panel for all.
    log : bool
        Bars over a logarithmic axis.
    """

    name: str
    title: str
    values: tuple[Value, ...]
    notes: tuple[str, ...] = ()
    draw: Callable[["Figure", Any, str], None] | None = field(default=None, compare=False)
    panels: tuple[str, ...] = ()
    log: bool = False

    def why(self, value: Value) -> str:
        """Why a value is as it is, or has no number, or that it is not reproduced."""
        absent = [text for text in value.ours.values() if isinstance(text, str)]
        if absent:
            return absent[0]
        found = value.why or texts.why(self.name, value.point) or self._far_off(value)
        if value.reproduced is False:
            return f"not reproduced: {found}".removesuffix(": ")
        return found

    def _far_off(self, value: Value) -> str:
        """What is said of a mode in this figure, where it is not near and nothing else is said."""
        errors = {mode: value.error(mode) for mode in ("stated", "ours") if mode in value.ours}
        far = [mode for mode, error in errors.items() if error and abs(error) > TOLERANCE]
        whys = {mode: texts.why(self.name, mode) for mode in far}
        return "; ".join(f"{mode}: {why}" for mode, why in whys.items() if why)

    @property
    def modes(self) -> list[str]:
        """Modes that it has values of."""
        found = {mode for value in self.values for mode in value.ours}
        return [mode for mode in modes.MODES if mode in found]


@lru_cache(maxsize=4_096)
def result(
    kind: str, mode: str, platform: str, policy: str | None, tokens: int, batch: int = 1,
    options: Options | None = None,
) -> Result:  # fmt: skip
    """A run, made once.

    In mode ``ours`` the baselines are those of ``calibrated``: they are the paper's, not ours.
    """
    if mode == "ours" and policy not in (None, "ours", "kvmu"):
        mode = "calibrated"
    if mode == "ours":
        policy = "ours"
    call = {"frame": run.frame, "question": run.question, "token": run.token}[kind]
    return call(platform, policy, tokens=tokens, batch=batch, mode=mode, options=options)


def each(modes: Sequence[str], function: Callable[[str], float]) -> dict[str, float | str]:
    """A number for each mode, or why there is none."""
    found: dict[str, float | str] = {}
    for mode in modes:
        try:
            found[mode] = float(function(mode))
        except DoesNotGo as error:
            found[mode] = str(error)
    return found


def papers(modes: Sequence[str]) -> list[str]:
    """Those of the modes that are of the paper's machines alone: nothing of ours is in a value."""
    return [mode for mode in modes if mode != "ours"]


def short(tokens: int) -> str:
    """40,000 as ``40K``."""
    return f"{tokens / 1_000:g}K"
