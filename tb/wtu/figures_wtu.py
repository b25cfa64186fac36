"""The performance figures of the WTU: what ``make bench CORE=wtu`` measures."""

from statistics import mean

from dre import WTUConfig
from dre.layouts import ScoreMode
from figures import Figure
from simulate import prepare
from wtu import figures_buckets, given_rows, limits
from wtu.play_rows import play

DURATION = "about a quarter of an hour, most of it for building"
LANES, CLUSTERS = 16, 4096
MADE_UP = "made up: normal, log-normal, Pareto, one octave, last bits, equal; weights"
TRACES = {"T2": 3, "T3": 3}  # chunks of each
ROWS = 8

DECIDED = {1024: ("<= 260", "<= 194", "SpAtten's quick-select 294 (p99 471)")}
WITH_LOAD = {256: ("<= 140", "<= 80"), 4096: ("<= 800", "<= 600")}
SUSTAINED = {1024: ("<= 260", "<= 128"), 2500: ("<= 600", "<= 320")}


def measure(simulator, seed, say):
    """Measure everything; ``say`` is told what happens. Returns a list of `Figure`."""
    groups = {size: list(given_rows.made_up(size, seed)) for size in (256, 1024, 2500, 4096)}
    for name, chunks in TRACES.items():
        say(f"rows of {name}")
        try:
            groups[name] = given_rows.of_trace(name, chunks, ROWS)
        except FileNotFoundError:  # `make traces` makes them
            continue
    figures = []
    for preset in ("asic", "fpga"):
        say(f"preset {preset}: build")
        config = WTUConfig(lanes=LANES, max_clusters=CLUSTERS, preset=preset)
        prepared = prepare("wtu", config, simulator=simulator, name=f"bench-wtu-{preset}")
        say(f"preset {preset}: rows")
        found = {key: play(prepared, chosen, seed, str(key)) for key, chosen in groups.items()}
        for key, rows in found.items():
            of_trace = isinstance(key, str)
            figures += _of_trace(config, key, rows) if of_trace else _of_size(config, key, rows)
        if preset == "asic":
            figures += figures_buckets.measure(simulator, seed, groups, found, say)
    return figures


def _of_size(config, size, groups):
    decided = [cycles for group in groups for cycles in group["decided"]]
    interval = [cycles for group in groups for cycles in group["interval"]]
    beats = -(-size // config.lanes)
    name = f"{config.preset}, N = {size:,}"
    yield _wrong(name, MADE_UP, groups)
    musts = config.preset == "asic"  # figures without a preset in their target: the short pipeline
    must, aim, bar = DECIDED.get(size, (None, None, None)) if musts else (None, None, None)
    yield Figure(
        f"{name}: cycles from the last score to the first mask, worst row",
        MADE_UP,
        max(decided),
        "cycles",
        must,
        aim,
        bound=f"limit of spec D50: {limits.first_mask(config, size, ScoreMode.WEIGHT)} with weights"
        + (f"; {bar}" if bar else ""),
    )
    yield Figure(
        f"{name}: the same over its limit (spec D50), worst row",
        MADE_UP,
        round(max(decided) / limits.first_mask(config, size, ScoreMode.WEIGHT), 3),
        "ratio",
        "<= 1",
    )
    must, aim = WITH_LOAD.get(size, (None, None)) if musts else (None, None)
    yield Figure(
        f"{name}: the same with loading, mean",
        MADE_UP,
        round(mean(decided) + beats, 1),
        "cycles",
        must,
        aim,
        bound=f"{2 * beats}: loading, and once more",
    )
    must, aim = SUSTAINED.get(size, (None, None)) if musts else (None, None)
    yield Figure(
        f"{name}: cycles a row, back to back, mean",
        MADE_UP,
        round(mean(interval), 1),
        "cycles",
        must,
        aim,
        bound=f"{beats}: the port",
    )


def _of_trace(config, name, groups):
    sizes = [group["clusters"] for group in groups]
    what = f"{config.preset}, N = {min(sizes):,} to {max(sizes):,}"
    yield _wrong(what, name, groups)
    decided = [cycles for group in groups for cycles in group["decided"]]
    interval = [cycles for group in groups for cycles in group["interval"]]
    yield Figure(
        f"{what}: cycles from the last score to the first mask, mean",
        name,
        round(mean(decided), 1),
        "cycles",
        bound=f"worst {max(decided)}",
    )
    yield Figure(
        f"{what}: cycles a row, back to back, mean",
        name,
        round(mean(interval), 1),
        "cycles",
        bound=f"{mean(sizes) / config.lanes:.0f}: the port",
    )


def _wrong(what, where, groups):
    rows = 2 * sum(group["rows"] for group in groups)
    return Figure(
        f"{what}: chunks with a row that differs from integer Eq. 3, {rows} rows",
        where,
        sum(group["wrong"] for group in groups),
        "chunks",
        "<= 0",
    )
