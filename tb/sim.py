"""``make sim``: replay a trace through the hardware and hold every decision to the golden model.

Without CORE= all units do, one after the other. With TESTCASE= it runs those cases of the units'
benches instead. With SIM=fast the replay is a C++ program without cocotb, for long traces. TRACE=
may also name a chunk that such a replay has saved.
"""

import json
import os
import sys
from dataclasses import asdict, replace
from functools import partial
from importlib import import_module

from rich.console import Console
from rich.markup import escape

import resv
import settings
from replay.records import DamagedRecord
from replayed import Replay
from simulate import BUILD, PARTS, SIMULATORS, UNITS, BuildFailed, prepare, run
from watching import watching

console = Console(highlight=False, soft_wrap=True)

PRESETS = ("asic", "fpga")
FAST = "fast"  # SIM=fast: no simulator of cocotb's
CORES = (*UNITS, "dre")
"""The units, and all of them joined."""


def configuration(core, **parameters):
    """Build parameters of a core."""
    return (UNITS | PARTS)[core][1](**parameters)


def unit_of(core):
    """The `replayed.Unit` of a core."""
    return import_module(settings.brought(core, "sim")).UNIT


def shown(path):
    """A path as the user would type it."""
    return os.path.relpath(path)


def main():
    """Read the settings, run, report; exit status 0, 1 (a case failed) or 2 (wrong use)."""
    try:
        chosen = read_settings()
        cores = chosen_cores(chosen)
        chunk = saver(chosen.trace).load(chosen.trace) if saver(chosen.trace) else None
        trace = None if chunk else resv.load_trace(chosen.trace)
        for core in cores if trace else ():
            unit_of(core).suited(trace, chosen.simulator == FAST)
    except (settings.Usage, OSError, TypeError, ValueError) as error:
        settings.fail(f"make sim: {error}")
    cases, failed = 0, []
    for core in cores:
        ran, passed = simulate(replace(chosen, core=core), trace, chunk)
        cases += ran
        failed += [] if passed else [core]
    if not cases:
        settings.fail(f"make sim: TESTCASE must match a test case, not {chosen.testcase!r}")
    if failed:
        again = replace(chosen, core=failed[0] if len(failed) == 1 else "")
        print(f"reproduce: {again.command('sim')}", flush=True)
        sys.exit(1)


def read_settings():
    """The settings; SIM may also be fast, which has neither cases nor waves."""
    chosen = settings.read(simulators=(*SIMULATORS, FAST), cores=CORES, core="")
    if chosen.simulator == FAST:
        for name, given in (("TESTCASE", chosen.testcase), ("WAVES", chosen.waves)):
            if given:
                raise settings.Usage(f"{name} must not be given with SIM=fast, which has none")
        if saver(chosen.trace):
            raise settings.Usage(f"TRACE must be a trace with SIM=fast, not {chosen.trace}")
    return chosen


def chosen_cores(chosen):
    """The unit that is asked for, or all that can do what is asked.

    Raises
    ------
    settings.Usage
        If the unit cannot do it.
    """
    core = chosen.core
    cores = [core] if core else list(CORES)
    if chosen.simulator == FAST:
        cores = [name for name in cores if unit_of(name).fast]
        if not cores:
            known = ", ".join(SIMULATORS)
            raise settings.Usage(f"SIM must be one of {known} with CORE={core}, not 'fast'")
    if saver(chosen.trace):
        cores = [name for name in cores if unit_of(name).saved is saver(chosen.trace)]
        if not cores:
            raise settings.Usage(f"TRACE must be a trace with CORE={core}, not {chosen.trace}")
    return cores


def saver(path):
    """The module that reads a saved chunk, None if the file is none, by its name."""
    savers = filter(None, (unit_of(core).saved for core in CORES))
    return next((saved for saved in savers if saved.is_saved(path)), None)


def simulate(chosen, trace, chunk):
    """One unit: run, report; returns the number of cases, and whether all have passed."""
    unit = unit_of(chosen.core)
    console.print(f"{chosen.core} in {chosen.simulator}, seed {chosen.seed}")
    console.print(f"trace: {escape(shown(chosen.trace))}")
    try:
        if chunk:
            replays, failures, cases = simulate_chunk(chosen, unit, chunk)
        elif chosen.simulator == FAST:
            replays, failures, cases = simulate_fast(chosen, unit, trace)
        else:
            replays, failures, cases = simulate_presets(chosen, unit, trace)
    except (BuildFailed, DamagedRecord) as error:
        failures, cases, replays = [str(error)], 1, []
    if replays:
        console.print(unit.table(trace, replays))
    if replays and chosen.simulator != FAST:
        picture = unit.draw(trace, replays, BUILD / "sim" / f"{chosen.core}.png")
        console.print(f"picture: {escape(shown(picture))}")
    for failure in failures:
        console.print(f"[red]failed[/red] {escape(failure)}")
    if cases and not failures:
        console.print(f"{cases} cases passed")
    return cases, not failures


def simulate_fast(chosen, unit, trace):
    """The trace through the compiled unit, both presets; as `simulate_presets`."""
    fast = import_module(settings.brought(chosen.core, "fast"))
    make = partial(configuration, chosen.core, **unit.fast_parameters | unit.suited(trace, True))
    builds = {f"{chosen.core}-{preset}": make(preset=preset) for preset in PRESETS}
    replays, failures = [], []
    with watching(console, "golden model") as say:
        replayed = fast.replay_trace(trace, builds, chosen.seed, say)
        for preset, found in zip(PRESETS, replayed, strict=True):  # told as soon as it is there
            speed = found.cycles / found.processor_seconds
            replays.append(Replay(preset, found.rows, found.mismatches, speed))
            console.print(f"{preset}: {found.cycles:,} cycles in {found.seconds:.1f} s")
            if found.difference:
                chunk = "" if found.first is None else f" chunk {found.first}"
                failures.append(f"{preset}{chunk}: {found.difference}")
            if found.path:
                again = replace(chosen, simulator=SIMULATORS[0], trace=found.path, waves=True)
                console.print(f"{preset}, this chunk with waves: {escape(again.command('sim'))}")
    return replays, failures, len(PRESETS)


def simulate_chunk(chosen, unit, chunk):
    """A chunk that a fast replay has saved, in cocotb; as `simulate_presets`."""
    console.print(f"chunk {chunk.index}, {chunk.build.preset}: {escape(chunk.difference)}")
    name = f"{chosen.core}-chunk-{chosen.simulator}"
    with console.status(f"building with {chosen.simulator} ({unit.building})"):
        prepared = prepare(
            chosen.core, chunk.build, simulator=chosen.simulator, name=name, waves=chosen.waves
        )
    given = {"chunk": str(chosen.trace.resolve())}
    outcome = run(prepared, unit.chunk, seed=chosen.seed, testcase=chosen.testcase, settings=given)
    if chosen.waves:
        console.print(f"waves: {escape(shown(prepared.folder / 'dump.vcd'))}")
    if outcome.passed:
        console.print("hardware and golden model agree here: the cause lies before these chunks")
    failures = [f"{name}, log {shown(outcome.log)}" for name in outcome.failures]
    return [], failures, outcome.passed + len(failures)


def simulate_presets(chosen, unit, trace):
    """Build and run both presets; returns replays, failures, number of cases."""
    replays, failures, cases = [], [], 0
    parameters = unit.parameters | unit.suited(trace, False)
    for preset in PRESETS:
        name = f"{chosen.core}-{preset}-{chosen.simulator}"
        config = configuration(chosen.core, preset=preset, **parameters)
        with console.status(f"{preset}: building with {chosen.simulator} ({unit.building})"):
            prepared = prepare(
                chosen.core,
                config,
                simulator=chosen.simulator,
                name=name,
                waves=chosen.waves,
                optimise=unit.optimise,
            )
        for bench in (unit.replay, *unit.benches) if chosen.testcase else (unit.replay,):
            output = prepared.folder / "replay.json"
            output.unlink(missing_ok=True)
            with console.status(f"{preset}: running {bench}"):
                outcome = run(
                    prepared,
                    bench,
                    seed=chosen.seed,
                    testcase=chosen.testcase,
                    settings={
                        "trace": str(chosen.trace.resolve()),
                        "config": asdict(resv.Config.paper()),
                        "output": str(output),
                    },
                )
            ran = outcome.passed + len(outcome.failures)
            cases += ran
            failures += [f"{preset} {name}, log {shown(outcome.log)}" for name in outcome.failures]
            if ran:
                console.print(
                    f"{preset}: {bench} {outcome.passed}/{ran} cases, "
                    + escape(shown(outcome.results))
                )
            if output.exists():
                replays.append(Replay(preset, **json.loads(output.read_text())))
        if chosen.waves:
            console.print(f"waves: {escape(shown(prepared.folder / 'dump.vcd'))}")
    return replays, failures, cases


if __name__ == "__main__":
    main()
