"""Code and functional coverage of a unit's benches, with reviewed waivers.

Each build of the list that the unit brings is simulated by Verilator with coverage points for
lines, branches and toggles, with every bench and several seeds; what was reached is added up over
benches and seeds, build by build. Nothing is added over builds: their Verilog differs. Functional
bins are added over all of them. A unit brings ``tb/<core>/coverage_<core>.py``: ``BUILDS`` (name to
`Build`), ``SAMPLE`` (the build for ``make test``), ``BENCHES``, ``WAIVERS`` and ``bins(config)``,
the functional bins that a build must have reached.
"""

import json
from collections import Counter
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib import import_module
from pathlib import Path

import simulate
from figures import Figure
from verification import waivers
from verification.section import Section
from verification.verilator_coverage import points, read

FLAGS = ("--coverage-line", "--coverage-toggle", "--coverage-user")
MUST = {"line": "== 100", "branch": "== 100", "toggle": ">= 98"}
KINDS = {"line": "lines reached", "branch": "branches reached", "toggle": "toggles seen"}
MOST_SHOWN = 20


@dataclass(frozen=True)
class Build:
    """A build to be covered.

    Attributes
    ----------
    parameters : dict
    seeds : int
        How many.
    scope, apart : str
        Pattern of the instances that count; of those among them that do not, being covered by
        themselves.
    part : str or None
        It is of this part of the unit, one of `simulate.PARTS`.
    benches : tuple of str or None
        Instead of the unit's.
    optimise : str
        As in `simulate.prepare`.
    """

    parameters: dict
    seeds: int = 2
    scope: str = "*"
    apart: str = ""
    part: str | None = None
    benches: tuple | None = None
    optimise: str = "full"


def run(core, *, full, seed, say):
    """Measure coverage; see the module.

    Raises
    ------
    simulate.BuildFailed
        If a case of a bench fails: what was reached is worth nothing then.
    """
    unit = import_module(f"{core}.coverage_{core}")
    builds = unit.BUILDS if full else {unit.SAMPLE: unit.BUILDS[unit.SAMPLE]}
    figures, holes, uses, seen, wanted = [], {}, {}, Counter(), set()
    for name, build in builds.items():
        seeds = range(seed, seed + (build.seeds if full else 1))
        prepared, hits, bins = _simulate(core, name, build, unit.BENCHES, seeds, say)
        counted = {p: n for p, n in hits.items() if _counts(build, p.scope)}
        left = waivers.apply(unit.WAIVERS, counted, name, uses)
        figures += _figures(name, left)
        holes[name] = sorted(str(point) for point, count in left.items() if not count)
        seen += bins
        wanted |= unit.bins(prepared.config) if build.part is None else set()
    missing = sorted(name for name in wanted if not seen[name])
    figures.append(
        Figure(
            "functional bins seen",
            "all builds",
            _percent(len(wanted) - len(missing), len(wanted)),
            "%",
            "== 100",
        )
    )
    unused = [w for w in unit.WAIVERS if not uses.get(w, waivers.Use()).excused]
    if full:
        figures.append(Figure("waivers that excuse nothing", "all builds", len(unused), "", "== 0"))
    return Section(
        "Coverage",
        _about(builds, seed, full),
        figures,
        _notes(holes, missing, unused if full else [], uses, seen, wanted),
        {"holes": holes, "functional": dict(sorted(seen.items()))},
    )


def _simulate(core, name, build, benches, seeds, say):
    """Build, run all benches with all seeds; returns the build, its points, functional bins."""
    folder = simulate.BUILD / "verify" / core / "coverage" / name
    say(f"coverage, {name}: building")
    top = build.part or core
    _, parameters = (simulate.UNITS | simulate.PARTS)[top]
    prepared = simulate.prepare(
        top,
        parameters(**build.parameters),
        simulator="verilator",
        name=str(folder.resolve()),
        extra_args=FLAGS,
        optimise=build.optimise,
    )
    files, seen = [], Counter()
    for seed in seeds:
        for bench in build.benches or benches:
            label = f"{bench.rpartition('.')[2]}-{seed}"
            say(f"coverage, {name}: {bench}, seed {seed}")
            data, bins = folder / f"{label}.dat", folder / f"{label}.bins.json"
            for old in (data, bins):
                old.unlink(missing_ok=True)
            outcome = simulate.run(
                prepared,
                bench,
                seed=seed,
                label=label,
                plusargs=[f"+verilator+coverage+file+{data.resolve()}"],
                extra_env={"FUNCTIONAL_COVERAGE": str(bins.resolve())},
            )
            if outcome.failures:
                raise simulate.BuildFailed(
                    f"{core}: {', '.join(outcome.failures)} failed, see {outcome.log}"
                )
            files.append(data)
            seen += Counter(json.loads(bins.read_text())) if bins.exists() else Counter()
    source = Path(folder / f"{top}.v").read_text()
    return prepared, points(read(files), source), seen


def _counts(build, scope):
    return fnmatchcase(scope, build.scope) and not fnmatchcase(scope, build.apart)


def _figures(name, hits):
    for kind, (reached, every) in sorted(waivers.rates(hits).items()):
        yield Figure(
            KINDS[kind],
            name,
            _percent(reached, every),
            "%",
            MUST[kind],
            bound=f"{reached:,} of {every:,}",
        )


def _percent(part, whole):
    """Rounded down, so that 100 means all."""
    return int(10_000 * part / whole) / 100 if whole else 100.0


def _about(builds, seed, full):
    runs = ", ".join(
        f"`{name}` ({build.seeds if full else 1} seed{'s' * (full and build.seeds > 1)})"
        for name, build in builds.items()
    )
    text = (
        f"Every bench on {runs}, seeds from {seed} on; what was reached is added over benches and "
        "seeds of a build, never over builds. Lines and branches are those of the generated "
        "Verilog: each way out of an `if`, the silent `else` included, and of each `?:`; an item "
        "of a `case` is a line. Toggles are counted for signals with a name in the Python, a "
        "structure by its fields, each bit in both directions; parts of expressions, which have "
        "no name, are not. The trigger that the Verilog writer puts into each block is no hardware "
        "and is left out."
    )
    return text if full else f"{text} (The sample of `make test`.)"


def _notes(holes, missing, unused, uses, seen, wanted):
    notes = [
        f"**Waived**: `{waiver}` ({use.excused} points"
        + (f", {use.hit} more were reached" if use.hit else "")
        + f"): {waiver.reason}."
        for waiver, use in uses.items()
        if use.excused
    ]
    notes += [f"**Waiver without use**: `{waiver}`." for waiver in unused]
    for name, points_left in holes.items():
        notes += [f"**Not reached** in `{name}`: `{text}`" for text in points_left[:MOST_SHOWN]]
        if len(points_left) > MOST_SHOWN:
            notes.append(f"... and {len(points_left) - MOST_SHOWN} more in `{name}`, see the JSON.")
    notes += [f"**Situation never seen**: {name}." for name in missing]
    rarest = sorted((seen[name], name) for name in wanted)[:3]
    shown = ", ".join(f"{name} ({count})" for count, name in rarest)
    notes.append(f"Functional bins: {len(wanted)}; the rarest: {shown}.")
    return notes
