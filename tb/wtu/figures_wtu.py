"""The performance figures of the WTU: what ``make bench CORE=wtu`` measures."""

from statistics import mean

from dre.layouts import ScoreMode
from figures import Figure
from model import figures_forms
from simulate import prepare
from wtu import figures_buckets, figures_wtu_replay, given_rows, limits
from wtu.play_rows import play

DURATION = "about half an hour, half of it for building"
LANES, CLUSTERS, ON_CHIP = 16, 8192, 4096
SIZES = (256, 1024, 2500, 4096, 5000)
MADE_UP = "made up: normal, log-normal, Pareto, one octave, last bits, equal; weights"
MEANS = {  # what rows a mean is taken of, by how the names of their groups begin
    "made up: normal, log-normal, Pareto, equal, last bits": (
        ("normal,", "log-normal,", "pareto,", "equal,", "last bits,")
    ),
    "made up: all in one octave; weights": ("one octave,", "weights,"),
}
TRACES = {"T2": 3, "T3": 3}  # chunks of each
ROWS = 8
WEIGHTS = "weights"  # so begin the names of groups of rows in mode `weight`

DECIDED = {1024: ("<= 260", "<= 194", "SpAtten's quick-select 294 (p99 471)")}
WITH_LOAD = {256: ("<= 140", "<= 80"), 4096: ("<= 800", "<= 600")}
SUSTAINED = {
    1024: ("<= 260", "<= 128"),
    2500: ("<= 600", "<= 320"),
    5000: ("<= 780", "<= 640"),  # longer than what is kept on the chip: read twice
}


def measure(simulator, seed, say):
    """Measure everything; ``say`` is told what happens. Returns a list of `Figure`."""
    groups = {size: list(given_rows.made_up(size, seed)) for size in SIZES}
    for name, chunks in TRACES.items():
        say(f"rows of {name}")
        try:
            groups[name] = given_rows.of_trace(name, chunks, ROWS)
        except FileNotFoundError:  # `make traces` makes them
            continue
    builds = figures_wtu_replay.builds(lanes=LANES, max_clusters=CLUSTERS, on_chip_clusters=ON_CHIP)
    figures = [*figures_wtu_replay.measure(builds, seed, say), *figures_forms.of_wtu(say)]
    for config in builds.values():
        preset = config.preset
        say(f"preset {preset}: build")
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
    name, musts = f"{config.preset}, N = {size:,}", config.preset == "asic"
    # Figures without a preset in their target are held by the short pipeline.
    yield _wrong(name, MADE_UP, groups)
    for mode, of_mode in (
        (ScoreMode.EXP, [group for group in groups if not group["name"].startswith(WEIGHTS)]),
        (ScoreMode.WEIGHT, [group for group in groups if group["name"].startswith(WEIGHTS)]),
    ):
        yield from _decided(config, size, mode, of_mode, musts)
    for n, (where, names) in enumerate(MEANS.items()):
        chosen = [group for group in groups if group["name"].startswith(names)]
        yield from _means(config, size, chosen, where, musts and n == 0)


def _means(config, size, groups, where, musts):
    name, beats = f"{config.preset}, N = {size:,}", -(-size // config.lanes)
    decided = [cycles for group in groups for cycles in group["decided"]]
    interval = [cycles for group in groups for cycles in group["interval"]]
    must, aim = WITH_LOAD.get(size, (None, None)) if musts else (None, None)
    yield Figure(
        f"{name}: cycles incl. load, mean",
        where,
        round(mean(decided) + beats, 1),
        "cycles",
        must,
        aim,
        bound=f"{2 * beats}: loading, and once more",
    )
    must, aim = SUSTAINED.get(size, (None, None)) if musts else (None, None)
    yield Figure(
        f"{name}: sustained cycles per row, back to back, mean",
        where,
        round(mean(interval), 1),
        "cycles",
        must,
        aim,
        bound=f"{beats}: the port",
    )


def _decided(config, size, mode, groups, musts):
    """The slowest row of a mode: all its entries go through every pass."""
    slowest = max(groups, key=lambda group: max(group["decided"]))
    worst, limit = max(slowest["decided"]), limits.first_mask(config, size, mode)
    must, aim, bar = DECIDED.get(size, (None, None, None)) if musts else (None, None, None)
    what = "weights" if mode == ScoreMode.WEIGHT else "scores"
    yield Figure(
        f"{config.preset}, N = {size:,}: cycles from the last entry loaded to the first mask, "
        f"worst row of {what}",
        MADE_UP,
        worst,
        "cycles",
        must,
        aim,
        bound=f"limit of spec D50: {limit}" + (f"; {bar}" if bar else ""),
        baseline=slowest["name"],
    )
    yield Figure(
        f"{config.preset}, N = {size:,}: the same over its limit, {what}",
        MADE_UP,
        round(worst / limit, 3),
        "ratio",
        "<= 1",
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
