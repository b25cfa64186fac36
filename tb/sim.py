"""``make sim``: replay a trace through the hardware and hold every decision to the golden model.

With TESTCASE= it runs those cases of the unit's benches instead. With SIM=fast the replay is a C++
program without cocotb, for long traces. TRACE= may also name a chunk that such a replay has saved.
"""

import json
import os
import sys
from dataclasses import asdict, dataclass, replace
from importlib import import_module

from rich.console import Console
from rich.markup import escape

import resv
import settings
from hcu import saved
from hcu.benches import BENCHES
from replay.records import DamagedRecord
from report import draw, table
from simulate import BUILD, SIMULATORS, UNITS, BuildFailed, prepare, run

console = Console(highlight=False, soft_wrap=True)

PRESETS = ("asic", "fpga")
PAPER = {"max_clusters": 1024}  # the paper's configuration: 1,024 clusters, 32 bits, 10 tokens
REPLAY, CHUNK = "hcu.bench_hcu_replay", "hcu.bench_hcu_chunk"
FAST = "fast"  # SIM=fast: no simulator of cocotb's


@dataclass(frozen=True)
class Replay:
    """What a trace did in one preset."""

    preset: str
    rows: list
    mismatches: int
    cycles_per_second: float | None = None


def shown(path):
    """A path as the user would type it."""
    return os.path.relpath(path)


def main():
    """Read the settings, run, report; exit status 0, 1 (a case failed) or 2 (wrong use)."""
    try:
        chosen = read_settings()
        chunk = saved.load(chosen.trace) if saved.is_saved(chosen.trace) else None
        trace = None if chunk else resv.load_trace(chosen.trace)
    except (settings.Usage, OSError, TypeError, ValueError) as error:
        settings.fail(f"make sim: {error}")
    console.print(f"{chosen.core} in {chosen.simulator}, seed {chosen.seed}")
    console.print(f"trace: {escape(shown(chosen.trace))}")
    try:
        if chunk:
            replays, failures, cases = simulate_chunk(chosen, chunk)
        elif chosen.simulator == FAST:
            replays, failures, cases = simulate_fast(chosen, trace)
        else:
            replays, failures, cases = simulate_presets(chosen)
    except (BuildFailed, DamagedRecord) as error:
        failures, cases, replays = [str(error)], 1, []
    if not cases:
        settings.fail(f"make sim: TESTCASE must match a test case, not {chosen.testcase!r}")
    if replays:
        console.print(table(trace, replays))
    if replays and chosen.simulator != FAST:
        picture = draw(trace, replays, BUILD / "sim" / f"{chosen.core}.png")
        console.print(f"picture: {escape(shown(picture))}")
    for failure in failures:
        console.print(f"[red]failed[/red] {escape(failure)}")
    if failures:
        print(f"reproduce: {chosen.command('sim')}", flush=True)
        sys.exit(1)
    console.print(f"{cases} cases passed")


def read_settings():
    """The settings; SIM may also be fast, which has neither cases nor waves."""
    chosen = settings.read(simulators=(*SIMULATORS, FAST))
    if chosen.simulator == FAST:
        for name, given in (("TESTCASE", chosen.testcase), ("WAVES", chosen.waves)):
            if given:
                raise settings.Usage(f"{name} must not be given with SIM=fast, which has none")
        if saved.is_saved(chosen.trace):
            raise settings.Usage(f"TRACE must be a trace with SIM=fast, not {chosen.trace}")
    return chosen


def simulate_fast(chosen, trace):
    """The trace through the compiled unit, both presets; as `simulate_presets`."""
    unit = import_module(f"{chosen.core}.fast_{chosen.core}")
    config, make = resv.Config(), UNITS[chosen.core][1]
    with console.status("golden model"):
        chunks, places = unit.of_trace(trace, config)
        expected = unit.golden(make(), chunks)
    replays, failures = [], []
    for preset in PRESETS:
        with console.status(f"{preset}: building, about 15 s the first time, then replaying"):
            judged, path = unit.replay_stream(
                make(preset=preset),
                chunks,
                places,
                expected,
                name=f"{chosen.core}-{preset}",
                seed=chosen.seed,
            )
        replayed = judged.replayed
        speed = replayed.cycles_per_processor_second
        replays.append(Replay(preset, judged.rows, judged.mismatches, speed))
        console.print(f"{preset}: {replayed.cycles:,} cycles in {replayed.seconds:.1f} s")
        if judged.difference:
            failures.append(f"{preset} chunk {judged.first}: {judged.difference}")
        if path:
            again = replace(chosen, simulator=SIMULATORS[0], trace=path, waves=True)
            console.print(f"{preset}, this chunk with waves: {escape(again.command('sim'))}")
    return replays, failures, len(PRESETS)


def simulate_chunk(chosen, chunk):
    """A chunk that a fast replay has saved, in cocotb; as `simulate_presets`."""
    console.print(f"chunk {chunk.index}, {chunk.build.preset}: {escape(chunk.difference)}")
    name = f"{chosen.core}-chunk-{chosen.simulator}"
    with console.status(f"building with {chosen.simulator} (about 10 s)"):
        prepared = prepare(
            chosen.core, chunk.build, simulator=chosen.simulator, name=name, waves=chosen.waves
        )
    given = {"chunk": str(chosen.trace.resolve())}
    outcome = run(prepared, CHUNK, seed=chosen.seed, testcase=chosen.testcase, settings=given)
    if chosen.waves:
        console.print(f"waves: {escape(shown(prepared.folder / 'dump.vcd'))}")
    if outcome.passed:
        console.print("hardware and golden model agree here: the cause lies before these chunks")
    failures = [f"{name}, log {shown(outcome.log)}" for name in outcome.failures]
    return [], failures, outcome.passed + len(failures)


def simulate_presets(chosen):
    """Build and run both presets; returns replays, failures, number of cases."""
    replays, failures, cases = [], [], 0
    for preset in PRESETS:
        name = f"{chosen.core}-{preset}-{chosen.simulator}"
        config = UNITS[chosen.core][1](preset=preset, **PAPER)
        with console.status(f"{preset}: building with {chosen.simulator} (about 10 s)"):
            prepared = prepare(
                chosen.core, config, simulator=chosen.simulator, name=name, waves=chosen.waves
            )
        for bench in (REPLAY, *BENCHES) if chosen.testcase else (REPLAY,):
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
