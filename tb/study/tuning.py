"""Leave one clip out: each clip is judged with the setting that the other clips chose."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import product

from resv.laboratory import Row, by_policy
from resv.laboratory.summary import grouped
from resv.policies.cells import Cell
from resv.policies.kmeans import KMeans
from resv.policies.plus import ReSVPlus
from resv.policies.retrieval import ReSVPolicy
from resv.policies.segments import Segment

GRIDS = {
    "segment": tuple(
        Segment(similarity=similarity, longest=longest).label
        for similarity, longest in product((0.8, 0.9, 0.95), (8, 16, 32))
    ),
    "cell": tuple(Cell(frames=frames).label for frames in (8, 16, 32, 64)),
    "kmeans": tuple(KMeans(clusters=clusters).label for clusters in (3, 5, 8, 10)),
    "resv": tuple(ReSVPolicy(Th_hd=Th_hd).label for Th_hd in (3, 5, 6, 7, 9)),
    "resv_plus": tuple(
        ReSVPlus(Th_hd=Th_hd, energy=energy).label
        for Th_hd, energy in product((5, 7, 9), (0.85, 0.9, 0.95))
    ),
}
"""What is tried, by policy; their other parameters are not tuned, and the others have none that is
no method of its own."""

RATIOS = (0.1, 0.2, 0.33)
MOST = 2.0
"""Table bytes and operations over those of ReSV as published, on the same traces."""

TRIED = MOST / 1.1
"""The same where settings are chosen: other clips, and other seeds, cost up to a tenth more."""


def held_out(policy: str) -> str:
    """Label of what was tuned on other clips."""
    return f"{policy}, held out"


HELD_OUT = held_out("resv_plus")


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


def error(rows: Iterable[Row], policy: str, table: str = "ratio") -> float:
    """Output error of frames, mean over traces and `RATIOS`."""
    found = [one.output_error for one in by_policy(_frames(rows, policy, table)).values()]
    return sum(found) / len(found)


def _frames(rows: Iterable[Row], policy: str, table: str = "ratio") -> list[Row]:
    """Rows of a policy, frames."""
    return [row for row in rows if (row.policy, row.kind, row.table) == (policy, "frames", table)]


def chosen(rows: Iterable[Row], grid: Sequence[str] = GRIDS["resv_plus"]) -> dict[str, str]:
    """For each clip, the setting of least error on all other clips that costs no more than `TRIED`.

    At equal ratio; if some setting does not reach a ratio somewhere, where it would retrieve more
    than the others, at equal k.

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
    rows = [row for row in rows if row.policy in ("resv", *grid)]
    reached = all(row.reached for label in grid for row in _frames(rows, label))
    table = "ratio" if reached else "equal_k"
    by_clip: Mapping[tuple, list[Row]] = grouped(rows, ("clip",))
    if len(by_clip) < 2:
        raise ValueError(f"rows must be of two clips or more, not {len(by_clip)}")
    result = {}
    for (clip,) in by_clip:
        others = [row for (other,), own in by_clip.items() if other != clip for row in own]
        cheap = [label for label in grid if max(costs(others, label)) <= TRIED]
        if not cheap:
            raise ValueError(f"grid must have a setting that costs at most {TRIED:.2f} times ReSV")
        result[clip] = min(cheap, key=lambda label: error(others, label, table))
    return result
