"""Every bench on every build: the sizes at the ends of what parameters may be, and odd ones.

`make test` plays a part of them. A unit brings ``tb/<core>/sizes_<core>.py``: ``BUILDS`` (name to
parameters), ``benches(config)`` (those that have a case for a build), ``optimise(config)`` (as in
`simulate.prepare`) and ``SAMPLE`` (name to benches: what `make test` plays).
"""

from importlib import import_module

import simulate
from figures import Figure
from verification.section import Section


def run(core, *, full, seed, say):
    """Play them; ``full`` False: the sample.

    Raises
    ------
    simulate.BuildFailed
        If the simulator does not take a build.
    """
    unit = import_module(f"{core}.sizes_{core}")
    figures, notes = [], []
    for name, parameters in unit.BUILDS.items():
        config = simulate.UNITS[core][1](**parameters)
        benches = unit.benches(config) if full else unit.SAMPLE.get(name, ())
        if benches:
            passed, failures = _play(core, name, config, benches, seed, say, unit.optimise(config))
            figures.append(_figure(name, passed, failures))
            notes += [f"**Failed** on `{name}`: {case}." for case in failures]
    return Section("Sizes", _about(len(figures), seed, full), figures, notes)


def _play(core, name, config, benches, seed, say, optimise):
    """How many cases passed, and the names of those that did not."""
    say(f"sizes, {name}: compiled")
    prepared = simulate.prepare(
        core,
        config,
        simulator="verilator",
        name=f"sizes-{core}-{name}",
        optimise=optimise,
    )
    passed, failures = 0, []
    for bench in benches:
        say(f"sizes, {name}: {bench}")
        outcome = simulate.run(prepared, bench, seed=seed)
        passed += outcome.passed
        failures += [f"{bench}, {case}" for case in outcome.failures]
        if not outcome.passed and not outcome.failures:
            failures.append(f"{bench} ran no case")
    return passed, failures


def _figure(name, passed, failures):
    bound = f"of {passed + len(failures)}"
    return Figure("cases that fail", name, len(failures), "cases", "== 0", bound=bound)


def _about(builds, seed, full):
    which = "Every bench that has a case for it" if full else "The sample of `make test`"
    return f"{which}, on each of {builds} builds, with Verilator and the seed {seed}."
