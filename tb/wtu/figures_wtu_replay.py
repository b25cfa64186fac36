"""A million rows, and rows of real traces, through the compiled WTU: how many are wrong."""

from statistics import mean

import resv
from dre import WTUConfig
from figures import Figure
from model.figures_forms import real_traces
from simulate import BuildFailed
from wtu import fast_wtu, mixture, trace_rows

ROWS = 1_000_000
OF_TRACE = 20_000  # rows of a trace, about, from chunks all over it
PRESETS = ("asic", "fpga")
MIXTURE = "made up: the random benches' rows, 0 to 8,192 clusters"


def measure(builds, seed, say, rows=ROWS, of_trace=OF_TRACE):
    """Both presets on the same rows; ``builds`` are `WTUConfig` by name, one a preset."""
    say("fast replay")
    stream = mixture.jobs(seed, next(iter(builds.values())), rows)
    tallies = fast_wtu.replay_stream(builds, stream, mixture.runs(seed), say=say)
    for build, tally in zip(builds.values(), tallies.values(), strict=True):
        _insist(build, tally)
        yield from _of_mixture(build.preset, tally)
    traces = real_traces()
    for name in [name for name in traces if name != "excerpt"] or ["excerpt"]:
        say(f"fast replay of {name}")
        trace = resv.load_trace(traces[name])
        nth = trace_rows.every(trace, resv.Config().max_chunk, of_trace)
        found = fast_wtu.replay_trace(trace, builds, seed, say, nth=nth)
        for build, replayed in zip(builds.values(), found, strict=True):
            _insist(build, replayed)
            yield from _of_trace(build, name, replayed)


def builds(**parameters):
    """A build of each preset; the programs are those of ``make sim SIM=fast``."""
    return {f"wtu-{preset}": WTUConfig(preset=preset, **parameters) for preset in PRESETS}


def _insist(build, found):
    """Whatever is wrong beside rows, and is no figure, ends the bench."""
    if found.difference and not found.mismatches:
        raise BuildFailed(f"fast replay, {build.preset}: {found.difference}")


def _of_mixture(preset, tally):
    yield _wrong(preset, MIXTURE, tally.rows, tally)
    for what, worst in (
        ("last scores to first mask", tally.worst_first),
        ("time between trailers", tally.worst_interval),
    ):
        yield Figure(
            f"{preset}: {what} over its limit (spec D50), worst of these rows",
            MIXTURE,
            round(worst, 3),
            "ratio",
            "<= 1",
        )
    yield Figure(
        f"{preset}: fast replay, cycles a second of processor time",
        MIXTURE,
        round(tally.cycles / tally.processor_seconds),
        "1/s",
        baseline=f"{tally.cycles:,} cycles",
    )


def _of_trace(build, name, found):
    yield _wrong(build.preset, name, len(found.rows), found)
    rows = [row for row in found.rows if row["passes"] > 1]  # with a threshold to be found
    cycles = [row["cycles"] for row in rows if row["cycles"] is not None]
    beats = [-(-row["clusters"] // build.lanes) for row in rows]
    yield Figure(
        f"{build.preset}: cycles a row, back to back, mean of these rows",
        name,
        round(mean(cycles), 1),
        "cycles",
        bound=f"{mean(beats):.0f}: the port",
    )


def _wrong(preset, where, rows, found):
    what = found.difference and f"chunk {found.first}: {found.difference}; {found.path}"
    return Figure(
        f"{preset}: rows that differ from integer Eq. 3, of {rows:,} (fast replay)",
        where,
        found.mismatches,
        "rows",
        "== 0",
        baseline=what,
    )
