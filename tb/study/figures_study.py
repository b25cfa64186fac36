"""The study: is ``resv_plus`` better, over clips and seeds? ``make bench CORE=study``."""

from collections.abc import Iterator

from figures import Figure
from resv.laboratory import Comparison, Row
from resv.laboratory.summary import grouped
from simulate import BUILD
from study import clips, comparing, holding, report, tuning
from study.comparing import Study

DURATION = "half an hour of two cores; ten minutes more make the traces, once"
FOLDER = BUILD / "study"
PLUS, RANDOM, UPPER = tuning.HELD_OUT, "random", "topk_token"
BARS = ("cell", "topk_frame_exp")
"""The better of them is to be reached."""

NO_MUST = "isotropic"
"""Where even the exact choice of tokens is not told apart from random ones: missed there, and said
so in docs/laboratory.md, but no reason to fail."""


def measure(simulator, seed, say):
    """Measure everything; ``say`` is told what happens. Returns a list of `Figure`.

    There is nothing to simulate and nothing drawn but what the settings name, so ``simulator`` and
    ``seed`` are not used.
    """
    del simulator, seed
    study = comparing.compare(clips.make(say), FOLDER, say)
    parts = [part for part in clips.parts() if part.seed == clips.SEEDS[0]]
    found, sized = holding.held(parts, say), holding.sizes(parts, say)
    report.write(study, found, sized, FOLDER / "report.md")
    return [*of_study(study), *of_thresholds(found)]


def of_study(study: Study) -> Iterator[Figure]:
    """Costs and differences, by regime."""
    for (regime,), rows in grouped(study.rows, ("regime",)).items():
        yield from _of_costs(rows, regime)
        for target in tuning.RATIOS:
            yield from _of_errors(rows, regime, target)


def of_thresholds(found: list[holding.Held]) -> Iterator[Figure]:
    """How far from their targets heads are, with thresholds from a prefix, regime `calibrated`."""
    for target, value in holding.TARGETS.items():
        key = ("calibrated", "resv_plus", target)
        own = [one for one in found if (one.part.regime, one.policy, one.target) == key]
        one, other = (holding.holds(own, value, automatic) for automatic in (True, False))
        yield Figure(
            f"auto={target}, target {100 * value:g} %: mean distance of a head from it",
            "calibrated",
            round(100 * one.off.mean, 2),
            "points",
            bound=f"reached {100 * one.mean.mean:.1f}, worst head off by {100 * one.worst:.0f}",
            baseline=f"one Th_r for all: {100 * other.off.mean:.1f}, {100 * other.worst:.0f}",
        )


def _of_costs(rows: list[Row], regime: str) -> Iterator[Figure]:
    names = ("table bytes", "multiply-adds of prediction")
    for name, value in zip(names, tuning.costs(rows, PLUS), strict=True):
        figure = f"resv_plus: {name} over those of resv"
        yield Figure(figure, regime, round(value, 2), "x", f"<= {tuning.MOST:g}")


def _of_errors(rows: list[Row], regime: str, target: float) -> Iterator[Figure]:
    """Differences in points, each with the end of its interval that matters."""
    error = {
        policy: tuning.error([row for row in rows if row.target == target], policy)
        for policy in (PLUS, RANDOM, UPPER, *BARS)
    }
    bar = min(BARS, key=lambda policy: error[policy])
    half = (error[bar] + error[UPPER]) / 2
    at, must = f"resv_plus at {100 * target:g} %, frames", regime != NO_MUST
    reach = f"<= {100 * error[bar]:.2f}"
    yield Figure(
        f"{at}: output error",
        regime,
        round(100 * error[PLUS], 2),
        "%",
        reach if must else None,
        f"<= {100 * half:.2f}" if must else reach,
        bound=f"{UPPER} {100 * error[UPPER]:.1f}",
        baseline=f"{bar} {100 * error[bar]:.1f}, {RANDOM} {100 * error[RANDOM]:.1f}",
    )
    for other, below in ((bar, None), (RANDOM, "< 0")):
        key = ("ratio", "frames", target)
        both = [row for row in rows if row.policy in (PLUS, other)]
        both = [row for row in both if (row.table, row.kind, row.target) == key]
        one = Comparison(tuple(both)).differences(other)[regime, *key, PLUS]
        yield Figure(
            f"{at}: error minus that of {other}, upper end of the 95 % interval",
            regime,
            round(100 * one.high, 2),
            "points",
            below if must else None,
            below,
            bound=f"mean {100 * one.mean:+.1f}, lower end {100 * one.low:+.1f}",
            baseline=f"{one.clips} clips, {one.traces} traces",
        )
