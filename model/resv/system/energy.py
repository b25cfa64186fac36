"""Energy of a chunk, by component (D156)."""

from dataclasses import dataclass

from resv.system import calibration
from resv.system.platform import Platform
from resv.system.work import Work


@dataclass(frozen=True)
class Energy:
    """Joules.

    Attributes
    ----------
    total : float
        What comparisons use.
    parts : dict of str to float
        Chip, near memory, link, far memory; empty for a machine whose parts are not known.
    table : float
        By the paper's power of the whole, for all of the time.
    """

    total: float
    parts: dict[str, float]
    table: float

    @property
    def gap(self) -> float:
        """What the paper's power leaves or lacks, after the parts."""
        return self.table - sum(self.parts.values())


def energy_of(
    platform: Platform, mode: str, seconds: float, busy: dict[str, float], work: Work
) -> Energy:
    """Energy of a chunk that took ``seconds``.

    A machine with a DRE: its chip all the time, near memory by its bytes, link and far memory while
    they are used. A GPU, where fitted: one power while it computes, one while it waits. Mode
    ``stated``, and a GPU without fitted values: the paper's power of the whole.
    """
    table = platform.power_w * seconds
    fit = calibration.of(platform.name)
    if mode == "stated":
        return Energy(table, {}, table)
    if not platform.chip_w:
        if "compute_w" not in fit:
            return Energy(table, {}, table)
        engine = busy["engine"]
        return Energy(fit["compute_w"] * engine + fit["fetch_w"] * (seconds - engine), {}, table)
    parts = {
        "chip": platform.chip_w * seconds,
        "near memory": work.dram_bytes * 8 * platform.dram_pj_bit * 1e-12,
        "link": platform.link_w * busy["link"],
        "far memory": platform.far_w * busy["link"],
    }
    return Energy(sum(parts.values()), parts, table)
