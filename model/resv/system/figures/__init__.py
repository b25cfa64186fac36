"""Figures and tables of the paper by name, and answers beyond it."""

from collections.abc import Callable, Sequence

from resv.system.figures.ablation import figure_16
from resv.system.figures.bandwidth import figure_17
from resv.system.figures.base import Figure, Value
from resv.system.figures.batches import figure_15
from resv.system.figures.coin import figure_14
from resv.system.figures.crowd import streams
from resv.system.figures.latency import figure_13a
from resv.system.figures.methods import policies
from resv.system.figures.motivation import figure_4b, figure_4c
from resv.system.figures.needs import local_share
from resv.system.figures.parts import energy
from resv.system.figures.power import figure_13b
from resv.system.figures.rates import fps
from resv.system.figures.roofline import figure_18
from resv.system.figures.tables import table_1, table_3

Maker = Callable[[Sequence[str], Callable[[str], None]], Figure]

FIGURES: dict[str, tuple[str, Maker]] = {
    "4b": ("where the time of a case goes, A100", figure_4b),
    "4c": ("where the time of a frame goes, A100", figure_4c),
    "13a": ("latency and speedup", figure_13a),
    "13b": ("energy efficiency", figure_13b),
    "14": ("an average case from end to end", figure_14),
    "15": ("sixteen streams, and what does not fit", figure_15),
    "16": ("what each part brings", figure_16),
    "17": ("bandwidth during a layer", figure_17),
    "18": ("roofline", figure_18),
    "table-1": ("machines, from their parts", table_1),
    "table-3": ("area and power of the DRE", table_3),
    "policies": ("every policy on the paper's machines", policies),
    "local-share": ("what must be in near memory, and what is", local_share),
    "fps": ("frames a second of our design, 1K to 200K", fps),
    "streams": ("1 to 16 streams with bursts, and who goes first", streams),
    "energy": ("energy of a frame by parts", energy),
}
"""Names, what they show, and what makes them of (modes, say)."""

__all__ = ["FIGURES", "Figure", "Value"]
