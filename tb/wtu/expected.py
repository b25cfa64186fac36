"""What the WTU must answer to a chunk, by the golden model, ready to be packed."""

from dataclasses import dataclass

import numpy as np

from dre.layouts import RowStatus, ScoreMode
from resv import fast_rows
from resv.numerics import BF16
from wtu.golden import ERRORS, golden_rows, scale_of

TRAILER = np.dtype(
    [
        *((name, "<u4") for name in ("entries", "saturated", "passes", "early_exit", "status")),
        *((name, "<u8") for name in ("mass", "total")),
    ]
)


@dataclass(frozen=True)
class Expected:
    """The answer to a chunk.

    Attributes
    ----------
    rows : ndarray of TRAILER [rows]
        Their trailers; none if the chunk is refused.
    selected : ndarray of bool [rows, clusters]
    no_mass : int
        Rows that count as such (spec D49).
    entries, status : int
        Of the trailer of ``selected``.
    """

    rows: np.ndarray
    selected: np.ndarray
    no_mass: int
    entries: int
    status: int


def expected(job, build):
    """`Expected` of a `Job`, which must be without faults of its packets."""
    if job.is_bad(build):
        nothing = np.zeros((0, len(job.token_count)), bool)
        return Expected(np.zeros(0, TRAILER), nothing, 0, 0, RowStatus.BAD_CONFIG.value)
    if build.variant != "exact":
        return _plainly(job, build)
    if job.mode == ScoreMode.WEIGHT:
        found = fast_rows.select_rows_by_weight(job.rows, job.token_count, job.TH)
    else:
        scores, scale = job.rows.view(BF16), scale_of(job.K, job.k)
        found = fast_rows.select_rows(scores, job.token_count, job.TH, scale)
    rows = np.zeros(len(job.rows), TRAILER)
    rows["entries"] = found.selected.sum(axis=1)
    rows["status"] = [ERRORS[error].value for error in found.error]
    for name in ("saturated", "passes", "mass", "total"):
        rows[name] = getattr(found, name)
    return _expected(job, rows, found.selected)


def _plainly(job, build):
    """The same by the plain golden model of a control, which has no fast form."""
    golden = golden_rows(build, job)
    rows = np.array([tuple(row.trailer[name] for name in TRAILER.names) for row in golden], TRAILER)
    selected = np.array([row.selected for row in golden], bool).reshape(job.rows.shape)
    return _expected(job, rows, selected)


def _expected(job, rows, selected):
    none = (rows["status"] == RowStatus.OK.value) & (rows["total"] == 0)
    some = len(job.token_count) > 0 and job.TH is not None
    entries = int(selected.any(axis=0).sum())
    status = int(rows["status"].max(initial=0))
    return Expected(rows, selected, int(none.sum()) * some, entries, status)
