"""The tables of the study, as Markdown for docs/laboratory.md."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path

import numpy as np

from resv.laboratory import Comparison, Interval, Row, bootstrap, summary
from resv.laboratory.summary import grouped
from study import tuning
from study.comparing import POLICIES, Study
from study.holding import POLICIES as POLICIES_HELD
from study.holding import TARGETS, TOKENS, Held, Size, holds

SHOWN = (*POLICIES, *map(tuning.held_out, tuning.GRIDS))
AGAINST = tuple(policy for policy in SHOWN if policy != tuning.HELD_OUT)
BUDGETS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5)
"""Link bytes, of those of fetching all far tokens for every chunk."""


def write(study: Study, found: list[Held], sized: list[Size], path: Path) -> None:
    """Write all tables into one file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [*_lines(study), *thresholds(found), *sizes(sized)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def thresholds(found: list[Held]) -> Iterator[str]:
    """How far heads are from a target, with thresholds from a prefix and with one for all."""
    yield from ("", "### thresholds", "")
    yield _row("regime", "policy", "target", "Th_r", "reached, %", "heads off by", "worst")
    yield _row(*["---"] * 7)
    regimes = dict.fromkeys(one.part.regime for one in found)
    for regime, policy, target in product(regimes, POLICIES_HELD, TARGETS):
        own = [
            one
            for one in found
            if (one.part.regime, one.policy, one.target) == (regime, policy, target)
        ]
        for automatic, name in ((True, "of each head"), (False, "one for all")):
            held = holds(own, TARGETS[target], automatic)
            about = f"{target} {100 * TARGETS[target]:g} %"
            numbers = (_percent(held.mean), _percent(held.off), f"{100 * held.worst:.0f}")
            yield _row(regime, f"`{policy}`", about, name, *numbers)


def sizes(sized: list[Size]) -> Iterator[str]:
    """Tokens a cluster of ReSV at the end of the clips."""
    yield from ("", f"### Th_hd for {TOKENS} tokens a cluster", "")
    yield _row("regime", "Th_hd of heads", "tokens a cluster", "with Th_hd 7")
    yield _row(*["---"] * 4)
    for regime in dict.fromkeys(one.part.regime for one in sized):
        own = [one for one in sized if one.part.regime == regime]
        values = ([getattr(one, name) for one in own] for name in ("Th_hd", "automatic", "fixed"))
        texts = (f"{np.median(x):.3g} ({min(x):.3g}–{max(x):.3g})" for x in values)
        yield _row(regime, *texts)


def _percent(one: Interval) -> str:
    return f"{100 * one.mean:.1f} [{100 * one.low:.1f}, {100 * one.high:.1f}]"


def _lines(study: Study) -> Iterator[str]:
    for (policy, regime), of in study.chosen.items():
        settings = Counter(of.values()).most_common()
        yield f"- {policy}, {regime}: " + ", ".join(
            f"`{one}` in {count} clips" for one, count in settings
        )
    for (regime,), rows in grouped(study.rows, ("regime",)).items():
        for kind in ("frames", "text"):
            yield from ("", f"### {regime}, {kind}", "")
            yield from _errors(rows, kind)
            yield from ("", f"{tuning.HELD_OUT} minus, points:", "")
            yield from _differences(rows, regime, kind)
        yield from ("", f"### {regime}, cost over that of resv, frames", "")
        for policy in SHOWN:
            table, operations = tuning.costs(rows, policy)
            yield f"- `{policy}`: table {table:.2f}, multiply-adds {operations:.2f}"
        if not all(math.isnan(row.link_bytes) for row in rows):
            yield from ("", f"### {regime}, frames at equal link bytes", "")
            yield from _at_equal_link(rows)


def _at_equal_link(rows: list[Row]) -> Iterator[str]:
    """Error of each policy, and of the held out one less it, on the traces that both have."""
    yield _row("policy", *(f"{100 * budget:g} %" for budget in BUDGETS))
    yield _row("---", *("---" for _ in BUDGETS))
    about = {row.trace: (row.clip, row.weights_seed) for row in rows}
    errors = summary.at_equal_link(rows, BUDGETS)
    for policy in SHOWN:
        cells = []
        for number in range(len(BUDGETS)):
            own = {trace: errors[trace, policy][number] for trace in about}
            base = {trace: errors[trace, tuning.HELD_OUT][number] for trace in about}
            both = [trace for trace in about if not math.isnan(own[trace] + base[trace])]
            cells.append(_linked(about, own, base, both))
        yield _row(f"`{policy}`", *cells)


def _linked(
    about: dict[str, tuple[str, str]], own: dict[str, float], base: dict[str, float],
    traces: list[str],
) -> str:  # fmt: skip
    """Mean over traces; the difference with its interval, from five traces on."""
    if not traces:
        return "–"
    mean = 100 * sum(own[trace] for trace in traces) / len(traces)
    blocks: dict[str, dict[str, np.ndarray]] = {}
    for trace in traces:
        clip, seed = about[trace]
        blocks.setdefault(clip, {})[seed] = np.array([[base[trace] - own[trace], 1.0]])
    return f"{mean:.1f} ({len(traces)} traces); {_interval(bootstrap(blocks))}"


def _errors(rows: list[Row], kind: str) -> Iterator[str]:
    """Error of each policy, mean over traces; smallest and largest clip."""
    columns = [(table, target) for table in ("ratio", "equal_k") for target in tuning.RATIOS]
    yield _row("policy", *(f"{table} {100 * target:g} %" for table, target in columns))
    yield _row("---", *("---" for _ in columns))
    for policy in SHOWN:
        cells = []
        for table, target in columns:
            own = [
                row
                for row in rows
                if (row.policy, row.kind, row.table, row.target) == (policy, kind, table, target)
            ]
            cells.append(_clips(own))
        yield _row(f"`{policy}`", *cells)


def _clips(rows: list[Row]) -> str:
    """Mean over clips of the mean over seeds, their range; a * if a trace missed the ratio."""
    of_clips = []
    for own in grouped(rows, ("clip",)).values():
        traces = grouped(own, ("trace",)).values()
        means = [_mean(one) for one in traces]
        of_clips.append(sum(means) / len(means))
    mark = "" if all(row.reached for row in rows) else "*"
    low, high = 100 * min(of_clips), 100 * max(of_clips)
    return f"{100 * sum(of_clips) / len(of_clips):.1f}{mark} ({low:.0f}–{high:.0f})"


def _mean(rows: Iterable[Row]) -> float:
    rows = list(rows)
    return sum(row.output_error for row in rows) / sum(row.query_rows for row in rows)


def _differences(rows: list[Row], regime: str, kind: str) -> Iterator[str]:
    columns = [(table, target) for table in ("ratio", "equal_k") for target in tuning.RATIOS]
    yield _row("against", *(f"{table} {100 * target:g} %" for table, target in columns))
    yield _row("---", *("---" for _ in columns))
    for other in AGAINST:
        both = (tuning.HELD_OUT, other)
        own = [row for row in rows if row.policy in both and row.kind == kind]
        found = Comparison(tuple(own)).differences(other)
        cells = [found[regime, table, kind, target, tuning.HELD_OUT] for table, target in columns]
        yield _row(f"`{other}`", *map(_interval, cells))


def _interval(one: Interval | None) -> str:
    if one is None:
        return "not reached"
    return f"{100 * one.mean:+.1f} [{100 * one.low:+.1f}, {100 * one.high:+.1f}] {one.verdict}"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
