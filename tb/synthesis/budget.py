"""What a board's build may take, and how far it may move (``constraints/budget.toml``)."""

import tomllib

from simulate import ROOT

PATH = ROOT / "constraints" / "budget.toml"
MARGIN = 0.05
SIZES = ("luts", "flip_flops", "block_rams", "logic_cells")
CLOCKS = ("mhz",)


def of(name):
    """The budget of a board: what each figure was when it was agreed."""
    return tomllib.loads(PATH.read_text())[name]


def exceeded(budget, found):
    """Figures that are worse than the budget by more than the margin, in words.

    Parameters
    ----------
    budget, found : dict of str to float
        Figures that were not measured are not compared.

    Raises
    ------
    ValueError
        If a figure has no budget.
    """
    said = []
    for name, value in found.items():
        if name not in budget:
            raise ValueError(f"budget must have {name}: {PATH.name}")
        agreed, change = budget[name], value / budget[name] - 1
        if value > agreed * (1 + MARGIN) if name in SIZES else value < agreed * (1 - MARGIN):
            said.append(f"{name} {value:g}, budget {agreed:g} ({change:+.1%})")
    return said
