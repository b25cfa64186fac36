"""A run as an architect reads it: mode beside mode, operation by operation, use by use."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

from resv.files import atomic_writer
from resv.system import calibration
from resv.system.assumptions import DoesNotGo
from resv.system.modes import MODES
from resv.system.platform import Platform
from resv.system.run import Result

COLUMNS = (
    "mode", "chunk", "resource", "what", "number", "begin_s", "end_s", "bytes", "operations",
)  # fmt: skip

Runs = dict[str, dict[str, Result]]
"""By mode and kind of chunk."""


def shown(mode: str) -> tuple[str, ...]:
    """Modes to show for one that is asked for: calibrated never stands alone (D150)."""
    return ("stated", "calibrated") if mode == "calibrated" else (mode,)


def run_modes(
    mode: str | None, kinds: Mapping[str, Callable[[str], Result]]
) -> tuple[Runs, dict[str, str]]:
    """Run every kind of chunk in a mode and those shown beside it, or in all that go.

    Parameters
    ----------
    mode : str or None
        None: all modes.
    kinds : mapping of str to callable
        Kind of chunk to what runs it in a mode.

    Returns
    -------
    runs : dict
    absent : dict of str to str
        Modes that do not go, and why.

    Raises
    ------
    ValueError
        If the mode asked for does not go, or none does; if anything is wrong by itself.
    """
    runs: Runs = {}
    failed: dict[str, DoesNotGo] = {}
    for one in MODES if mode is None else shown(mode):
        try:
            runs[one] = {kind: call(one) for kind, call in kinds.items()}
        except DoesNotGo as error:
            failed[one] = error
    if mode in failed or not runs:
        raise failed[mode] if mode in failed else next(iter(failed.values()))
    return runs, {one: str(error) for one, error in failed.items()}


def summary(runs: Runs) -> list[list[str]]:
    """Rows of what, unit, and a number for each mode."""
    lines: dict[tuple[str, str], Callable[[Result], float]] = {
        ("", "ms"): lambda one: one.milliseconds,
        ("in all", "a second"): lambda one: one.fps,
        ("over the link", "MB"): lambda one: one.work.fetched_bytes / 1e6,
        ("table and spills", "MB"): lambda one: _bytes(one, "spilled") / 1e6,
        ("energy", "J"): lambda one: one.energy.total,
    }
    for name in ("engine", "dram", "link", "out", "dre"):
        lines[f"{name} busy", "%"] = lambda one, name=name: 100 * one.share(name)
    rows = []
    for kind in next(iter(runs.values())):
        for (what, unit), value in lines.items():
            label = f"  {what}" if what else kind
            rows.append([label, unit, *(f"{value(of[kind]):,.2f}" for of in runs.values())])
    return rows


def fitted_elsewhere(machine: Platform, runs: Runs) -> list[str]:
    """What to know of fitted values that were not fitted to this very machine."""
    fitted = [mode for mode in runs if mode != "stated"]
    changes = calibration.changes(machine)
    if changes and fitted:
        what = ", ".join(f"{name} {now:g}, not {was:g}" for name, (was, now) in changes.items())
        return [
            f"{', '.join(fitted)}: values are fitted to the paper's {machine.name}; this one has "
            f"{what}: a prediction"
        ]
    if fitted and not calibration.of(machine.name):
        return [f"{', '.join(fitted)}: the engine's rates are those fitted to V-Rex8"]
    return []


def parts(one: Result) -> list[list[str]]:
    """Rows of resource, what, uses, ms, MB, and billions of operations: sums over the layers."""
    sums: dict[tuple[str, str], list[float]] = {}
    for use in one.log:
        own = sums.setdefault((use.resource, use.what), [0, 0.0, 0.0, 0.0])
        more = (1, 1e3 * (use.end - use.begin), use.bytes / 1e6, use.flops / 1e9)
        own[:] = [a + b for a, b in zip(own, more, strict=True)]
    return [
        [resource, what, f"{uses:.0f}", *(f"{number:,.2f}" for number in numbers)]
        for (resource, what), (uses, *numbers) in sorted(sums.items())
    ]


def write_uses(path: Path, runs: Runs) -> None:
    """CSV of every use of every resource; ``number`` counts them: in layers it is the layer."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for mode, kinds in runs.items():
        for kind, one in kinds.items():
            seen: Counter[tuple[str, str]] = Counter()
            for use in sorted(one.log, key=lambda use: (use.begin, use.end)):
                key = (use.resource, use.what)
                writer.writerow(
                    [
                        mode, kind, *key, seen[key], f"{use.begin:.9g}", f"{use.end:.9g}",
                        f"{use.bytes:.9g}", f"{use.flops:.9g}",
                    ]
                )  # fmt: skip
                seen[key] += 1
    with atomic_writer(path) as file:
        file.write(text.getvalue().encode())


def _bytes(one: Result, what: str) -> float:
    return sum(use.bytes for use in one.log if use.what == what)
