"""A chunk of rows that is given to the WTU, and what the WTU says of it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from dre.layouts import RowStatus, ScoreMode

K_LEAST = 2**15


@dataclass
class Job:
    """One chunk whose rows are to be thresholded.

    ``rows`` is uint16 [rows, clusters], BF16 numbers by their bits or weights; ``token_count`` is
    int64 [clusters]. ``TH`` None is "all". The faults change what is sent: ``header`` the sizes
    that the chunk's beat claims, the others the beats of a packet: of the row that they are given,
    or of row 0's counts; where it is read twice, of the reading ``faulty`` or, if None, of both.
    """

    context: int
    rows: np.ndarray
    token_count: np.ndarray
    TH: int | None = 19_661
    mode: ScoreMode = ScoreMode.EXP
    K: int = 33_428
    k: int = 18
    header: dict = field(default_factory=dict)
    counts_fault: Callable | None = None
    scores_fault: Callable | None = None
    faulty: int | None = 0

    def with_rows(self, rows):
        """The same chunk with other rows."""
        return replace(self, rows=rows)

    @property
    def settings(self):
        return {
            "TH": self.TH or 0,
            "all": self.TH is None,
            "mode": self.mode.value,
            "K": self.K,
            "k": self.k,
        }

    @property
    def sizes(self):
        """Clusters and rows that the chunk's beat says."""
        rows, clusters = self.rows.shape
        return {"clusters": clusters, "rows": rows} | self.header

    def readings(self, build):
        """How often a row is read (spec D45)."""
        return 1 + (self.sizes["clusters"] > build.on_chip_clusters)

    def is_bad(self, build):
        """Whether the build must refuse the chunk (spec D49)."""
        sizes = self.sizes
        return (
            sizes["clusters"] > build.max_clusters
            or sizes["rows"] > build.max_rows
            or self.K < K_LEAST
        )


@dataclass
class RowAnswer:
    """What the hardware said of one row, and when."""

    header: dict
    masks: list[int] = field(default_factory=list)
    trailer: dict | None = None
    first_mask: int | None = None
    ended: int | None = None


@dataclass
class Answer:
    """What the hardware said of one chunk, and when.

    ``rows_due`` packets belong to it on ``rows``; ``scores_sent`` has the cycle of each row's last
    beat, of its first reading. ``parts`` are pairs of beat and mask.
    """

    job: Job
    number: int
    rows_due: int
    rows: list[RowAnswer] = field(default_factory=list)
    header: dict | None = None
    parts: list[tuple[int, int]] = field(default_factory=list)
    parts_taken: list[int] = field(default_factory=list)
    entries: int | None = None
    status: RowStatus | None = None
    ended: int | None = None
    scores_sent: dict[int, int] = field(default_factory=dict)

    @property
    def rows_complete(self):
        return len(self.rows) == self.rows_due and all(row.trailer for row in self.rows)

    @property
    def complete(self):
        return self.rows_complete and self.status is not None
