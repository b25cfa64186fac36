"""Cycles of the DRE for a chunk in one layer and KV head: as drawn in the paper, or as measured.

What does not fit the memories of HCU and WTU comes from near memory again and again (D153).
"""

import json
import re
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from resv.system import fields

HASH_BITS, HASH_LANES, ROW_LANES = 32, 16, 16
"""The paper's N_hp, N_HCU_w and N_WTU_w."""

BUCKETS, SCANNED = 20, 0.5
"""Buckets of a row in the paper's drawing; how many of them are gone through (assumed: half)."""

HASH_CLUSTERS, ROW_SCORES = 1_024, 4_096
"""What its memories hold: 4 KB of hash bits, 8 KB of scores."""

ENTRY_BYTES, COUNT_BYTES, SCORE_BYTES = 8, 2, 2
"""Of our table in near memory, and of a score there (D95, D146)."""

OUR_HASH_LANES = 10
"""Tokens of a chunk for which our HCU reads the table once."""

BENCH = Path("build/bench/dre.json")
DESIGN = Path("hw/dre")


@dataclass(frozen=True)
class Prediction:
    """Choosing, for one chunk in one layer and KV head.

    Attributes
    ----------
    cycles : float
        Of HCU and WTU beside each other, the longer one.
    spilled_bytes : float
        Read from near memory because they fit nowhere else.
    """

    cycles: float
    spilled_bytes: float


def drawn(tokens: int, rows: int, clusters: float) -> Prediction:
    """The paper's units: one comparison at a time, rows in buckets, one core.

    Parameters
    ----------
    tokens, rows : int
        Of the chunk; rows are its tokens times the query heads of a KV head.
    clusters : float
        That there are.
    """
    hcu = tokens * clusters * HASH_BITS / HASH_LANES
    wtu = rows * clusters / ROW_LANES * (2 + BUCKETS * SCANNED)
    hashes = tokens * max(0.0, clusters - HASH_CLUSTERS) * HASH_BITS / 8
    over = max(0.0, clusters - ROW_SCORES)
    scores = rows * over * 4 * (1 + BUCKETS * SCANNED)
    return Prediction(max(hcu, wtu), hashes + scores)


@dataclass(frozen=True)
class Measured:
    """Cycles of our units, simulated, by number of clusters, for a frame of 10 tokens and 40 rows.

    Attributes
    ----------
    clusters, cycles : tuple of float
        Ascending; beyond the last one a line through the last two goes on.
    source : str
    """

    clusters: tuple[float, ...]
    cycles: tuple[float, ...]
    source: str

    def __call__(self, tokens: int, rows: int, clusters: float) -> Prediction:
        """As `drawn`. Cycles grow with the rows; reading near memory is within them."""
        x, y = np.array(self.clusters), np.array(self.cycles)
        if clusters > x[-1]:
            found = y[-1] + (clusters - x[-1]) * (y[-1] - y[-2]) / (x[-1] - x[-2])
        else:
            found = float(np.interp(clusters, x, y))
        return Prediction(found * max(rows, 1) / 40, _table_bytes(tokens, rows, clusters))


def _table_bytes(tokens: int, rows: int, clusters: float) -> float:
    """What our units read of near memory: entries for so many tokens at once, counts of the chunk;
    for rows that the chip does not hold counts twice, and the scores again.
    """
    entries = -(-tokens // OUR_HASH_LANES) * clusters * ENTRY_BYTES
    if clusters <= ROW_SCORES:
        return entries + clusters * COUNT_BYTES
    return entries + rows * clusters * (2 * COUNT_BYTES + SCORE_BYTES)


@cache
def measured(root: Path | None = None) -> Measured:
    """From the bench's own results if they are there, else from the copy in this package.

    Parameters
    ----------
    root : Path or None
        Of the project; None: where this file lies, if that is a project.

    Warns
    -----
    UserWarning
        If the results are older than the design.
    """
    root = Path(__file__).parents[3] if root is None else root
    bench = root / BENCH
    if not bench.is_file():
        return _committed()
    design = max((path.stat().st_mtime for path in (root / DESIGN).rglob("*.py")), default=0.0)
    if bench.stat().st_mtime < design:
        warnings.warn(
            f"{BENCH} is older than the design: the committed cycles are used; "
            "`make bench CORE=dre` measures again",
            stacklevel=2,
        )
        return _committed()
    return _of_bench(bench)


def _of_bench(path: Path) -> Measured:
    try:
        figures = json.loads(path.read_text(encoding="utf-8"))
        points = cycles_of(figures)
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path}: must be figures of `make bench CORE=dre`: {error!r}") from None
    if len(points) < 2:
        raise ValueError(f"{path}: results must have two figures of prediction, not {len(points)}")
    return Measured(*zip(*points, strict=True), str(BENCH))


def cycles_of(figures: Iterable[Mapping[str, Any]]) -> list[tuple[float, float]]:
    """Clusters, and cycles of the longer unit, ascending, in figures of the bench.

    Where figures have as many clusters, the mean of their cycles. Figures of something else are
    left out.
    """
    points: dict[float, list[float]] = {}
    for figure in figures:
        clusters = re.search(r"([\d,]+) clusters", figure["trace"] or "")
        cycles = re.match(r"HCU ([\d,]+), WTU ([\d,]+) cycles", figure["baseline"] or "")
        if figure["figure"].startswith("prediction") and clusters and cycles:
            both = [float(text.replace(",", "")) for text in cycles.groups()]
            points.setdefault(float(clusters[1].replace(",", "")), []).append(max(both))
    return sorted((count, sum(found) / len(found)) for count, found in points.items())


def _committed() -> Measured:
    found = fields.parse(fields.DATA / "cycles.toml")
    points = sorted(zip(found["clusters"], found["cycles"], strict=True))
    return Measured(*zip(*points, strict=True), found["source"])
