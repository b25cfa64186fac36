"""``make pictures``: draw the pictures of README and docs again, from traces and a simulation."""

import os
import sys
from dataclasses import replace

from rich.console import Console
from rich.markup import escape

import resv
import settings
import sim
import synth
from boards import BOARDS
from core import fast_core, sim_core
from drawings import (
    chunk,
    clusters,
    correlation,
    floorplan,
    full_table,
    machines,
    policies,
    waveform,
)
from dre import HCUConfig
from dre.core import DREConfig
from dre.rtl import RTL
from resv import named_traces
from resv.replay import for_trace
from simulate import BUILD, ROOT, BuildFailed, prepare, run
from synthesis.board import UNITS
from synthesis.tools import ToolFailed

IMAGES = ROOT / "docs" / "img"
SEED = 1  # always the same: a picture changes when what it shows does
STREAMS = {
    "hash_bits": "hash_packet",
    "passes": "pass_request",
    "table": "table_packet",
    "assignments": "assignment_packet",
}

console = Console(highlight=False, soft_wrap=True)


def main():
    """Exit status 0, 1 (the simulation failed) or 2 (wrong use, or a trace is not there)."""
    try:
        with console.status("drawing") as status:
            for picture in draw_all(status.update):
                console.print(escape(os.path.relpath(picture)))
        for core in sim.CORES:
            console.print(escape(os.path.relpath(replayed(core, IMAGES / f"{core}.png"))))
    except (OSError, ValueError) as error:
        settings.fail(f"make pictures: {error}")
    except (BuildFailed, ToolFailed) as error:
        console.print(f"[red]failed[/red] {escape(str(error))}")
        print("reproduce: make pictures", flush=True)
        sys.exit(1)


def draw_all(say):
    """Draw every picture but that of `make sim`; yields their paths."""
    T1, T2, T3 = (resv.load_trace(named_traces.find(name)) for name in ("T1", "T2", "T3"))
    yield correlation.draw(T2, "trace T2", IMAGES / "correlation.png", SEED, say)
    yield from clusters.draw(T2, "trace T2", IMAGES / "clusters.png", IMAGES / "sizes.png", say)
    yield full_table.draw(T3, "trace T3", IMAGES / "full-table.png", say)
    yield policies.draw(T1, "trace T1", IMAGES / "policies.png", say)
    yield from machines.draw(IMAGES, say)
    yield waves(say, IMAGES / "waves.png")
    yield a_chunk(say, IMAGES / "chunk.png")
    yield small_board(say, IMAGES / "floorplan.png")


def replayed(core, path):
    """The picture of `make sim`, whose own status line does not go inside another."""
    given, unit = {"CORE": core, "SEED": str(SEED)}, sim.unit_of(core)
    chosen = settings.read(given, cores=sim.CORES)
    trace = resv.load_trace(chosen.trace)
    replays, failures, _ = sim.simulate_presets(chosen, unit, trace)
    if failures:
        raise BuildFailed(", ".join(failures))
    return unit.draw(trace, replays, path)


def waves(say, path):
    """Simulate one chunk with a waveform, and draw it."""
    say("one chunk in simulation, with waves")
    config = HCUConfig(max_clusters=1024)
    prepared = prepare("hcu", config, simulator="verilator", name="picture", waves=True)
    outcome = run(prepared, "hcu.bench_hcu_picture", seed=SEED)
    if outcome.failures:
        raise BuildFailed(f"{', '.join(outcome.failures)} failed, see {outcome.log}")
    layouts = {stream: getattr(config, name) for stream, name in STREAMS.items()}
    streams = waveform.read(prepared.folder / "dump.vcd", layouts)
    return waveform.draw(streams, f"a chunk made up, seed {SEED}", path)


def a_chunk(say, path, number=45):
    """One chunk of the excerpt through the compiled DRE."""
    say("a chunk of the excerpt through the DRE")
    build = DREConfig(**sim_core.PARAMETERS)
    device = RTL(build, folder=BUILD / "rtl", **fast_core.LATENCY)
    taken = []

    class Kept:
        """The device, of which one result is kept."""

        open = device.open

        def chunks(self, works):
            taken.append(device.chunks(works))
            return taken[-1]

    trace = resv.load_trace(resv.excerpt_path())
    config = replace(
        for_trace(resv.Config.paper(), trace),
        **{"wicsum": "integer", "max_chunk": build.max_chunk, "recent_tokens": 40},
    )
    for step in resv.replay(trace, config, resv.External(Kept())):
        if step.chunk == number:
            break
    (done,) = taken[-1]
    about = f"chunk {number} of the excerpt, {build.lanes} lanes, far memory 250 cycles away"
    return chunk.draw(done, about, path)


def small_board(say, path):
    """Where the units of the smallest board's design lie on its chip."""
    chosen = next(iter(BOARDS.values()))
    folder = BUILD / "synth" / chosen.name
    report = synth.measure(chosen, folder, synth.SEEDS, (), say)
    placed = folder / f"placed_{report['clock']['best_seed']}.json"
    return floorplan.draw(placed, UNITS, chosen.title, path)


if __name__ == "__main__":
    main()
