"""What the WTU must answer: the golden model, fed with the rows that the hardware was given."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from dre.layouts import RowStatus, ScoreMode
from resv import wicsum_buckets, wicsum_integer
from resv.numerics import BF16

LOG2_E = 1.4426950408889634
ERRORS = {
    None: RowStatus.OK,
    "not_finite": RowStatus.NOT_FINITE,
    "too_many_tokens": RowStatus.TOO_MANY_TOKENS,
}


@dataclass(frozen=True)
class GoldenRow:
    """One row as it must be: selection, trailer, and whether it counts as one without mass."""

    selected: np.ndarray
    trailer: dict
    no_mass: bool = False


@lru_cache(maxsize=256)
def scale_of(K, k):
    """The attention scale whose register (spec D40) is K and k."""
    scale = K * 2.0**-k / LOG2_E
    assert wicsum_integer.kappa(scale) == (K, k)
    return scale


def select(build, job, row):
    """What the golden model of the build's variant says of a row."""
    module, more = wicsum_integer, {}
    if build.variant == "bucket":
        module, more = wicsum_buckets, {"buckets": build.buckets}
    if job.mode == ScoreMode.WEIGHT:
        return module.select_row_by_weight(row, job.token_count, job.TH, **more)
    if more:
        more["axis"] = build.axis
    scale = scale_of(job.K, job.k)
    return module.select_row(row.view(BF16), job.token_count, job.TH, scale, **more)


def golden_row(build, job, row):
    """One row of a chunk, by the golden model."""
    result = select(build, job, row)
    trailer = {
        "entries": int(result.selected.sum()),
        "mass": result.mass,
        "total": result.total,
        "saturated": result.saturated,
        "passes": result.passes,
        "early_exit": int(result.early_exit),
        "status": ERRORS[result.error].value,
    }
    without = len(row) > 0 and result.error is None and job.TH is not None and not result.total
    return GoldenRow(result.selected, trailer, without)


def lost_row(job):
    """A row that is out of step: every cluster (spec D49), and nothing else to report (D46)."""
    clusters = len(job.token_count)
    trailer = {"entries": clusters, "mass": 0, "total": 0, "saturated": 0, "passes": 1}
    trailer |= {"early_exit": 0, "status": RowStatus.OUT_OF_STEP.value}
    return GoldenRow(np.ones(clusters, bool), trailer)


def golden_rows(build, job, lost=(), given=None):
    """All rows of a chunk.

    ``lost`` are the rows that a fault of the bench put out of step; ``given`` says which rows'
    scores came under another row's number.
    """
    given = given or {}
    return [
        lost_row(job) if n in lost else golden_row(build, job, job.rows[given.get(n, n)])
        for n in range(len(job.rows))
    ]


def masks(selected, lanes):
    """A selection as the beats of ``rows`` carry it: entry i is bit i mod lanes of its beat."""
    parts = [selected[begin : begin + lanes] for begin in range(0, len(selected), lanes)]
    return [
        int.from_bytes(np.packbits(part, bitorder="little").tobytes(), "little") for part in parts
    ]


class Golden:
    """Judges answers.

    Parameters
    ----------
    build : dre.WTUConfig
        Parameters of the hardware under test.
    """

    def __init__(self, build):
        self._build = build

    def judge(self, answer, lost=(), given=None):
        """Assert that an answer is right; return its golden rows, none if it had to be refused.

        ``lost`` and ``given`` say what a fault of the bench does, as in `golden_rows`.
        """
        job, name = answer.job, f"chunk {answer.number}"
        whose = {"context": job.context, "chunk": answer.number, "clusters": job.sizes["clusters"]}
        assert answer.header == whose, f"{name}: header {answer.header}, not {whose}"
        if job.is_bad(self._build):
            assert answer.status == RowStatus.BAD_CONFIG, f"{name}: {answer.status}"
            assert not answer.rows, f"{name}: rows of a chunk that is refused"
            assert not answer.parts, f"{name}: a selection of a chunk that is refused"
            assert answer.entries == 0, f"{name}: {answer.entries} entries"
            return []
        golden = golden_rows(self._build, job, lost, given)
        assert len(answer.rows) == len(golden), f"{name}: {len(answer.rows)} rows"
        for n, (row, expected) in enumerate(zip(answer.rows, golden, strict=True)):
            where = f"{name} ({job.mode.name}, TH {job.TH}), row {n}"
            header = whose | {"row": n}
            assert row.header == header, f"{where}: header {row.header}, not {header}"
            wanted = masks(expected.selected, self._build.lanes)
            assert row.masks == wanted, f"{where}: {hexes(row.masks)}, not {hexes(wanted)}"
            assert row.trailer == expected.trailer, (
                f"{where}: trailer {row.trailer}, not {expected.trailer}"
            )
        self._judge_selected(answer, golden)
        return golden

    def _judge_selected(self, answer, golden):
        """Each selected cluster once, in the first row that selects it (spec D47).

        Parts carry no row number; rows follow each other. Within a row parts may come in any order.
        """
        name, parts = f"chunk {answer.number}", iter(answer.parts)
        joined = np.zeros(len(answer.job.token_count), bool)
        for n, row in enumerate(golden):
            news = row.selected & ~joined
            due = {b: mask for b, mask in enumerate(masks(news, self._build.lanes)) if mask}
            while due:
                beat, mask = next(parts, (None, 0))
                assert mask, f"{name}: row {n} adds {due} to the selection, which never came"
                assert mask & ~due.get(beat, 0) == 0, (
                    f"{name}, row {n}: part {beat}, {mask:#x}, but what it adds is {due}"
                )
                due[beat] &= ~mask
                due = {beat: mask for beat, mask in due.items() if mask}
            joined |= row.selected
        rest = list(parts)
        assert not rest, f"{name}: parts that no row adds: {rest}"
        assert answer.entries == joined.sum(), f"{name}: {answer.entries} entries"
        worst = max((row.trailer["status"] for row in golden), default=0)
        assert answer.status == RowStatus(worst), f"{name}: {answer.status}, not {worst}"


def hexes(numbers):
    """Masks, readable."""
    return " ".join(f"{number:x}" for number in numbers)
