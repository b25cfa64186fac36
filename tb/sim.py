"""``make sim``: replay a trace through the hardware and hold every decision to the golden model.

With TESTCASE= it runs those cases of the unit's benches instead.
"""

import json
import os
import sys
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.markup import escape

import resv
import settings
from hcu.benches import BENCHES
from report import draw, table
from simulate import BUILD, UNITS, BuildFailed, prepare, run

console = Console(highlight=False, soft_wrap=True)

PRESETS = ("asic", "fpga")
PAPER = {"max_clusters": 1024}  # the paper's configuration: 1,024 clusters, 32 bits, 10 tokens
REPLAY = "hcu.bench_hcu_replay"


@dataclass(frozen=True)
class Replay:
    """What a trace did in one preset."""

    preset: str
    rows: list
    mismatches: int


def shown(path):
    """A path as the user would type it."""
    return os.path.relpath(path)


def main():
    """Read the settings, run, report; exit status 0, 1 (a case failed) or 2 (wrong use)."""
    try:
        chosen = settings.read()
        trace = resv.load_trace(chosen.trace)
    except (settings.Usage, OSError, TypeError, ValueError) as error:
        settings.fail(f"make sim: {error}")
    console.print(f"{chosen.core} in {chosen.simulator}, seed {chosen.seed}")
    console.print(f"trace: {escape(shown(chosen.trace))}")
    try:
        replays, failures, cases = simulate_presets(chosen)
    except BuildFailed as error:
        failures, cases, replays = [str(error)], 1, []
    if not cases:
        settings.fail(f"make sim: TESTCASE must match a test case, not {chosen.testcase!r}")
    if replays:
        console.print(table(trace, replays))
        picture = draw(trace, replays, BUILD / "sim" / f"{chosen.core}.png")
        console.print(f"picture: {escape(shown(picture))}")
    for failure in failures:
        console.print(f"[red]failed[/red] {escape(failure)}")
    if failures:
        print(f"reproduce: {chosen.command('sim')}", flush=True)
        sys.exit(1)
    console.print(f"{cases} cases passed")


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
