"""Policies held against each other on traces: ``resv.compare``."""

import io
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resv.files import atomic_writer
from resv.laboratory import rows as files
from resv.laboratory import summary
from resv.laboratory.bootstrap import Interval
from resv.laboratory.entries import kind_of
from resv.laboratory.measure import REFERENCE, measure
from resv.laboratory.rows import Row
from resv.laboratory.settings import Settings
from resv.policies import Policy
from resv.traces import Trace


@dataclass(frozen=True, eq=False)
class Comparison:
    """What was measured. Everything follows from the rows.

    Attributes
    ----------
    rows : tuple of Row
    """

    rows: tuple[Row, ...]

    def figures(self) -> dict[summary.Key, summary.Figures]:
        """By (trace, kind, table, policy, target); target None: a policy without a knob."""
        return summary.by_policy(self.rows)

    def by_head(self) -> dict[summary.Key, summary.Figures]:
        """By (trace, kind, table, policy, target, layer, kv_head)."""
        return summary.by_head(self.rows)

    def at_equal_link(
        self, budgets: Sequence[float] = summary.LINK_BUDGETS, metric: str = "output_error"
    ) -> dict[tuple[str, str], list[float]]:
        """As ``resv.laboratory.at_equal_link``."""
        return summary.at_equal_link(self.rows, budgets, metric)

    def differences(
        self, against: str = "resv", metric: str = "output_error"
    ) -> dict[tuple[str, str, str, float, str], Interval | None]:
        """As ``resv.laboratory.differences``."""
        return summary.differences(self.rows, against, metric)

    def save(self, path: str | Path) -> None:
        """Write all rows as CSV; the file appears when it is complete."""
        with atomic_writer(path) as file:
            text = io.TextIOWrapper(file, "utf-8", newline="")
            files.RowWriter(text).write(self.rows)
            text.detach()  # closing is the other's business


def load(path: str | Path) -> Comparison:
    """A comparison from the CSV that ``Comparison.save`` or ``resv compare`` wrote.

    Raises
    ------
    OSError, ValueError
        If the file cannot be read, or is no such table.
    """
    return Comparison(tuple(files.read(path)))


def compare(
    traces: Trace | Iterable[Trace] | Mapping[str, Trace],
    policies: Iterable[str | Policy] = (),
    ratios: Iterable[float] = Settings.ratios,
    *,
    write: Callable[[list[Row]], None] | None = None,
    say: Callable[[str, int, int], None] | None = None,
    **settings: Any,
) -> Comparison:
    """Compare policies on traces.

        found = resv.compare(trace, ["resv", "topk_token", "random"])
        for key, figures in found.figures().items():
            print(*key, figures.ratio, figures.output_error)

    Parameters
    ----------
    traces : Trace, iterable of Trace, or mapping of str to Trace
        With names, or by their metadata ``name``. For intervals the clip is ``clip`` of the
        metadata, or ``source`` up to a semicolon, and the seed ``seed``; traces of one clip and
        seed must not overlap.
    policies : iterable of str or Policy
        As ``resv.policies.make`` takes them; none: all there are.
    ratios : iterable of float
        Retrieval ratios to bring them to, above 0 and below 1.
    write : callable or None
        Is given the rows of each policy on each trace when they are finished.
    say : callable or None
        Is told what is being done, how many of how many heads are done.
    **settings
        Other fields of ``resv.laboratory.Settings``: knobs, layers, kv_heads, config, seed,
        block_chunks, link, held_back, area_pages.

    Returns
    -------
    Comparison

    Raises
    ------
    TypeError, ValueError
        If an argument is of a wrong kind or range, or a trace is no longer than its sinks and
        recent window. Before anything is measured, where that can be known.
    """
    chosen = Settings(policies=tuple(_listed(policies)), ratios=tuple(_listed(ratios)), **settings)
    named = _named(traces)
    found: list[Row] = []
    for rows in run(named, chosen, say):
        found += rows
        if write is not None:
            write(rows)
    return Comparison(tuple(found))


def run(
    traces: Mapping[str, Trace],
    settings: Settings,
    say: Callable[[str, int, int], None] | None = None,
    finished: Collection[tuple[str, str]] = (),
) -> Iterator[list[Row]]:
    """As `compare`, yielding the rows of each policy on each trace as they are finished.

    ``finished`` are names of traces and labels of policies that are left out.
    """
    for name, trace in traces.items():
        check(name, trace, settings)
    for name, trace in traces.items():
        about = provenance(name, trace, settings)
        heads = len(settings.heads(trace))
        for policy in (REFERENCE, *settings.policies):
            done = 0

            def step(policy: Policy = policy, name: str = name, heads: int = heads) -> None:
                nonlocal done
                done += 1
                if say is not None:
                    say(f"{name}: {policy.label}", done, 2 * heads)

            if (name, policy.label) not in finished:
                yield measure(trace, policy, settings, about, step)
                continue
            for _ in range(2 * heads):
                step()


def check(name: str, trace: Trace, settings: Settings) -> None:
    """Raise now what the measurement would after long work."""
    config = settings.config
    if not isinstance(trace, Trace):
        raise TypeError(f"traces must be Trace, not {type(trace).__name__}")
    for what, count in zip(("layers", "kv_heads"), trace.k.shape[:2], strict=True):
        last = max(getattr(settings, what) or [0])
        if last >= count:
            raise ValueError(
                f"{name}: {what} must be in the trace, which has 0 to {count - 1}, not {last}"
            )
    for policy in settings.policies:
        policy.check(config.recent_tokens)
    before = [c.start for c in trace.chunks(config.max_chunk) if kind_of(c.kind) is not None]
    if max(before, default=0) <= config.sink_tokens + config.recent_tokens:
        raise ValueError(
            f"{name}: trace must have more than its sinks and recent window ({config.sink_tokens} "
            f"+ {config.recent_tokens} tokens) before its last chunk, not {max(before, default=0)}"
        )
    d = trace.k.shape[3]
    if settings.link and 1_024 % d:
        raise ValueError(
            f"{name}: head size must divide 1,024 for link bytes, not {d}: do without link"
        )
    if settings.link and settings.held_back < 1_024 // d - 1:
        raise ValueError(
            f"held_back must be at least a page less one token, {1_024 // d - 1} at head size {d}, "
            f"not {settings.held_back}"
        )


def provenance(name: str, trace: Trace, settings: Settings) -> dict[str, str]:
    """What every row of a trace says of where it comes from."""
    import resv  # the version; this module is imported by the package

    metadata = trace.metadata
    return {
        "trace": name,
        "trace_sha256": trace.sha256 or "",
        "clip": metadata.get("clip") or metadata.get("source", "").partition(";")[0],
        "weights": metadata.get("weights", ""),
        "weights_seed": metadata.get("seed", ""),
        "regime": metadata.get("regime", ""),
        "version": resv.__version__,
        "settings_sha256": settings.sha256,
    }


def describe(traces: Mapping[str, Trace], settings: Settings, **more: Any) -> str:
    """What was compared, as JSON text: settings, formulas and traces, and what is to be added."""
    about = {
        "format": "resv-comparison/1",
        "settings": settings.to_dict(),
        "settings_sha256": settings.sha256,
        **more,
        "formulas": {
            p.label: {"knob": p.knob, "operations": p.operations, "table_bytes": p.table_bytes}
            for p in settings.policies
        },
        "columns": COLUMNS,
        "traces": {name: provenance(name, trace, settings) for name, trace in traces.items()},
    }
    return json.dumps(about, indent=1, ensure_ascii=False) + "\n"


COLUMNS = {
    "knob": "fitted to the target",
    "selected_tokens": "fitted to the target, as near as the policy can",
    "mass_recalled": "measured",
    "output_error": "measured",
    "output_error_centred": "measured",
    "operations": "by formula, from measured sizes",
    "table_bytes": "by formula, from measured sizes",
    "link_bytes": "measured in the model of the KVMU",
    "task accuracy": "not testable with random weights; not measured with trained ones",
}
"""What the columns are worth."""


def _listed(values: Any) -> list[Any]:
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise TypeError(f"policies and ratios must be several, in a list, not {values!r}")
    return list(values)


def _named(traces: Trace | Iterable[Trace] | Mapping[str, Trace]) -> dict[str, Trace]:
    """Traces by name, each a different one."""
    if isinstance(traces, Mapping):
        named = dict(traces)
    else:
        several = [traces] if isinstance(traces, Trace) else list(traces)
        named = {}
        for number, trace in enumerate(several):
            given = trace.metadata.get("name") if isinstance(trace, Trace) else None
            name = given if given and given not in named else f"trace {number}"
            named[name] = trace
    if not named:
        raise ValueError("traces must be at least one, not none")
    hashes = [getattr(trace, "sha256", None) for trace in named.values()]
    for name, sha256 in zip(named, hashes, strict=True):
        if sha256 is not None and hashes.count(sha256) > 1:
            raise ValueError(f"traces must be different ones, not {name} twice")
    return named
