"""The performance figures of the WTU: what ``make bench CORE=wtu`` measures."""

from statistics import mean

from dre import WTUConfig
from dre.layouts import ScoreMode
from figures import Figure
from model import figures_forms
from wtu import figures_buckets, figures_wtu_replay, given_rows, limits, timed_rows

DURATION = "about half an hour, half of it for building"
LANES, CLUSTERS, ON_CHIP = 16, 8192, 4096
SIZES = (256, 1024, 2500, 4096, 5000)
LONG = tuple(size for size in SIZES if size > ON_CHIP)
MADE_UP = "made up: normal, log-normal, Pareto, one octave, last bits, equal; weights"
MEANS = {  # what rows a mean is taken of, by how the names of their groups begin
    "made up: normal, log-normal, Pareto, equal, last bits": (
        ("normal,", "log-normal,", "pareto,", "equal,", "last bits,")
    ),
    "made up: all in one octave; weights": ("one octave,", "weights,"),
}
TRACES = {"T2": 3, "T3": 3}  # chunks of each
ROWS = 8
PAPER = "the paper's buckets (asic)"  # the control is built in one preset
WEIGHTS = "weights"  # so begin the names of groups of rows in mode `weight`

DECIDED = {1024: ("<= 260", "<= 194", "SpAtten's quick-select 294 (p99 471)")}
WITH_LOAD = {256: ("<= 140", "<= 80"), 4096: ("<= 800", "<= 600")}
SUSTAINED = {
    1024: ("<= 260", "<= 128"),
    2500: ("<= 600", "<= 320"),
    5000: ("<= 780", "<= 640"),  # longer than what is kept on the chip: read twice
}


def measure(simulator, seed, say):
    """Measure everything; ``say`` is told what happens. Returns a list of `Figure`.

    All of it is fast replay, so ``simulator`` is not used.
    """
    del simulator
    groups = rows_to_time(seed, say)
    builds = figures_wtu_replay.builds(lanes=LANES, max_clusters=CLUSTERS, on_chip_clusters=ON_CHIP)
    figures = [*figures_wtu_replay.measure(builds, seed, say), *figures_forms.of_wtu(say)]
    # Rows that are kept: in the paper's size, where lists hold half of them, and memory is counted.
    long = {key: own for key, own in groups.items() if key in LONG}
    kept = {key: own for key, own in groups.items() if key not in LONG}
    figures += timed(kept_builds(), control(), kept, say) + timed(builds, control(), long, say)
    say("what buckets select")
    return figures + figures_buckets.measure(builds["wtu-asic"], groups)


def rows_to_time(seed, say):
    """Groups of made-up rows by their size, and of rows of traces by the trace's name."""
    groups = {size: list(given_rows.made_up(size, seed)) for size in SIZES}
    for name, chunks in TRACES.items():
        say(f"rows of {name}")
        try:
            groups[name] = list(given_rows.of_trace(name, chunks, ROWS))
        except FileNotFoundError:  # `make traces` makes them
            continue
    return groups


def kept_builds():
    """A build of each preset that keeps its longest row."""
    builds = figures_wtu_replay.builds(lanes=LANES, max_clusters=ON_CHIP, on_chip_clusters=ON_CHIP)
    return {f"{name}-{ON_CHIP}": build for name, build in builds.items()}


def control():
    """The paper's method, with as many lanes; it keeps all of a row."""
    return WTUConfig(
        lanes=LANES, max_clusters=ON_CHIP, on_chip_clusters=ON_CHIP, variant="bucket", buckets=20
    )


def timed(builds, control, groups, say):
    """Cycles of given rows, in builds by name; beside them those of the control."""
    kept = {
        key: own
        for key, own in groups.items()
        if max(job.rows.shape[1] for _, job in own) <= control.max_clusters
    }
    paper = timed_rows.play("wtu-buckets", control, kept, say) if kept else {}
    figures = []
    for key, found in paper.items():
        figures.append(_wrong(f"paper's {control.buckets} buckets, {_size(found)}", key, found))
    for name, config in builds.items():
        for key, found in timed_rows.play(name, config, groups, say).items():
            of_kind = _of_trace if isinstance(key, str) else _of_size
            figures += of_kind(config, key, found, paper.get(key))
    return figures


def _of_size(config, size, groups, paper):
    name, musts = f"{config.preset}, {_size(groups)}", config.preset == "asic"
    # Figures without a preset in their target are held by the short pipeline.
    yield _wrong(name, size, groups)
    for mode in ScoreMode:
        yield from _decided(config, size, mode, groups, paper, musts)
    for n, (where, kinds) in enumerate(MEANS.items()):
        own = _of_kinds(groups, kinds)
        beside = paper and _of_kinds(paper, kinds)
        yield from _means(config, size, where, own, beside, musts and n == 0)


def _of_kinds(groups, kinds):
    return [group for group in groups if group["name"].startswith(kinds)]


def _means(config, size, where, groups, paper, musts):
    name, beats = f"{config.preset}, {_size(groups)}", -(-size // config.lanes)
    must, aim = WITH_LOAD.get(size, (None, None)) if musts else (None, None)
    yield Figure(
        f"{name}: cycles incl. load, mean",
        where,
        _mean(groups, "decided", beats),
        "cycles",
        must,
        aim,
        bound=f"{2 * beats}: loading, and once more",
        baseline=paper and f"{PAPER} {_mean(paper, 'decided', beats):,}",
    )
    must, aim = SUSTAINED.get(size, (None, None)) if musts else (None, None)
    yield Figure(
        f"{name}: sustained cycles per row, back to back, mean",
        where,
        _mean(groups, "interval"),
        "cycles",
        must,
        aim,
        bound=f"{beats}: the port; of these rows {_range(groups, 'interval')}",
        baseline=paper and f"{PAPER} {_mean(paper, 'interval'):,}",
    )


def _decided(config, size, mode, groups, paper, musts):
    """The slowest row of a mode: all its entries go through every pass."""
    worst, slowest = _worst(groups, mode)
    limit = limits.first_mask(config, size, mode)
    must, aim, bar = DECIDED.get(size, (None, None, None)) if musts else (None, None, None)
    what = "weights" if mode == ScoreMode.WEIGHT else "scores"
    name = f"{config.preset}, {_size(groups)}"
    yield Figure(
        f"{name}: cycles from the last entry loaded to the first mask, worst row of {what}",
        f"made up: {slowest}",
        worst,
        "cycles",
        must,
        aim,
        bound=f"limit of spec D50: {limit}" + (f"; {bar}" if bar else ""),
        baseline=paper and f"{PAPER} {_worst(paper, mode)[0]:,}",
    )
    yield Figure(
        f"{name}: the same over its limit, {what}",
        MADE_UP,
        round(worst / limit, 3),
        "ratio",
        "<= 1",
    )


def _of_trace(config, name, groups, paper):
    what = f"{config.preset}, {_size(groups)}"
    yield _wrong(what, name, groups)
    worst = max(cycles for group in groups for cycles in group["decided"])
    yield Figure(
        f"{what}: cycles from the last entry loaded to the first mask, mean",
        name,
        _mean(groups, "decided"),
        "cycles",
        bound=f"worst {worst}",
        baseline=paper and f"{PAPER} {_mean(paper, 'decided'):,}",
    )
    yield Figure(
        f"{what}: sustained cycles per row, back to back, mean",
        name,
        _mean(groups, "interval"),
        "cycles",
        bound=f"{mean(group['clusters'] for group in groups) / config.lanes:.0f}: the port",
        baseline=paper and f"{PAPER} {_mean(paper, 'interval'):,}",
    )
    yield Figure(
        f"{what}: clusters that a row selects, mean",
        name,
        _mean(groups, "entries"),
        "clusters",
        baseline=paper and f"{PAPER} {_mean(paper, 'entries'):,}",
    )


def _mean(groups, what, more=0):
    return round(mean(value for group in groups for value in group[what]) + more, 1)


def _range(groups, what):
    values = [value for group in groups for value in group[what]]
    return f"{min(values):,} to {max(values):,}"


def _worst(groups, mode):
    """The most cycles to the first mask of a row of a mode, and the row's group."""
    own = [g for g in groups if g["name"].startswith(WEIGHTS) == (mode == ScoreMode.WEIGHT)]
    slowest = max(own, key=lambda group: max(group["decided"]))
    return max(slowest["decided"]), slowest["name"]


def _size(groups):
    low, high = (limit(group["clusters"] for group in groups) for limit in (min, max))
    return f"N = {low:,}" + (f" to {high:,}" if high > low else "")


def _wrong(what, key, groups):
    rows = 2 * sum(group["rows"] for group in groups)
    return Figure(
        f"{what}: chunks with a row that differs from the golden model, {rows} rows",
        key if isinstance(key, str) else MADE_UP,
        sum(group["wrong"] for group in groups),
        "chunks",
        "<= 0",
    )
