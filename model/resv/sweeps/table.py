"""The results of a sweep as one table: a row for each budget in each layer and KV head."""

import csv
import io
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from resv.files import atomic_writer
from resv.laboratory import Row, summary
from resv.policies import Policy

BY = ("trace", "seed", "policy", "kind", "table", "target", "layer", "kv_head")
FIRST = ("trace", "trace_sha256", "clip", "weights", "weights_seed", "regime", "policy")
BUDGET = ("kind", "table", "target", "knob", "reached", "layer", "kv_head")
SUMS = ("chunks", "query_rows", "far_tokens", "selected_tokens")
FIGURES = tuple(f.name for f in fields(summary.Figures) if f.name not in ("knob", "reached"))
LAST = ("seed", "version", "settings_sha256")
PREFIX = "parameter_"


@dataclass(frozen=True, eq=False)
class TidyTable:
    """One row for each trace, seed, policy, kind, table, target, layer and KV head.

    Attributes
    ----------
    columns : list of str
        Where it comes from; ``policy`` and its parameters, as far as the sweep changes them; the
        budget; sums that means are weighted with; the columns of ``resv.laboratory.Figures``; seed,
        version and configuration hash.
    rows : list of list
        Values; None for what does not apply or was not measured.
    """

    columns: list[str]
    rows: list[list[Any]]

    @classmethod
    def of(cls, rows: Iterable[Row], policies: Iterable[Policy]) -> "TidyTable":
        """The table of what was measured.

        Parameters
        ----------
        rows : iterable of Row
        policies : iterable of Policy
            Those of the sweep; a policy of the rows that is not among them has no parameters.
        """
        by_label = {policy.label: policy.parameters for policy in policies}
        names = _changed(policies)
        columns = [*FIRST, *(PREFIX + name for name in names), *BUDGET, *SUMS, *FIGURES, *LAST]
        found = []
        for own in summary.grouped(rows, BY).values():
            values = asdict(own[0]) | asdict(summary.figures(own))
            values |= {name: sum(getattr(row, name) for row in own) for name in SUMS}
            parameters = by_label.get(own[0].policy, {})
            values |= {PREFIX + name: parameters.get(name) for name in names}
            found.append([_value(values[column]) for column in columns])
        return cls(columns, found)

    def save(self, path: str | Path) -> None:
        """Write it as CSV; the file appears when it is complete.

        Raises
        ------
        OSError, ValueError
            As ``resv.files.atomic_writer``.
        """
        with atomic_writer(path) as file:
            text = io.TextIOWrapper(file, "utf-8", newline="")
            csv.writer(text, lineterminator="\n").writerows([self.columns, *self.rows])
            text.detach()  # closing is the other's business


def _changed(policies: Iterable[Policy]) -> list[str]:
    """Parameters that some policy has another value of than its default, in their order."""
    names: dict[str, None] = {}
    for policy in policies:
        _, *settings = policy.label.split(":")
        names |= dict.fromkeys(setting.partition("=")[0] for setting in settings)
    return list(names)


def _value(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value
