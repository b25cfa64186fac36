"""How fast the compiled HCU replays long streams, and what it decides there otherwise."""

import json
from itertools import pairwise
from statistics import median

import numpy as np

import resv
from dre import HCUConfig
from figures import Figure
from hcu import fast_hcu, replay_hcu, saved, stream_hcu
from resv import named_traces
from simulate import BuildFailed, prepare, run

RUNS = 3
SYNTHETIC = "made-up words"  # as many frames and tokens as T3, 1,500 clusters and more
MUST = ">= 1000000"
FEW = 20  # chunks at the end of the stream that cocotb replays too, as baseline


def measure(seed, say):
    """Both presets on T3, or on a stream of its size; on all heads of T1 if it is made.

    The speed is measured in the paper's configuration (1,024 clusters, which T3 fills) and with the
    default one (4,096), in processor time, so that a busy machine does not decide the figure.
    """
    figures = []
    for limit in (1_024, 4_096):
        config = resv.Config(max_clusters=limit)
        name, chunks, places = _long_stream(config, seed)
        say(f"golden model on {name}, max_clusters {limit:,}")
        expected = fast_hcu.golden(HCUConfig(), chunks)
        for preset in ("asic", "fpga"):
            say(f"{preset}: fast replay of {name}, max_clusters {limit:,}")
            build = HCUConfig(preset=preset, max_clusters=limit)
            figures += _of_stream(build, name, chunks, places, expected, seed)
    figures += _of_heads(seed, say)
    return figures


def _of_stream(build, name, chunks, places, expected, seed):
    """Speed over some runs, decisions, cycles a frame."""
    replays, wrong = [], 0
    for _ in range(RUNS):
        judged = _replay(build, chunks, places, expected, seed)
        replays.append(judged.replayed)
        wrong = max(wrong, judged.mismatches)
    what = f"{build.preset}, max_clusters {build.max_clusters:,}"
    own = [replayed.cycles_per_processor_second for replayed in replays]
    wall = [replayed.cycles_per_second for replayed in replays]
    slow = _cocotb(build, chunks, seed)
    cycles = [row["cycles"] for row in judged.rows]
    intervals = [b["ended"] - a["ended"] for a, b in pairwise(judged.rows)]
    worst = max(row["cycles"] / row["bound"] for row in judged.rows if row["tokens"])
    yield Figure(
        f"{what}: cycles a second of processor time, median of {RUNS} (slowest {min(own):,.0f})",
        name,
        round(median(own)),
        "1/s",
        MUST,
    )
    yield Figure(
        f"{what}: cycles a second on the wall, median of {RUNS} (slowest {min(wall):,.0f})",
        name,
        round(median(wall)),
        "1/s",
        aim=MUST,
        baseline=f"{slow:,.0f} in cocotb, last {FEW} chunks",
    )
    yield Figure(f"{what}: decisions that differ from the golden model", name, wrong, "", "== 0")
    yield Figure(f"{what}: clusters at the end", name, judged.rows[-1]["clusters"], "clusters")
    yield Figure(
        f"{what}: tokens joined because the table was full",
        name,
        sum(row["full"] for row in judged.rows),
        "tokens",
    )
    yield Figure(f"{what}: cycles a frame, mean", name, round(np.mean(cycles), 1), "cycles")
    yield Figure(
        f"{what}: from trailer to trailer, one context, mean",
        name,
        round(np.mean(intervals), 1),
        "cycles",
    )
    yield Figure(
        f"{what}: worst chunk, cycles / bound of spec D34", name, round(worst, 3), "ratio", "<= 1"
    )


def _of_heads(seed, say):
    """All layers and KV heads of T1, their contexts in turn; nothing if it is not made."""
    path = _made("T1")
    if path is None:
        return
    config = resv.Config.paper()
    chunks, places = stream_hcu.of_trace(resv.load_trace(path), config)
    expected = fast_hcu.golden(HCUConfig(), chunks)
    for preset in ("asic", "fpga"):
        say(f"{preset}: fast replay of T1")
        build = HCUConfig(preset=preset, max_clusters=config.max_clusters)
        judged = _replay(build, chunks, places, expected, seed)
        name = f"{preset}: decisions on all heads that differ from the golden model"
        yield Figure(name, "T1", judged.mismatches, "", "== 0")


def _replay(build, chunks, places, expected, seed):
    name = f"bench-{build.preset}-{build.max_clusters}"
    judged, path = fast_hcu.replay_stream(build, chunks, places, expected, name=name, seed=seed)
    if judged.difference and path is None:  # decisions are right, but something else is not
        raise BuildFailed(f"fast replay, {build.preset}: {judged.difference}")
    return judged


def _long_stream(config, seed):
    """T3's first layer and KV head; if it is not made T3s's, or else a stream of that size."""
    for name in ("T3", "T3s"):
        path = _made(name)
        if path is not None:
            chunks, places = stream_hcu.of_trace(resv.load_trace(path), config)
            own = [n for n, place in enumerate(places) if place.context == 0]
            return name, [chunks[n] for n in own], [places[n] for n in own]
    return SYNTHETIC, *stream_hcu.wander(np.random.default_rng(seed), config)


def _made(name):
    """The file of a generated trace; None if it is not made."""
    try:
        return named_traces.find(name)
    except FileNotFoundError:
        return None


def _cocotb(build, chunks, seed):
    """Cycles a second of the last chunks under cocotb, with Verilator as well."""
    name = f"bench-replay-{build.preset}-{build.max_clusters}"
    prepared = prepare("hcu", build, simulator="verilator", name=name)
    path, output = prepared.folder / f"last{saved.SUFFIX}", prepared.folder / "speed.json"
    last, why = len(chunks) - 1, "nothing: it measures cocotb's speed"
    fast_hcu.save_chunk(path, build, chunks, replay_hcu.Run(), last, why, lead=FEW - 1)
    output.unlink(missing_ok=True)
    given = {"chunk": str(path), "output": str(output)}
    outcome = run(prepared, "hcu.bench_hcu_chunk", seed=seed, settings=given)
    if outcome.failures or not output.exists():
        raise BuildFailed(f"the last chunks of the stream failed in cocotb, see {outcome.log}")
    took = json.loads(output.read_text())
    return took["cycles"] / took["seconds"]
