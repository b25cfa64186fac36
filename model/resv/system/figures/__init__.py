"""Figures and tables of the paper by name, and answers beyond it."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

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
from resv.system.modes import MODES

Maker = Callable[[Sequence[str], Callable[[str], None]], Figure]
PAPERS = MODES[:2]
OURS = MODES[2:]


class Entry(NamedTuple):
    """A figure: what it shows, what makes it of (modes, say), and the modes it has."""

    about: str
    make: Maker
    modes: tuple[str, ...] = MODES


FIGURES: dict[str, Entry] = {
    "4b": Entry("where the time of a case goes, A100", figure_4b, PAPERS),
    "4c": Entry("where the time of a frame goes, A100", figure_4c, PAPERS),
    "13a": Entry("latency and speedup", figure_13a),
    "13b": Entry("energy efficiency", figure_13b),
    "14": Entry("an average case from end to end", figure_14),
    "15": Entry("sixteen streams, and what does not fit", figure_15),
    "16": Entry("what each part brings", figure_16),
    "17": Entry("bandwidth during a layer", figure_17),
    "18": Entry("roofline", figure_18),
    "table-1": Entry("machines, from their parts", table_1, ("stated", "ours")),
    "table-3": Entry("area and power of the DRE", table_3, OURS),
    "policies": Entry("every policy on the paper's machines", policies),
    "local-share": Entry("what must be in near memory, and what is", local_share),
    "fps": Entry("frames a second of our design, 1K to 200K", fps, OURS),
    "streams": Entry("1 to 16 streams with bursts, and who goes first", streams, OURS),
    "energy": Entry("energy of a frame by parts", energy),
}
"""By name."""

__all__ = ["FIGURES", "Entry", "Figure", "Value"]
