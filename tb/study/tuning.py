"""Leave one clip out: each clip is judged with the setting that the other clips chose."""

from collections.abc import Iterable, Mapping
from itertools import product

from resv.laboratory import Row, by_policy
from resv.laboratory.summary import grouped
from resv.policies import ReSVPlus

GRID = tuple(
    ReSVPlus(Th_hd=Th_hd, energy=energy).label
    for Th_hd, energy in product((5, 7, 9), (0.85, 0.9, 0.95))
)
"""What is tried. Other parameters of ``resv_plus`` are not tuned."""

RATIOS = (0.1, 0.2, 0.33)
MOST = 2.0
"""Table bytes and operations over those of ReSV as published, on the same traces."""

HELD_OUT = "resv_plus, held out"
"""Label of what was tuned on other clips."""


def costs(rows: Iterable[Row], policy: str, of: str = "resv") -> tuple[float, float]:
    """Table bytes and operations of a policy over another's, frames, summed over traces."""
    totals = {}
    for label in (policy, of):
        found = by_policy(_frames(rows, label)).items()
        sums = [one for key, one in found if key[4] == RATIOS[0]]
        if not sums:
            raise ValueError(f"rows must have {label} at {RATIOS[0]:g}")
        totals[label] = (sum(one.table_bytes for one in sums), sum(one.operations for one in sums))
    mine, other = totals[policy], totals[of]
    return mine[0] / other[0], mine[1] / other[1]


def error(rows: Iterable[Row], policy: str) -> float:
    """Output error of frames at equal ratio, mean over traces and `RATIOS`."""
    found = [one.output_error for one in by_policy(_frames(rows, policy)).values()]
    return sum(found) / len(found)


def _frames(rows: Iterable[Row], policy: str) -> list[Row]:
    """Rows of a policy, frames at equal ratio."""
    return [row for row in rows if (row.policy, row.kind, row.table) == (policy, "frames", "ratio")]


def chosen(rows: Iterable[Row], grid: Iterable[str] = GRID) -> dict[str, str]:
    """For each clip, the setting of least error on all other clips that costs no more than `MOST`.

    Parameters
    ----------
    rows : iterable of Row
        Of ``resv`` and everything in the grid, on several clips.
    grid : iterable of str
        Labels of policies.

    Raises
    ------
    ValueError
        If there is but one clip, or no setting is cheap enough.
    """
    by_clip: Mapping[tuple, list[Row]] = grouped(rows, ("clip",))
    if len(by_clip) < 2:
        raise ValueError(f"rows must be of two clips or more, not {len(by_clip)}")
    result = {}
    for (clip,) in by_clip:
        others = [row for (other,), own in by_clip.items() if other != clip for row in own]
        cheap = [label for label in grid if max(costs(others, label)) <= MOST]
        if not cheap:
            raise ValueError(f"grid must have a setting that costs at most {MOST:g} times ReSV")
        result[clip] = min(cheap, key=lambda label: error(others, label))
    return result
